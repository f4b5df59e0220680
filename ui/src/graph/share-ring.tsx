/** How many of several task runs are in which state, as a ring. The numbers stand beside it. */
import type { StateCounts } from "../../../src/server/contract.ts";
import { countedStates, groupOf } from "../look.ts";

const RADIUS = 7;
const AROUND = 2 * Math.PI * RADIUS;
/** One failure among ten thousand is seen: no share is drawn smaller than this. */
const SHARE_MIN = 0.07;

export function ShareRing({ counts }: { readonly counts: StateCounts }) {
  const shares = countedStates(counts);
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  const sizes = shares.map(({ count }) => Math.max(SHARE_MIN, count / total));
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  let begun = 0;
  return (
    <svg className="share-ring" viewBox="0 0 18 18" aria-hidden="true">
      {shares.map(({ state }, at) => {
        const length = ((sizes[at] ?? 0) / whole) * AROUND;
        const offset = -begun;
        begun += length;
        return (
          <circle
            key={state}
            data-group={groupOf(state)}
            cx={9}
            cy={9}
            r={RADIUS}
            strokeDasharray={`${length} ${AROUND - length}`}
            strokeDashoffset={offset}
          />
        );
      })}
    </svg>
  );
}
