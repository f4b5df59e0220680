/** A run that nobody has is taken over, changed as a person asked (run again, marked), and driven on. */
import type { Instant } from "../../base/time.ts";
import type { RunEvent } from "../../engine/event.ts";
import type { Run } from "../../engine/run.ts";
import type { Program } from "../../ports/program.ts";
import type { HistoryRow, RunRow, Store } from "../../ports/store.ts";
import { isFinishedType } from "../../state/task-state.ts";
import type { FinishedRun } from "../finished-run.ts";
import type { Hand } from "./in-hand.ts";
import { FLOW_RUNNER } from "../report/log-lines.ts";
import { driveOwned } from "../own-run.ts";
import { readTaken, type ResumeOptions, type Rows } from "./resume.ts";
import type { RunExtra, RunPorts } from "../run.ts";

export interface Changing {
  readonly at: Instant;
  readonly capacity: number;
  readonly history: readonly HistoryRow[];
}

export interface Changed {
  readonly run: Run;
  /** What makes it go on. */
  readonly event: RunEvent;
  /** How much of its log is its history; the rest are steps back, to be kept with the first commit. */
  readonly logKept: number;
  /** Task runs that are Pending again. */
  readonly slots: readonly number[];
  /** Children that are none any more. */
  readonly dropped: readonly number[];
}

export interface TakeUpOrder {
  readonly program: Program;
  readonly options: ResumeOptions & { readonly store: Store };
  readonly extra: RunExtra;
  readonly ports: RunPorts;
  readonly secrets: Readonly<Record<string, string>>;
  /** As it was found. */
  readonly before: RunRow;
  readonly change: (kept: Rows, how: Changing) => Changed;
  /** Said when it begins. */
  readonly message: string;
}

export async function takeUp(order: TakeUpOrder, hand: Hand): Promise<FinishedRun> {
  const { program, options, extra, ports, secrets, before, change, message } = order;
  const { store } = options;
  const { id } = before;
  const now = ports.clock.now();
  const row = await store.takeOver(id, now, { reopen: isFinishedType(before.state.type) });
  hand.epoch = row.epoch;
  extra.begun?.(row, false);
  // Read again: somebody else may have had it between our look and the take-over.
  const ended = isFinishedType(before.state.type) ? before : row;
  const { kept: taken, version, history, untold } = await readTaken(program, store, row, { ended });
  return driveOwned({
    program,
    options,
    row,
    store,
    ports,
    secrets,
    people: extra.people,
    drain: extra.drain,
    begin: (capacity) => {
      const { run, event, logKept, slots, dropped } = change(taken, { at: now, capacity, history });
      const again = taken.moved ? [...taken.rows.map(({ slot }) => slot), ...slots] : slots;
      const gone = new Set([...dropped, ...taken.removed]);
      return {
        run,
        event,
        again: again.filter((slot) => !gone.has(slot)),
        removed: [...gone],
        logKept,
        version,
        untold,
      };
    },
    announce: () => ports.logger.write({ at: now, level: "info", logger: FLOW_RUNNER, message, fields: { runId: id } }),
  });
}
