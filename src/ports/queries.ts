/**
 * What those who look at a store ask of it: pages, counts, and what has changed since. Every question is one short read
 * that never calls user code and never decodes a result unless it asks for that very one; a store without them keeps
 * nothing to look at (`memory`).
 */
import type { Instant } from "../base/time.ts";
import type { CacheNote, StateType } from "../state/task-state.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import type { Reason } from "../state/reason.ts";
import type { Cursor, LogRow, Origin, RunRow, Tick } from "./store.ts";

export interface RunsWanted {
  readonly flow?: string | undefined;
  readonly states?: readonly StateType[] | undefined;
  readonly tag?: string | undefined;
  readonly origin?: Origin | undefined;
  /** Created in this range; both ends inclusive. */
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** A part of its id or name, literally, in any case. */
  readonly text?: string | undefined;
}

/** A run with what lists show of it. */
export interface ListedRun {
  readonly runNo: number;
  readonly row: Pick<RunRow, "id" | "name" | "flow" | "fingerprint" | "origin" | "tags" | "createdAt"> &
    Pick<RunRow, "startedAt" | "endedAt" | "scheduledAt" | "ownership"> & {
      readonly state: { readonly type: StateType };
    };
  /** Who started it, where a name was given. */
  readonly startedBy: string | undefined;
  /** One line of JSON, as it is kept; may be long. */
  readonly parametersText: string;
  readonly error: ErrorRecord | undefined;
}

/** What a dot among the last runs of a flow shows. */
export interface RunGlance extends Pick<RunRow, "id" | "startedAt" | "endedAt"> {
  readonly state: StateType;
}

export interface RunPage {
  readonly runs: readonly ListedRun[];
  /** Where the next page begins: give it as `beforeNo`; undefined at the end. */
  readonly nextNo: number | undefined;
  /** When the oldest run was created that the page looked at, where it stopped before it was full. */
  readonly searchedTo?: Instant | undefined;
}

/** A run in detail, without its task runs. */
export interface WholeRun {
  readonly runNo: number;
  readonly row: RunRow;
  readonly startedBy: string | undefined;
  readonly nodes: number;
  readonly logLines: number;
}

/** The current state of a task run without its value. */
export interface TaskRunGlance {
  readonly slot: number;
  readonly state: StateType;
  readonly attempt: number;
  readonly startedAt: Instant | undefined;
  readonly endedAt: Instant | undefined;
  readonly reason: Reason | undefined;
  readonly error: ErrorRecord | undefined;
  readonly cache: CacheNote | undefined;
  /** What `taskRunName` made of it, once its first attempt has ended. */
  readonly name: string | undefined;
  /** When it goes on. */
  readonly startAt: Instant | undefined;
  /** Of a mapped node whose children are decided. */
  readonly childBase: number | undefined;
  readonly children: number | undefined;
}

export type CountsByState = Partial<Record<StateType, number>>;

/** `from` inclusive, `to` exclusive. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
}

/** Of a place that processes of the store share. */
export interface PlacesTaken {
  /** By processes that are alive. */
  readonly held: number;
  /** Other processes that wait for one. */
  readonly othersWaiting: number;
}

export interface LogsWanted {
  readonly slots?: SlotRange | undefined;
  readonly levels?: readonly LogRow["level"][] | undefined;
  readonly attempt?: number | undefined;
  readonly text?: string | undefined;
}

export interface NumberedLog extends LogRow {
  readonly line: number;
}

export interface HistoryPage {
  readonly events: readonly {
    readonly cursor: Cursor;
    readonly at: Instant;
    readonly epoch: number;
    readonly slots: Uint32Array;
    readonly steps: Uint16Array;
  }[];
  readonly nextCursor: Cursor | undefined;
}

/** What was committed after a cursor, by run. */
export interface ChangesSince {
  readonly cursor: Cursor;
  readonly runs: ReadonlyMap<number, { readonly slots: ReadonlySet<number> }>;
  /** There is more: ask again from `cursor`. */
  readonly more: boolean;
}

export interface KnownFlow {
  readonly flow: string;
  /** Of its newest version. */
  readonly fingerprint: string;
}

export interface Ending extends Pick<TaskRunGlance, "slot" | "state" | "attempt" | "startedAt"> {
  readonly endedAt: Instant;
}

export interface KnownVersion {
  readonly fingerprint: string;
  readonly nodes: number;
  readonly runs: number;
  readonly lastRunAt: Instant | undefined;
}

export interface ScheduleRow {
  /** Flow and definition, as JSON. */
  readonly schedule: string;
  readonly flow: string;
  readonly on: boolean;
  readonly changedBy: string | undefined;
  readonly changedAt: Instant | undefined;
  /** Every tick up to here was decided by somebody; undefined: nobody has watched it yet. */
  readonly watchedUntil: Instant | undefined;
}

