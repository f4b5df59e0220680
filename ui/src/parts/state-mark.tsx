/** A state as people see it: shape, colour and word together, and the code's name on hover. */
import type { StateType } from "../../../src/server/contract.ts";
import { LOOKS } from "../look.ts";
import { useWords } from "../words/words.tsx";

/** Only the sign. Says its word to those who do not see it, unless the word stands beside it. */
export function StateGlyph({ state, labelled = false }: { readonly state: StateType; readonly labelled?: boolean }) {
  const words = useWords();
  const { group, glyph } = LOOKS[state];
  return (
    <svg className="glyph" data-group={group} data-state={state} viewBox="0 0 16 16" aria-hidden={labelled} role="img">
      <title>{words.states[state]}</title>
      <path className="glyph-body" d={BODY[group]} />
      {group === "cached" && <path className="glyph-edge" d="M8 2.4a5.6 5.6 0 1 0 .01 0z" />}
      <path className="glyph-sign" d={glyph} />
    </svg>
  );
}

const ROUND = "M8 .8a7.2 7.2 0 1 0 .01 0z";
const OCTAGON = "M5 .9h6L15.1 5v6L11 15.1H5L.9 11V5z";
const SQUARE =
  "M2.5 1h11A1.5 1.5 0 0 1 15 2.5v11a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 1 13.5v-11A1.5 1.5 0 0 1 2.5 1z";
const DIAMOND = "M8 .6L15.4 8 8 15.4.6 8z";

/** The outline says the group too, for eyes that do not tell the colours apart. */
const BODY = {
  waiting: ROUND,
  running: ROUND,
  attention: DIAMOND,
  success: ROUND,
  cached: ROUND,
  failed: OCTAGON,
  blocked: SQUARE,
  ended: SQUARE,
} as const;

export interface StateMarkProps {
  readonly state: StateType;
  /** Behind the word: "2 of 3", "10,000". */
  readonly detail?: string | undefined;
}

export function StateMark({ state, detail }: StateMarkProps) {
  const words = useWords();
  return (
    <span className="state-mark" data-group={LOOKS[state].group} title={state}>
      <StateGlyph state={state} labelled />
      <span className="state-word">{words.states[state]}</span>
      {detail !== undefined && <span className="muted">{detail}</span>}
    </span>
  );
}
