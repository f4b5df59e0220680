/** The history of a run. */
import type { Cursor, Instant } from "./plain.ts";
import type { StateType } from "./states.ts";

export interface EventPage {
  /** One per commit, in order. */
  readonly events: readonly {
    readonly cursor: Cursor;
    readonly at: Instant;
    /** Grows with each owner of the run. */
    readonly epoch: number;
    readonly transitions: readonly { readonly id: string; readonly from: StateType; readonly to: StateType }[];
  }[];
  readonly next?: string;
  readonly cursor: Cursor;
}
