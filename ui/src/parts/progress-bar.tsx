/** How far a run is, in words and as a bar. */
import type { Progress } from "../../../src/server/contract.ts";
import { countedStates, groupOf } from "../look.ts";
import { useWords } from "../words/words.tsx";

export function ProgressBar({ progress }: { readonly progress: Progress }) {
  const words = useWords();
  const { finished, total, failed, nodes } = progress;
  const text = words.progress(finished, total, failed);
  return (
    <span className="progress">
      <span className="progress-bar" aria-hidden="true">
        {countedStates(nodes).map(({ state, count }) => (
          <span key={state} data-group={groupOf(state)} style={{ flexGrow: count }} />
        ))}
      </span>
      <span className="small-text">{text}</span>
    </span>
  );
}
