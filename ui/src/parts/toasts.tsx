/** Confirms what people just did, in a corner. Nothing else ever pops up there. */
import { dismiss, useNotices } from "../notices.ts";
import { Link } from "../router.tsx";
import { useWords } from "../words/words.tsx";
import { Icon } from "./icon.tsx";

export function Toasts() {
  const words = useWords();
  const notices = useNotices();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {notices.map(({ id, text, kind, to, undo }) => (
        <div key={id} className="toast" data-kind={kind}>
          <Icon name={kind === "done" ? "check" : "warning"} />
          <span>{to === undefined ? text : <Link to={to}>{text}</Link>}</span>
          {undo !== undefined && (
            <button
              type="button"
              className="button quiet small"
              onClick={() => {
                undo();
                dismiss(id);
              }}
            >
              {words.common.undo}
            </button>
          )}
          <button
            type="button"
            className="button quiet icon-only small"
            aria-label={words.common.close}
            onClick={() => dismiss(id)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
