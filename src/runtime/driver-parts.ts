/** What one run is driven with. */
import type { Run } from "../engine/run.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { AttemptAbout, Executor } from "../ports/executor.ts";
import type { Logger } from "../ports/logger.ts";
import type { People } from "../ports/people.ts";
import type { Program } from "../ports/program.ts";
import type { Cursor, NewVersion, Store } from "../ports/store.ts";
import type { FlowState } from "../state/task-state.ts";
import type { Mask } from "./report/masking.ts";
import type { Untold } from "./telling.ts";

export interface DriverParts {
  readonly program: Program;
  readonly run: Run;
  readonly epoch: number;
  readonly about: AttemptAbout;
  readonly store: Store;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Go on waiting when the run waits only for people. */
  readonly wait: boolean;
  readonly mask: Mask;
  /** Something may have been asked of it while nobody listened. */
  readonly mayBeAsked: boolean;
  /** Asked then, before the run ends as Paused or goes on waiting. */
  readonly people?: People | undefined;
  /** Of a run that was rebuilt: task runs to be kept anew, and children that are none any more. */
  readonly again?: readonly number[] | undefined;
  readonly removed?: readonly number[] | undefined;
  /** How much of the run's log is kept already; all of it, where not given. */
  readonly logKept?: number | undefined;
  /** The run's, before this owner. */
  readonly lastCommit: Cursor;
  /** What listeners may not have heard of yet. */
  readonly untold?: Untold | undefined;
  /** What they were last told that the flow is, where that is not what the run says. */
  readonly flowTold?: FlowState | undefined;
  /** Of a run that goes on with other code: kept with its first commit. */
  readonly version?: NewVersion | undefined;
}
