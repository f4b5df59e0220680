/** A run as the memory store has it. */
import type { Cursor, HistoryRow, LogRow, NewRun, Request, RunRow, TaskRunRow } from "../ports/store.ts";

/** `ownership` and `owner` depend on who asks. They have their places all the same: Node 20 is slow to add to a copy. */
type KeptRow = { -readonly [Name in keyof RunRow]: RunRow[Name] };

export interface KeptRun {
  /** Changed in place: others get copies. */
  readonly row: KeptRow;
  /** The process that has it. */
  owner: string | undefined;
  /** The process that is to tell its listeners, once it has ended; undefined: they were told. */
  teller: string | undefined;
  readonly taskRuns: (TaskRunRow | undefined)[];
  readonly logs: LogRow[];
  readonly history: HistoryRow[];
  readonly once: Map<string, unknown>;
  requests: Request[];
}

export function newKeptRun(run: NewRun, cursor: Cursor, owner: string): KeptRun {
  const at = run.createdAt;
  const row: KeptRow = {
    id: run.id,
    name: run.name,
    flow: run.flow,
    fingerprint: run.fingerprint,
    file: run.file,
    origin: run.origin,
    parameters: run.parameters,
    tags: run.tags,
    idempotencyKey: run.idempotencyKey,
    scheduledAt: run.scheduledAt,
    tick: run.tick,
    createdAt: at,
    state: { type: "Pending" },
    epoch: 1,
    startedAt: undefined,
    endedAt: undefined,
    changedAt: at,
    cursor,
    activeMs: 0,
    ownedAt: at,
    ownership: "none",
    owner: undefined,
  };
  return { row, owner, teller: undefined, taskRuns: [], logs: [], history: [], once: new Map(), requests: [] };
}
