/// <reference types="node" preserve="true" />
/** Caudal: typed, durable workflows. What flow files import. */
export type { ErrorCode } from "./base/error-sentences.ts";
export { CaudalError, isCaudalError } from "./base/errors.ts";
export type { Duration } from "./base/duration.ts";
export type { Json } from "./base/json.ts";
export { context, type Secret, type TaskContext, type TaskLog } from "./executor/context.ts";
export { inline, type InlineOptions } from "./executor/inline.ts";
export { type Approval, approval, type ApprovalOptions } from "./flow/approval.ts";
export { branch, merge, referenceTasks } from "./flow/plan/branch.ts";
export type { MarkSettings } from "./flow/mark-options.ts";
export { type Flow, flow, type ResumeSettings, type RunSettings, type ScheduleSettings } from "./flow/flow.ts";
export type { FlowOptions } from "./flow/flow-options.ts";
export type { FlowRun, RunElse, RunFailed, RunSucceeded, TaskRun } from "./flow/flow-run.ts";
export {
  isCached,
  isCancelled,
  isFailed,
  isFinished,
  isMapped,
  isPaused,
  isPending,
  isRetrying,
  isRunning,
  isSkipped,
  isSuccess,
  isTimedOut,
  isTriggerFailed,
} from "./flow/checks/guards.ts";
export { group } from "./flow/plan/group.ts";
export type { Input, MapInput, Unmapped } from "./flow/plan/input.ts";
export { type Limit, limit } from "./flow/limit.ts";
export { mapEach } from "./flow/plan/map-each.ts";
export { parameter, type ParameterOptions, type ParameterSpec } from "./flow/parameters/parameter.ts";
export type { AnyRef, Ref } from "./flow/plan/ref.ts";
export { type Resource, resource, type ResourceOptions } from "./flow/plan/resource.ts";
export { filter, type Settled, settled } from "./flow/plan/settled.ts";
export { signals } from "./flow/signals.ts";
export { states } from "./flow/states.ts";
export { type Task, task } from "./flow/task.ts";
export type { Backoff, TaskDefaults, TaskOptions, Trigger } from "./flow/task-options.ts";
export { someFailed, someSuccessful } from "./flow/triggers.ts";
export type { VisualizeOptions } from "./flow/visualize.ts";
export { flatten, unmapped } from "./flow/plan/wrapped.ts";
export type {
  CacheBy,
  FailureListener,
  Failures,
  HandlerInfo,
  StateHandler,
  StateListener,
  Subject,
  TriggerFunction,
  TriggerUpstream,
} from "./ports/program.ts";
export {
  isMonthEnd,
  isMonthStart,
  isWeekday,
  isWeekend,
  type NamedFilter,
  nextWeekday,
} from "./schedule/day-filters.ts";
export { every, type EveryOptions } from "./schedule/every.ts";
export { cron, type CronOptions } from "./schedule/cron.ts";
export { dates, type DatesOptions } from "./schedule/dates.ts";
export { rrule, type RruleOptions } from "./schedule/rrule.ts";
export {
  anyOf,
  atTime,
  betweenDates,
  betweenDateTimes,
  betweenTimes,
  isDayOfWeek,
  onDate,
  onDateTime,
  type TickFilter,
} from "./schedule/filter.ts";
export type { LocalTime, Weekday } from "./schedule/local-time.ts";
export type { ClockRules } from "./schedule/rules.ts";
export type { Schedule, Tick } from "./schedule/schedule.ts";
export type { Shift } from "./schedule/steps.ts";
export type { When } from "./schedule/when.ts";
export type { ErrorRecord } from "./state/error-record.ts";
export type { Reason } from "./state/reason.ts";
export { isSignal, type Signal } from "./state/signal.ts";
export type { FlowState, State, TaskState } from "./state/task-state.ts";
