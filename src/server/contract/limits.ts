/** Places that runs share. */

export interface LimitList {
  /** Those of the flows this process has run or loaded. */
  readonly limits: readonly {
    readonly name: string;
    readonly slots: number;
    /** By all processes of the store. */
    readonly held: number;
    /** Task runs of this process, and one for each other process that waits. */
    readonly waiting: number;
  }[];
}
