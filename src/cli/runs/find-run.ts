/** Which run a word means: its id, its name, a part of its id, or `last`. */
import { CaudalError } from "../../base/errors.ts";
import type { RunFilter, RunRow, Store } from "../../ports/store.ts";
import { isFinishedType } from "../../state/task-state.ts";

/** Characters of an id that are enough, where they mean one run. */
const PART_MIN = 4;
const NAMED_MAX = 6;

/**
 * @param last what `last` means: the newest run with these facts
 * @throws CaudalError RUN_UNKNOWN, RUN_AMBIGUOUS
 */
export async function findRun(store: Store, word: string, last: Omit<RunFilter, "limit"> = {}): Promise<RunRow> {
  if (word === "last") {
    const [newest] = await store.listRuns({ ...last, limit: 1 });
    if (newest !== undefined) return newest;
    throw new CaudalError("RUN_UNKNOWN", { run: word });
  }
  const whole = await store.readRun(word);
  if (whole !== undefined) return whole;
  const found = await store.listRuns({ named: word, limit: NAMED_MAX });
  const meant = found.filter((run) => run.name === word || word.length >= PART_MIN);
  const [only, ...others] = meant;
  if (only === undefined) throw new CaudalError("RUN_UNKNOWN", { run: word });
  if (others.length === 0) return only;
  const runs = meant.map((run) => `${run.id} (${run.flow}, ${stateWords(run)})`);
  throw new CaudalError("RUN_AMBIGUOUS", { given: word, runs });
}

/** Enough of a run to say how it is, wherever it is kept. */
export interface RunGlance {
  readonly state: { readonly type: RunRow["state"]["type"]; readonly reason?: RunRow["state"]["reason"] | undefined };
  readonly ownership: RunRow["ownership"];
}

/** As people write it: the end of its id, which is also the name of a run that was given none. */
export function shortOf({ id }: Pick<RunRow, "id">): string {
  return id.slice(-8);
}

/** Its process is gone or let it go, before its end; one that waits for a person or for its time is nobody's too. */
export function isInterrupted({ state: { type }, ownership }: RunGlance): boolean {
  const unfinished = !isFinishedType(type) && type !== "Paused" && type !== "Scheduled";
  return unfinished && (ownership === "gone" || ownership === "none");
}

export function stateWords(run: RunGlance): string {
  const { type, reason } = run.state;
  if (isInterrupted(run)) return `${type}, interrupted`;
  if (reason?.code !== "by-person") return type;
  const by = reason.by === undefined ? "" : ` by ${reason.by}`;
  return type === "Paused" ? `Paused${by}` : `${type}, being paused${by}`;
}
