/** What was done from here, the newest first: toasts go, this stays. */
import { Dialog } from "../parts/dialog.tsx";
import { useRecentActions } from "../notices.ts";
import { Link } from "../router.tsx";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";

export function RecentActions({ onClose }: { readonly onClose: () => void }) {
  const words = useWords();
  const actions = useRecentActions();
  return (
    <Dialog title={words.frame.recentActions} onClose={onClose}>
      {actions.length === 0 ? (
        <p className="muted">{words.frame.noActions}</p>
      ) : (
        <ul className="plain-list">
          {actions.map(({ id, at, text, kind, to }) => (
            <li key={id} data-kind={kind}>
              {to === undefined ? (
                text
              ) : (
                <Link to={to} onClick={onClose}>
                  {text}
                </Link>
              )}{" "}
              <span className="muted">
                <Time at={at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
