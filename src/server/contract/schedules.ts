/** Schedules: when runs start. */
import type { Cursor, Instant, Json } from "./plain.ts";

export interface ScheduleList {
  readonly schedules: readonly ScheduleSummary[];
  /** As of `FlowList`. */
  readonly revision: number;
  readonly cursor: Cursor;
}

export interface ScheduleSummary {
  readonly id: string;
  readonly flow: string;
  /** In words: `every 1 minute`. */
  readonly text: string;
  readonly on: boolean;
  /** Who switched it last, and when. */
  readonly changedBy?: string;
  readonly changedAt?: Instant;
  readonly next: readonly Instant[];
  readonly lastTick?: { readonly at: Instant; readonly run: string };
  readonly overlap: "skip" | "queue" | "allow";
  readonly catchUp: "none" | "last" | "all";
}

export interface ScheduleDetail extends ScheduleSummary {
  readonly upcoming: readonly { readonly at: Instant; readonly clock: number; readonly parameters: Json }[];
  readonly definition: Json;
  readonly file?: string;
  /** The newest first. */
  readonly ticks: readonly {
    readonly at: Instant;
    readonly clock: number;
    readonly run?: string;
    readonly outcome: "run" | "skipped" | "missed";
  }[];
  /** As of `FlowList`. */
  readonly revision: number;
  readonly cursor: Cursor;
}
