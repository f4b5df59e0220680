/** A field one searches with: `/` goes to it, and what is typed is asked for a moment later, not letter by letter. */
import { useEffect, useRef, useState } from "react";
import { useShortcut } from "../keys.ts";
import { Icon } from "./icon.tsx";

const TYPED_MS = 250;

export interface SearchFieldProps {
  readonly label: string;
  /** How the list of shortcuts names the way to it. */
  readonly keyLabel?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function SearchField({ label, keyLabel = label, value, onChange }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = window.setTimeout(() => latest.current(text), TYPED_MS);
    return () => window.clearTimeout(timer);
  }, [text, value]);
  useShortcut("/", keyLabel, () => field.current?.focus());
  return (
    <div className="search-field">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={label}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={({ key }) => {
          if (key === "Enter") onChange(text);
          if (key === "Escape") field.current?.blur();
        }}
      />
    </div>
  );
}
