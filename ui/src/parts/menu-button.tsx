/** A button that opens a short list of links or actions; it closes when one is taken, with Escape, or when one leaves. */
import { type ReactNode, useRef } from "react";

export interface MenuButtonProps {
  /** What the button shows. */
  readonly face: ReactNode;
  /** Where its face is a sign only. */
  readonly label?: string;
  readonly small?: boolean;
  readonly primary?: boolean;
  /** `<li>`s with a link or a button each. */
  readonly children: ReactNode;
}

export function MenuButton({ face, label, small = false, primary = false, children }: MenuButtonProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current !== null) menu.current.open = false;
  };
  return (
    <details
      ref={menu}
      className="menu-button"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || menu.current?.open !== true) return;
        event.preventDefault();
        event.stopPropagation();
        close();
        menu.current.querySelector("summary")?.focus();
      }}
      onBlur={({ relatedTarget }) => {
        if (!menu.current?.contains(relatedTarget)) close();
      }}
    >
      <summary
        className={`button ${primary ? "primary" : ""} ${small ? "small" : ""} ${label === undefined ? "" : "icon-only"}`}
        aria-label={label}
        title={label}
      >
        {face}
      </summary>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: what is pressed in it hears its own keys */}
      <ul onClick={close}>{children}</ul>
    </details>
  );
}
