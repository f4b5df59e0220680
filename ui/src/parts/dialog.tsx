/** A layer over the page: the browser's own <dialog>, which keeps the focus inside and gives it back. */
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { useWords } from "../words/words.tsx";
import { Icon } from "./icon.tsx";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons at its end; the one that acts is the last. */
  readonly actions?: ReactNode;
  readonly wide?: boolean;
  /** At the side of the page, full height: details beside what they belong to. */
  readonly side?: boolean;
  /** Without a visible head: the palette. */
  readonly bare?: boolean;
}

export function Dialog({ title, onClose, children, actions, wide = false, side = false, bare = false }: DialogProps) {
  const words = useWords();
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // Before it is taken out of the page, so that closing it can give the focus back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog?.open === false) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a <dialog>; the click is for pointers beside it
    <dialog
      ref={ref}
      className={`dialog ${wide ? "wide" : ""} ${side ? "side" : ""} ${bare ? "bare" : ""}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div className="dialog-box">
        <header className={bare ? "unseen" : "dialog-head"}>
          <h2 id={heading}>{title}</h2>
          {!bare && (
            <button type="button" className="button quiet icon-only" aria-label={words.common.close} onClick={onClose}>
              <Icon name="close" />
            </button>
          )}
        </header>
        <div className="dialog-body">{children}</div>
        {actions !== undefined && <footer className="dialog-foot">{actions}</footer>}
      </div>
    </dialog>
  );
}
