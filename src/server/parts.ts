/** What the server is made of: everything its routes may touch. */
import type { Instant } from "../base/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Program } from "../ports/program.ts";
import type { Queries } from "../ports/queries.ts";
import type { Store } from "../ports/store.ts";
import type { BrokenFile } from "./contract.ts";
import type { RunsDesk } from "./runs-desk.ts";
import type { ScheduleDesk } from "./schedule-desk.ts";
import type { Shapes } from "./shapes.ts";

/** A flow whose code is in this process. It may come from another copy of the package. */
export interface ServedFlow {
  readonly name: string;
  readonly file: string | undefined;
  readonly fingerprint: string;
  readonly program: Program;
}

/** The flows of some files, which may change while the server runs. */
export interface FlowSource {
  flows(): ReadonlyMap<string, ServedFlow>;
  broken(): readonly BrokenFile[];
  /** Files of which it is not known yet what is in them, as they are shown. */
  loading(): readonly string[];
  /** As people named them. */
  files(): readonly string[];
  /** Calls back after any of these has changed. */
  onChange(callback: () => void): () => void;
}

export interface ServerParts {
  readonly version: string;
  readonly store: Store;
  readonly queries: Queries;
  readonly source: FlowSource;
  readonly desk: RunsDesk;
  readonly schedules: ScheduleDesk;
  readonly shapes: Shapes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly startedAt: Instant;
  /** What paths of files are shown against. */
  readonly folder: string;
  readonly zone: string;
  readonly token: string | undefined;
  /** Grows when files, flows or schedules change. */
  readonly revision: () => number;
  /** One of them has changed. */
  readonly changed: () => void;
  readonly openStreams: () => number;
  readonly draining: () => boolean;
}
