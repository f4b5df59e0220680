/** Parts of one page with an address each: links, the current one marked. */
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "../router.tsx";

export interface Tab {
  readonly to: string;
  readonly text: ReactNode;
  readonly current: boolean;
}

export function Tabs({ tabs, label }: { readonly tabs: readonly Tab[]; readonly label: string }) {
  const row = useRef<HTMLElement>(null);
  const current = tabs.find((tab) => tab.current)?.to;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is current, and may be out of sight
  useEffect(() => {
    const shown = row.current?.querySelector<HTMLElement>('[aria-current="page"]');
    if (row.current !== null && shown != null)
      row.current.scrollLeft = shown.offsetLeft - (row.current.clientWidth - shown.offsetWidth) / 2;
  }, [current]);
  return (
    <nav ref={row} className="tabs" aria-label={label}>
      {tabs.map(({ to, text, current }) => (
        <Link key={to} to={to} aria-current={current ? "page" : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly text: string;
  /** All of it, where the text is short for it: begins with the text. */
  readonly label?: string;
}

/** A few ways to see the same thing, one at a time. */
export function Segments<T extends string>({
  choices,
  value,
  label,
  onChange,
}: {
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly label: string;
  readonly onChange: (value: T) => void;
}) {
  return (
    <fieldset className="segments">
      <legend className="unseen">{label}</legend>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          aria-label={choice.label}
          title={choice.label}
          onClick={() => onChange(choice.value)}
        >
          {choice.text}
        </button>
      ))}
    </fieldset>
  );
}
