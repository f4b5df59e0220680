/** What may be long, shown up to a height, with a button for the rest where there is any. */
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { useWords } from "../words/words.tsx";

export function Clamped({ children }: { readonly children: ReactNode }) {
  const words = useWords();
  const inside = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [isCut, setCut] = useState(false);
  useLayoutEffect(() => {
    const element = inside.current;
    const around = element?.parentElement;
    if (element === null || around === null || around === undefined) return undefined;
    const measure = () => setCut(element.offsetHeight > Number.parseFloat(getComputedStyle(around).maxHeight) + 1);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <>
      <div className="clamped" data-open={open || undefined} data-cut={(isCut && !open) || undefined}>
        <div ref={inside}>{children}</div>
      </div>
      {(isCut || open) && (
        <button type="button" className="link-button small-text" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? words.common.less : words.common.more}
        </button>
      )}
    </>
  );
}
