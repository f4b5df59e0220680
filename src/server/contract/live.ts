/** The live stream, and its polling twin. */
import type { LogLine } from "./logs.ts";
import type { Cursor, Instant } from "./plain.ts";
import type { Progress, RunSummary } from "./runs.ts";
import type { TaskRunSummary } from "./task-runs.ts";

/**
 * `GET live?topics=runs,flows,run:ID,logs:ID:LINES&after=CURSOR` as server-sent events (LINES: the `total` of the page
 * of lines you have; without it only lines from now on); the event's name is `type`, its data
 * the frame as JSON. `changes` frames carry their cursor as event id, so `Last-Event-ID` goes on where the stream broke
 * off. A comment comes every 15 s: 40 s of silence mean the connection is dead. Frames are gathered for 100 ms.
 */
export type LiveFrame = HelloFrame | ChangesFrame | ResetFrame | DegradedFrame | FlowsFrame | ByeFrame;

/** First on every connection. */
export interface HelloFrame {
  readonly type: "hello";
  readonly cursor: Cursor;
  readonly now: Instant;
  readonly version: string;
  /** Of the list of flows: fetch it again where yours is another. */
  readonly revision: number;
}

export interface ChangesFrame {
  readonly type: "changes";
  /** Everything up to it has been told. */
  readonly cursor: Cursor;
  readonly now: Instant;
  /** Topic `runs`: runs that were made or changed. Topic `run:ID`: that one. */
  readonly runs: readonly RunSummary[];
  /** Topic `run:ID`: nodes that changed, and the progress of the whole. Children are told as counts of their node. */
  readonly taskRuns: readonly {
    readonly run: string;
    readonly taskRuns: readonly TaskRunSummary[];
    readonly progress: Progress;
  }[];
  /** Topic `logs:ID`: new lines; where there are more than 500, only how many the run has: fetch them. */
  readonly logs: readonly { readonly run: string; readonly lines: readonly LogLine[]; readonly total: number }[];
}

/** The cursor given is unknown (another store, or a forged one): fetch snapshots again and go on from `cursor`. */
export interface ResetFrame {
  readonly type: "reset";
  readonly cursor: Cursor;
  readonly why: "unknown-cursor" | "too-old";
}

/** Too much happened to tell, or you read too slowly: fetch what you show of these topics; the stream goes on at `cursor`. */
export interface DegradedFrame {
  readonly type: "degraded";
  readonly cursor: Cursor;
  readonly topics: readonly string[];
}

/** Files, flows or schedules have changed: fetch the lists again. No cursor: compare revisions. */
export interface FlowsFrame {
  readonly type: "flows";
  readonly revision: number;
}

/** The server ends: reconnect. */
export interface ByeFrame {
  readonly type: "bye";
  readonly why: "draining";
}
