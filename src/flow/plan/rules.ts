/** From options to what the engine reads (`TaskRules`, plain data) and what the runtime calls (`TaskFunctions`). */
import { toMillis, toMillisOrZero } from "../../base/duration.ts";
import { hashText } from "../../base/hash.ts";
import type { NodeKind, TaskRules, TriggerRule } from "../../graph/graph.ts";
import type { RetryDelay, TaskFunctions } from "../../ports/program.ts";
import type { TaskEntry } from "./building.ts";
import { approvalDefaults } from "../approval-options.ts";
import type { Body, FlowTaskSettings, TaskDefinition } from "../definition.ts";
import { schemaOfSchema } from "../parameters/json-schema.ts";
import { limitName } from "../limit.ts";
import { validatorOf } from "../parameters/standard-schema.ts";
import type { TaskOptions } from "../task-options.ts";

const RETRY_SIGNALS_MAX = 1_000;
const LOOP_MAX = 100_000;
const LOST_MAX = 3;
export const HANDLER_TIMEOUT_MS = 30_000;
const BACKOFF_FACTOR = 2;
const DELAY_MS_MAX = 86_400_000;

/** Shared by all that say nothing: a flow of 100,000 tasks has no use for as many empty lists. */
const NONE: readonly never[] = [];
const ALL_SUCCESSFUL: TriggerRule = { kind: "all_successful" };
const NO_DELAY: RetryDelay = { kind: "backoff", initialMs: 0, factor: 1, maxMs: 1, jitter: 0 };

export function asList<T>(one: T | readonly T[] | undefined): readonly T[] {
  if (one === undefined) return NONE;
  return Array.isArray(one) ? (one as readonly T[]) : [one as T];
}

export function retryDelayOf(delay: TaskOptions["retryDelay"]): RetryDelay {
  if (typeof delay === "function")
    return { kind: "function", of: (attempt, error) => toMillisOrZero("retryDelay", delay(attempt, error)) };
  if (typeof delay === "object") {
    const { initial, factor = BACKOFF_FACTOR, max = DELAY_MS_MAX, jitter = 0 } = delay;
    return {
      kind: "backoff",
      initialMs: toMillisOrZero("retryDelay.initial", initial),
      factor,
      maxMs: toMillis("retryDelay.max", max),
      jitter,
    };
  }
  if (delay === undefined) return NO_DELAY;
  const initialMs = toMillisOrZero("retryDelay", delay);
  return { kind: "backoff", initialMs, factor: 1, maxMs: Math.max(initialMs, 1), jitter: 0 };
}

function triggerRule(trigger: TaskOptions["trigger"]): TriggerRule {
  if (trigger === undefined) return ALL_SUCCESSFUL;
  if (typeof trigger === "function") return { kind: "custom" };
  return typeof trigger === "string" ? { kind: trigger } : { ...trigger };
}

const bodyHashes = new WeakMap<Body, string>();

export function bodyHashOf(body: Body): string {
  let hash = bodyHashes.get(body);
  if (hash === undefined) {
    hash = hashText(Function.prototype.toString.call(body));
    bodyHashes.set(body, hash);
  }
  return hash;
}

function millis(option: string, duration: TaskOptions["timeout"]): number | undefined {
  return duration === undefined ? undefined : toMillis(option, duration);
}

function rulesOf(name: string, options: TaskOptions, bodyHash: string, asksHandlers: boolean): TaskRules {
  const rules = {
    name,
    tags: options.tags ?? NONE,
    trigger: triggerRule(options.trigger),
    skipOnUpstreamSkip: options.skipOnUpstreamSkip ?? true,
    retries: options.retries ?? 0,
    retrySignalsMax: options.retrySignalsMax ?? RETRY_SIGNALS_MAX,
    loopMax: options.loopMax ?? LOOP_MAX,
    maxLost: options.maxLost ?? LOST_MAX,
    onLost: options.onLost ?? "retry",
    timeoutMs: millis("timeout", options.timeout),
    cacheForMs: millis("cacheFor", options.cacheFor),
    hasTarget: options.target !== undefined,
    priority: options.priority ?? 0,
    limits: options.limits?.map(limitName) ?? NONE,
    keepsResult: options.result !== "none",
    mapLengths: options.mapLengths ?? "equal",
    asksHandlers,
    watched: options.onStateChange !== undefined || options.onFailure !== undefined,
    bodyHash,
  } as const;
  return options.description === undefined ? rules : { ...rules, description: options.description };
}

function functionsOf(
  options: TaskOptions,
  body: Body | undefined,
  stateHandlers: TaskFunctions["stateHandlers"],
): TaskFunctions {
  return {
    body,
    stateHandlers,
    listeners: asList(options.onStateChange),
    onFailure: asList(options.onFailure),
    trigger: typeof options.trigger === "function" ? options.trigger : undefined,
    retryDelay: retryDelayOf(options.retryDelay),
    retryIf: options.retryIf,
    cacheBy: options.cacheBy ?? "inputs",
    cacheKey: options.cacheKey,
    cacheVersion: options.cacheVersion,
    target: options.target,
    input: options.input && validatorOf(options.input),
    output: options.output && validatorOf(options.output),
    handlerTimeoutMs: millis("handlerTimeout", options.handlerTimeout) ?? HANDLER_TIMEOUT_MS,
    taskRunName: options.taskRunName,
    secrets: options.secrets ?? NONE,
  };
}

function joined<T>(first: readonly T[] | undefined, then: readonly T[]): readonly T[] {
  if (first === undefined || first.length === 0) return then;
  return [...first, ...then];
}

/** A task in a flow: its own options first, then the flow's `taskDefaults`; its own handlers first, then the flow's. */
export function entryOf(definition: TaskDefinition, name: string, settings: FlowTaskSettings): TaskEntry {
  const { approval, calls } = definition;
  const defaults = approval === undefined ? settings.defaults : approvalDefaults(settings.defaults);
  const options: TaskOptions = { ...defaults, ...definition.options };
  const handlers = joined(options.stateHandlers, settings.stateHandlers);
  const rules = rulesOf(name, options, definition.factory?.basis ?? bodyHashOf(definition.body), handlers.length > 0);
  const functions = functionsOf(options, definition.body, handlers);
  return {
    rules: approval === undefined ? rules : withApproval(rules, options, approval.question),
    functions: calls === undefined ? functions : { ...functions, calls },
  };
}

/** Its timeout is the person's time, and no attempt's. */
function withApproval(rules: TaskRules, { input }: TaskOptions, question: string): TaskRules {
  const asked = { question, timeoutMs: rules.timeoutMs, input: input && schemaOfSchema(input) };
  return { ...rules, timeoutMs: undefined, approval: asked };
}

/** Kinds of nodes that the engine decides itself. */
export type ControlKind = Exclude<NodeKind, "task">;

const CONTROL_OPTIONS: Readonly<Record<ControlKind, TaskOptions>> = {
  branch: {},
  choose: { trigger: "not_all_skipped", skipOnUpstreamSkip: false },
  merge: { trigger: "not_all_skipped", skipOnUpstreamSkip: false },
  filter: { trigger: "all_finished", skipOnUpstreamSkip: false },
};

/** A node the engine decides itself. The flow's `taskStateHandlers` see it like any other. */
export function controlEntry(kind: ControlKind, settings: FlowTaskSettings): TaskEntry {
  const handlers = settings.stateHandlers;
  return {
    rules: rulesOf(kind, CONTROL_OPTIONS[kind], "", handlers.length > 0),
    functions: functionsOf(CONTROL_OPTIONS[kind], undefined, handlers),
  };
}
