/** What can be said about a flow, and how it is checked. */
import type { Duration } from "../base/duration.ts";
import { isPlainObject } from "../base/json.ts";
import type {
  CatchUp,
  FailureListener,
  FlowFunctions,
  Overlap,
  StateHandler,
  StateListener,
} from "../ports/program.ts";
import type { Schedule } from "../schedule/schedule.ts";
import {
  type Check,
  complaintsAbout,
  isDuration,
  isFilledText,
  isFunction,
  isListOf,
  isOneOf,
  isOneOrMore,
  isText,
  isWhole,
} from "./checks/check-options.ts";
import { TASK_CHECKS } from "./checks/task-checks.ts";
import type { TaskDefaults } from "./task-options.ts";
import { describeValue } from "./checks/words.ts";

export interface FlowOptions {
  /** At most 200 characters; no slash. */
  readonly name: string;
  readonly description?: string | undefined;
  /** When runs start, for `runOnSchedule` and `serve`. */
  readonly schedule?: Schedule | undefined;
  /** For `serve`: what a tick does while a run of its schedule has not ended. */
  readonly overlap?: Overlap | undefined;
  /** For `serve`: which ticks are made up that passed while nobody watched. */
  readonly catchUp?: CatchUp | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Asked at every transition of the flow's own state. */
  readonly stateHandlers?: readonly StateHandler[] | undefined;
  /** Asked at every transition of every task, after the task's own. */
  readonly taskStateHandlers?: readonly StateHandler[] | undefined;
  /** Told of every transition of the flow's own state. */
  readonly onStateChange?: StateListener | readonly StateListener[] | undefined;
  /** Told once, when a run of the flow has failed. */
  readonly onFailure?: FailureListener | readonly FailureListener[] | undefined;
  /** Options of every task that does not say otherwise. */
  readonly taskDefaults?: TaskDefaults | undefined;
  /** Decides the flow's state from those of its reference tasks. */
  readonly finalState?: FlowFunctions["finalState"];
  /** Of one run, from Running; time spent Paused does not count. */
  readonly timeout?: Duration | undefined;
  /** Runs of it at once, on one store; at least 1. */
  readonly maxConcurrency?: number | undefined;
  readonly version?: string | undefined;
}

const NOT_DEFAULTS: readonly string[] = ["name", "args", "cacheKey", "target"];
const DEFAULT_CHECKS = Object.fromEntries(
  Object.entries(TASK_CHECKS).filter(([option]) => !NOT_DEFAULTS.includes(option)),
);

const isTaskDefaults: Check = (value) => {
  const complaints = complaintsAbout(value, DEFAULT_CHECKS);
  return complaints.length === 0 ? undefined : `: ${complaints.join("; ")}`;
};

const isSchedule: Check = (value) =>
  typeof (value as { readonly next?: unknown } | null | undefined)?.next === "function"
    ? undefined
    : `must be a schedule, such as every("1m") or cron("0 8 * * *"), not ${describeValue(value)}`;

const FLOW_CHECKS: Readonly<Record<keyof FlowOptions | "parameters", Check>> = {
  name: isText,
  description: isText,
  parameters: (value) =>
    isPlainObject(value) ? undefined : `must be an object of parameters by name, not ${describeValue(value)}`,
  schedule: isSchedule,
  overlap: isOneOf("skip", "queue", "allow"),
  catchUp: isOneOf("none", "last", "all"),
  tags: isListOf("texts", isFilledText),
  stateHandlers: isListOf("functions", isFunction),
  taskStateHandlers: isListOf("functions", isFunction),
  onStateChange: isOneOrMore("functions", isFunction),
  onFailure: isOneOrMore("functions", isFunction),
  taskDefaults: isTaskDefaults,
  finalState: isFunction,
  timeout: isDuration,
  maxConcurrency: isWhole(1, Number.MAX_SAFE_INTEGER),
  version: isFilledText,
};

export function flowComplaints(options: unknown): string[] {
  const complaints = complaintsAbout(options, FLOW_CHECKS);
  if (isPlainObject(options) && options["name"] === undefined) complaints.unshift("name is missing");
  return complaints;
}
