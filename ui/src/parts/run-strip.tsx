/** The last runs of a flow at a glance: height is duration, fill is how it ended, a mark below says it failed. */
import type { RunDot } from "../../../src/server/contract.ts";
import { groupOf } from "../look.ts";
import { useWords } from "../words/words.tsx";

const HEIGHT_MIN = 0.22;

export function RunStrip({ runs }: { readonly runs: readonly RunDot[] }) {
  const words = useWords();
  if (runs.length === 0) return <span className="muted small-text">{words.flows.neverRun}</span>;
  const longest = Math.max(1, ...runs.map(({ durationMs }) => durationMs ?? 0));
  const failed = runs.filter(({ state }) => groupOf(state) === "failed").length;
  return (
    <span className="run-strip" role="img" aria-label={words.flows.stripOf(runs.length, failed)}>
      {runs.map(({ id, state, durationMs }) => (
        <span key={id} className="run-bar" data-group={groupOf(state)} title={words.states[state]}>
          <span
            className="run-bar-fill"
            // The square root keeps short runs visible beside long ones.
            style={{ height: `${100 * Math.max(HEIGHT_MIN, Math.sqrt((durationMs ?? longest) / longest))}%` }}
          />
        </span>
      ))}
    </span>
  );
}
