/** What a person says of a task run (`mark.ts`), and why that may be refused. */

/** What a task run can be marked as. */
export const MARKS = ["Success", "Failed", "Skipped"] as const;

export interface Marking {
  readonly slot: number;
  readonly as: (typeof MARKS)[number];
  readonly why: string;
  readonly by: string | undefined;
  /** What consumers of a success get. */
  readonly value: unknown;
}

/** Why a task run cannot be marked, with what can be done instead. */
export const MARK_REFUSALS = {
  RUN_CANCELLING: "its run is being cancelled; mark it when that has ended",
  TASK_UNDER_WAY: "its body is being called; wait for its end, or cancel the run",
  TASK_MAPPED: "it is mapped; mark its children, each by itself",
  TASK_RESOURCE: "it sets up or cleans up a resource, which lives in the process only",
  TASK_DECIDED:
    "what follows it has been decided, and its run goes on; pause the run or wait for its end, then mark it",
} as const;

export type MarkRefusal = keyof typeof MARK_REFUSALS;
