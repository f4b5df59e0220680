/** What the reference interpreter can be asked to answer by: Prefect 1.x, or this project where it differs on purpose. */

/** One member for each row of the table of differences (design §19) that shows in cases. */
export interface Rules {
  /** A constant argument is a successful upstream of triggers. */
  readonly constantsAreUpstreams: boolean;
  /** A signal without a result of its own is a value to `merge` and `filter`. */
  readonly signalsAreValues: boolean;
  /** RETRY uses up one of the retries of later errors. */
  readonly retrySignalsCount: boolean;
  /** A list or object of tasks is a task of its own: one failed or skipped member stands for all of it. */
  readonly collectionsAreTasks: boolean;
  /** `merge` takes its inputs in the order of their names as text: task_10 before task_2. */
  readonly mergesByText: boolean;
  /** Mapping over text maps its characters. */
  readonly textIsMapped: boolean;
  /** A task mapped over a list counts the task that gave it once for each of its edges to it. */
  readonly elementsCountApart: boolean;
  /** A round of a loop that ended well gives a task all its retries back. */
  readonly roundsRestoreRetries: boolean;
  /** A task failed by the library, or by a handler, without an error has null as its result. */
  readonly failuresMayBeNull: boolean;
}

export const PREFECT: Rules = {
  constantsAreUpstreams: true,
  signalsAreValues: true,
  retrySignalsCount: true,
  collectionsAreTasks: true,
  mergesByText: true,
  textIsMapped: true,
  elementsCountApart: true,
  roundsRestoreRetries: true,
  failuresMayBeNull: true,
};

export const OURS: Rules = {
  constantsAreUpstreams: false,
  signalsAreValues: false,
  retrySignalsCount: false,
  collectionsAreTasks: false,
  mergesByText: false,
  textIsMapped: false,
  elementsCountApart: false,
  roundsRestoreRetries: false,
  failuresMayBeNull: false,
};
