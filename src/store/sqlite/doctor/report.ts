/** What `caudal doctor` finds out about a store. Plain data: it is printed, or given out as JSON. */

export interface Finding {
  /** `error`: something is lost or will be. `warning`: something needs a person. `note`: as it should be, worth knowing. */
  readonly severity: "error" | "warning" | "note";
  readonly text: string;
  /** What to do. */
  readonly fix?: string;
}

/** A run that does not go on by itself. */
export interface StuckRun {
  readonly run: string;
  readonly flow: string;
  readonly state: string;
  readonly why: string;
  readonly fix: string;
}

export interface DamagedRun {
  readonly run: string;
  readonly why: string;
}

export interface KnownProcess {
  readonly process: string;
  readonly alive: boolean;
  /** It moves the log into the file, and takes away what is too old. */
  readonly keeper: boolean;
  readonly leaseUntil: number;
  /** Runs it has. */
  readonly runs: number;
  /** Places of limits it holds, by name. */
  readonly places: Readonly<Record<string, number>>;
}

export interface Sizes {
  readonly file: number;
  /** The write-ahead log. */
  readonly log: number;
  /** Pages of the file that hold nothing. */
  readonly free: number;
  /** Within the file, by what is kept there. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly blobs: { readonly files: number; readonly bytes: number };
  /** Files of large results that no row names. */
  readonly orphans: { readonly files: number; readonly bytes: number };
}

export interface StoreReport {
  readonly file: string;
  readonly version: number | undefined;
  readonly sqlite: { readonly version: string; readonly walResetSafe: boolean };
  /** Nothing in it is damaged. */
  readonly whole: boolean;
  readonly runs: Readonly<Record<string, number>>;
  readonly sizes: Sizes | undefined;
  readonly processes: readonly KnownProcess[];
  readonly stuck: readonly StuckRun[];
  readonly damaged: readonly DamagedRun[];
  readonly findings: readonly Finding[];
}
