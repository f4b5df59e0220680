/** Something to press. One that cannot be pressed now can still be reached, and says why. */
import { type ButtonHTMLAttributes, type ReactNode, useId } from "react";
import { ariaKeys, shownKeys } from "../keys.ts";
import { Link, type LinkProps } from "../router.tsx";

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled" | "onClick"> {
  readonly kind?: "primary" | "plain" | "quiet" | "danger";
  readonly onPress: () => void;
  /** Why it cannot be pressed now. */
  readonly disabledBecause?: string | undefined;
  readonly busy?: boolean;
  /** The shortcut that does the same, registered elsewhere with `useShortcut`. */
  readonly keys?: string;
  readonly small?: boolean;
  readonly children: ReactNode;
}

export function Button({
  kind = "plain",
  onPress,
  disabledBecause,
  busy = false,
  keys,
  small = false,
  children,
  className = "",
  ...rest
}: ButtonProps) {
  const reason = useId();
  const off = disabledBecause !== undefined;
  return (
    <>
      <button
        type="button"
        {...rest}
        className={`button ${kind} ${small ? "small" : ""} ${className}`}
        aria-disabled={off || undefined}
        aria-busy={busy || undefined}
        aria-describedby={off ? reason : rest["aria-describedby"]}
        aria-keyshortcuts={keys === undefined ? undefined : ariaKeys(keys)}
        title={disabledBecause ?? rest.title}
        onClick={() => {
          if (!off && !busy) onPress();
        }}
      >
        {children}
        {keys !== undefined && <Keys keys={keys} />}
      </button>
      {off && (
        <span id={reason} className="unseen">
          {disabledBecause}
        </span>
      )}
    </>
  );
}

/** A link that looks like a button: it goes somewhere. */
export function LinkButton({
  kind = "plain",
  small = false,
  className = "",
  ...rest
}: LinkProps & { readonly kind?: "primary" | "plain" | "quiet"; readonly small?: boolean }) {
  return <Link {...rest} className={`button ${kind} ${small ? "small" : ""} ${className}`} />;
}

/** Keys as printed on a keyboard. Hidden from readers, which hear `aria-keyshortcuts`. */
export function Keys({ keys }: { readonly keys: string }) {
  return (
    <span className="keys" aria-hidden="true">
      {shownKeys(keys).map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
