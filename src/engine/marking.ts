/** What a person says of a task run (`mark.ts`), and why that may be refused. */

/** What a task run can be marked as. */
export const MARKS = ["Success", "Failed", "Skipped"] as const;

/** Of the reason. */
export const MARK_WHY_MAX = 2_000;

export interface Marking {
  readonly slot: number;
  readonly as: (typeof MARKS)[number];
  readonly why: string;
  readonly by: string | undefined;
  /** What consumers of a success get. */
  readonly value: unknown;
}

/** Why a task run cannot be marked (`whyNotMarkable` says it in words). */
export type MarkRefusal = "RUN_CANCELLING" | "TASK_UNDER_WAY" | "TASK_MAPPED" | "TASK_RESOURCE" | "TASK_DECIDED";