export interface TickRow {
  readonly clock: number;
  readonly at: Instant;
  /** Empty: it was skipped. */
  readonly runId: string;
}

export interface AuditRow {
  readonly at: Instant;
  readonly by: string;
  readonly action: string;
  readonly runId: string | undefined;
  readonly flow: string | undefined;
  readonly task: string | undefined;
  readonly why: string | undefined;
  readonly from: string;
}

export interface CacheRow {
  readonly key: string;
  readonly scope: string;
  readonly version: string;
  readonly runId: string;
  readonly storedAt: Instant;
  readonly expiresAt: Instant | undefined;
}

export interface Queries {
  readonly schemaVersion: number;
  /** Of the newest commit. */
  cursor(): Cursor;
  /** Number of the newest run: a run appears with its first commit, or with this. */
  newestRunNo(): number;
  flows(): readonly KnownFlow[];
  versions(flow: string): readonly KnownVersion[];
  /** Of the newest `runs` runs of a version that have ended: how their first `nodes` task runs ended, in no order. */
  endings(
    flow: string,
    fingerprint: string,
    size: { readonly runs: number; readonly nodes: number },
  ): { readonly runs: number; readonly endings: readonly Ending[] };
  /** Newest first. May give fewer than `limit` with a `nextNo`: one page looks at so many runs at most. */
  runs(wanted: RunsWanted, page: { readonly beforeNo?: number | undefined; readonly limit: number }): RunPage;
  runsByNo(numbers: readonly number[]): readonly ListedRun[];
  /** Of each of these flows at most `limit` runs, newest first. One statement, however many flows. */
  newestOf(flows: readonly string[], limit: number): ReadonlyMap<string, readonly RunGlance[]>;
  /** Each exact up to `max`, which is what more come to. */
  counts(wanted: RunsWanted, max: number): CountsByState;
  /** Whether counts are of the newest runs only, as of pages: there may be more of each state. */
  countsInPart(wanted: RunsWanted): boolean;
  run(runId: string): WholeRun | undefined;
  /** In slot order; a task run without an entry is Pending. */
  glances(runNo: number, slots: SlotRange | readonly number[]): readonly TaskRunGlance[];
  /** Those that are in one of these states, without Pending ones; at most `limit`. */
  glancesIn(runNo: number, slots: SlotRange, states: readonly StateType[], limit: number): readonly TaskRunGlance[];
  /** Without those that are Pending and were never anything else. */
  countSlots(runNo: number, slots: SlotRange): CountsByState;
  /** The value of a finished task run; undefined where it has none. Reads a blob where it is large. */
  value(
    runNo: number,
    slot: number,
  ): { readonly value: unknown; readonly kept: "kept" | "derived" | "not-kept" } | undefined;
  /** In order of lines; `before` gives the last ones before it. */
  logs(
    runNo: number,
    wanted: LogsWanted,
    page: { readonly after?: number | undefined; readonly before?: number | undefined; readonly limit: number },
  ): readonly NumberedLog[];
  countLogs(runNo: number, wanted: LogsWanted, max: number): number;
  history(runNo: number, page: { readonly after: Cursor; readonly limit: number }): HistoryPage;
  /** Commits after a cursor, at most `limit` of them. Undefined: no commit of this store has that cursor. */
  since(after: Cursor, limit: number): ChangesSince | undefined;
  schedule(schedule: string): ScheduleRow | undefined;
  /** Those that were watched or switched, by flow; the one that was watched last first. */
  schedules(flow?: string | undefined): readonly ScheduleRow[];
  switchSchedule(schedule: string, flow: string, on: boolean, by: string, at: Instant): void;
  /** Never goes back. */
  watchedUntil(schedule: string, flow: string, until: Instant): void;
  /** No run is to begin for it. False: somebody has decided about it already. */
  skipTick(tick: Tick): boolean;
  /** Newest first. */
  ticks(schedule: string, limit: number): readonly TickRow[];
  /** Runs of a schedule that have not ended, of any process. */
  unfinishedOf(schedule: string): readonly string[];
  cache(wanted: { readonly scope?: string | undefined; readonly after?: string | undefined; readonly limit: number }): {
    readonly entries: readonly CacheRow[];
    readonly total: number;
  };
  clearCache(wanted: { readonly scope?: string | undefined; readonly key?: string | undefined }): number;
  /** Of a place's name, now. */
  placesTaken(name: string, now: Instant): PlacesTaken;
  note(line: AuditRow): void;
  /** Newest first. */
  audit(wanted: {
    readonly runId?: string | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  }): readonly (AuditRow & { readonly no: number })[];
}
