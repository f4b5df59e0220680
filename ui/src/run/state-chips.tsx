/** How many are in each state, as buttons that show only those. */
import type { StateCounts, StateType } from "../../../src/server/contract.ts";
import { countedStates } from "../look.ts";
import { StateMark } from "../parts/state-mark.tsx";
import { useWords } from "../words/words.tsx";

export interface StateChipsProps {
  readonly counts: StateCounts;
  readonly only: StateType | undefined;
  readonly onOnly: (only: StateType | undefined) => void;
}

export function StateChips({ counts, only, onOnly }: StateChipsProps) {
  const words = useWords();
  return countedStates(counts).map(({ state, count }) => (
    <button
      key={state}
      type="button"
      className="chip"
      aria-pressed={only === state}
      onClick={() => onOnly(only === state ? undefined : state)}
    >
      <StateMark state={state} detail={words.number(count)} />
    </button>
  ));
}
