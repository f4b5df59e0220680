/** Which run of a server a word means: its id, its name, a part of its id, or `last`; as `find-run.ts` does it here. */
import { CaudalError } from "../../base/errors.ts";
import type { FlowState } from "../../state/task-state.ts";
import type { RunDetail, RunList, RunQuery, RunSummary } from "../../server/contract.ts";
import { stateWords } from "../runs/find-run.ts";
import type { ListedRun } from "../runs/runs-list.ts";
import type { Client } from "./client.ts";

const PART_MIN = 4;
const NAMED_MAX = 6;
const WHOLE_ID = /^[0-9a-z]{26}$/;
/** What is interrupted is one of these, and nobody's. */
const UNFINISHED = "Pending,Queued,Running,Cancelling";
const PAGE = 200;

export interface Last {
  readonly state?: string;
  readonly interrupted?: boolean;
}

/** @throws CaudalError RUN_UNKNOWN, RUN_AMBIGUOUS */
export async function findThere(client: Client, word: string, last: Last = {}): Promise<RunDetail> {
  return client.get<RunDetail>(`runs/${await idOf(client, word, last)}`);
}

async function idOf(client: Client, word: string, last: Last): Promise<string> {
  if (WHOLE_ID.test(word)) return word;
  if (word === "last") {
    const newest = await newestThere(client, last);
    if (newest === undefined) throw new CaudalError("RUN_UNKNOWN", { run: word });
    return newest.id;
  }
  // A page of a text looks at so many runs only: the one that is meant may be old.
  const meant = await pagesOf(client, { q: word }, NAMED_MAX, ({ id, name }) => {
    const isPart = word.length >= PART_MIN && (id.startsWith(word) || id.endsWith(word));
    return name === word || isPart;
  });
  const [only, ...others] = meant;
  if (only === undefined) throw new CaudalError("RUN_UNKNOWN", { run: word });
  if (others.length === 0) return only.id;
  const named = meant.map((run) => `${run.id} (${run.flow}, ${stateWords(listed(run))})`);
  throw new CaudalError("RUN_AMBIGUOUS", { given: word, runs: named });
}

export async function newestThere(
  client: Client,
  { state, interrupted = false }: Last,
): Promise<RunSummary | undefined> {
  if (interrupted) return (await interruptedThere(client, undefined, 1))[0];
  const { runs } = await client.get<RunList>("runs", { state, limit: 1 } satisfies Query);
  return runs[0];
}

type Query = Partial<Record<keyof RunQuery, string | number | undefined>>;

/** The newest first, up to `count`. */
export function runsThere(
  client: Client,
  query: { readonly flow: string | undefined; readonly state: string | undefined },
  count: number,
): Promise<readonly RunSummary[]> {
  return pagesOf(client, query, count, () => true);
}

/** A server has no filter for it: whose run it is, is no fact of its store. */
export function interruptedThere(
  client: Client,
  flow: string | undefined,
  count: number,
): Promise<readonly RunSummary[]> {
  return pagesOf(client, { flow, state: UNFINISHED }, count, isNobodys);
}

async function pagesOf(
  client: Client,
  query: Query,
  count: number,
  isWanted: (run: RunSummary) => boolean,
): Promise<readonly RunSummary[]> {
  const found: RunSummary[] = [];
  for (let after: string | undefined; found.length < count; ) {
    const page: RunList = await client.get("runs", { ...query, limit: PAGE, after });
    found.push(...page.runs.filter(isWanted));
    if (page.next === undefined) break;
    after = page.next;
  }
  return found.slice(0, count);
}

const isNobodys = ({ ownership }: RunSummary) => ownership === "gone" || ownership === "none";

/** A run of a server as one of this folder would be listed. */
export function listed(run: RunSummary | RunDetail): ListedRun {
  const { state, trigger, ownership, why, file, owner, ...rest } = {
    why: undefined,
    file: undefined,
    owner: undefined,
    ...run,
  };
  const by = why?.parameters["by"];
  const paused = why?.code === "by-person" ? { code: why.code, ...(typeof by === "string" && { by }) } : undefined;
  return {
    ...{ ...rest, origin: trigger, file, owner },
    state: { type: state as FlowState["type"], reason: paused },
    ownership: ownership === "here" ? "alive" : ownership,
    changedAt: isNobodys(run) ? undefined : Date.now(),
  };
}
