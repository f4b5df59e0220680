/** `caudal runs`: the runs a store has, newest first. */
import { formatMillis } from "../../base/duration.ts";
import { nearest } from "../../base/nearest.ts";
import type { RunFilter, RunRow } from "../../ports/store.ts";
import { stampFromEnvironment } from "../../runtime/report/console-logger.ts";
import type { Paint, Palette } from "../../runtime/report/paint.ts";
import { familyOf, type FlowState, isFinishedType, STATES } from "../../state/task-state.ts";
import { type Cell, columns } from "../columns.ts";
import { isInterrupted, type RunGlance, shortOf, stateWords } from "./find-run.ts";
import { refusal } from "../load/load-failure.ts";
import { openStoreHere } from "../open-store.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface ListOptions {
  readonly flow?: string | undefined;
  readonly state?: string | undefined;
  readonly limit?: number | undefined;
  readonly json?: boolean | undefined;
}

/** What a list shows of a run, wherever it is kept. */
export interface ListedRun extends RunGlance {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  /** Its last commit, where that is known; of a run that goes on, now. */
  readonly changedAt?: number | undefined;
  readonly scheduledAt?: number | undefined;
  readonly origin: RunRow["origin"];
  readonly file?: string | undefined;
  readonly tags: readonly string[];
  readonly owner?: string | undefined;
}

export const LIMIT = 20;
const FLOW_STATES = [
  ...["Scheduled", "Pending", "Queued", "Running", "Paused", "Cancelling"],
  ...["Success", "Failed", "TimedOut", "Cancelled"],
] as const satisfies readonly FlowState["type"][];
const INTERRUPTED = "interrupted";

export async function listCommand(options: ListOptions, shell: Shell): Promise<ExitCode> {
  const states = statesOf(options.state);
  const store = await openStoreHere(shell);
  const limit = options.limit ?? LIMIT;
  const runs = await store.listRuns({ flow: options.flow, ...states, limit: limit + 1 });
  tellRuns(runs, limit, store.name, options.json === true, shell);
  return 0;
}

/** @param runs one more than the limit where there are more */
export function tellRuns(
  runs: readonly ListedRun[],
  limit: number,
  place: string,
  json: boolean,
  { out, paint }: Shell,
): void {
  if (json) return out(JSON.stringify(runs.slice(0, limit).map(jsonOf)));
  out(runs.length === 0 ? `No run in ${place} is one of those` : listText(runs.slice(0, limit), paint));
  if (runs.length > limit) out(paint.faint(`… and older ones: --limit ${limit * 2}`));
}

/** `failed,paused` and the like; `interrupted` is no state, but what people look for. */
export function statesOf(text: string | undefined): Pick<RunFilter, "states" | "interrupted"> {
  if (text === undefined) return {};
  const words = text.split(",").map((word) => word.trim().toLowerCase());
  if (words.length === 1 && words[0] === INTERRUPTED) return { interrupted: true };
  const states = words.map((word) => {
    const state = FLOW_STATES.find((known) => known.toLowerCase() === word);
    if (state !== undefined) return state;
    const known = [...FLOW_STATES.map((type) => type.toLowerCase()), INTERRUPTED];
    const meant = nearest(word, known);
    const why = `a run is never '${word}'${meant === undefined ? "" : `; did you mean '${meant}'?`} States are ${known.join(", ")}; only interrupted stands alone`;
    throw refusal("COMMAND_LINE", { why });
  });
  return { states };
}

function listText(runs: readonly ListedRun[], paint: Palette): string {
  const stamp = stampFromEnvironment();
  const rows = runs.map((run): readonly Cell[] => [
    { text: shortOf(run), paint: paint.strong },
    run.flow,
    stateCell(run, paint),
    stamp(run.startedAt ?? run.createdAt),
    tookText(run),
    run.name === shortOf(run) ? "" : run.name,
  ]);
  const head = ["RUN", "FLOW", "STATE", "BEGAN", "TOOK", "NAME"].map((text) => ({ text, paint: paint.faint }));
  const named = runs.some((run) => run.name !== shortOf(run));
  return columns([head, ...rows].map((row) => (named ? row : row.slice(0, -1)))).join("\n");
}

export function stateCell(run: RunGlance, paint: Palette): { readonly text: string; readonly paint: Paint } {
  return { text: `${STATES[run.state.type].glyph} ${stateWords(run)}`, paint: paintOf(run.state.type, paint) };
}

export function paintOf(type: keyof typeof STATES, paint: Palette): Paint {
  const family = familyOf(type);
  if (family === "failed") return paint.bad;
  return family === "success" ? paint.good : (text) => text;
}

/** Until its end, or its last commit where nobody has it; so far where somebody does. */
export function tookText({ startedAt, createdAt, endedAt, changedAt, ownership }: ListedRun): string {
  const to = endedAt ?? changedAt;
  if (to === undefined) return "";
  const span = formatMillis(Math.max(0, to - (startedAt ?? createdAt)));
  return endedAt === undefined && (ownership === "alive" || ownership === "here") ? `${span} so far` : span;
}

const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

export function jsonOf(run: ListedRun): object {
  const { id, name, flow, state, origin, file, tags, ownership, owner } = run;
  return {
    ...{ run: id, name, flow, state: state.type, interrupted: isInterrupted(run), reason: state.reason },
    ...{ createdAt: iso(run.createdAt), startedAt: iso(run.startedAt), endedAt: iso(run.endedAt) },
    ...{ changedAt: iso(run.changedAt), scheduledAt: iso(run.scheduledAt), origin, file, tags, ownership, owner },
    finished: isFinishedType(state.type),
  };
}
