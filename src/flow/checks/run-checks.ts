/** The options of `run` and `runOnSchedule`, checked before anything happens. */
import type { RunOptions } from "../../runtime/run.ts";
import {
  type Check,
  complaintsAbout,
  isFilledText,
  isFunction,
  isListOf,
  isOneOf,
  isWhole,
  isYesOrNo,
} from "./check-options.ts";
import { isPlainObject } from "../../base/json.ts";
import { describeValue } from "./words.ts";

const isObject: Check = (value) =>
  isPlainObject(value) ? undefined : `must be an object, not ${describeValue(value)}`;

const isSignal: Check = (value) =>
  value instanceof AbortSignal ? undefined : `must be an AbortSignal, not ${describeValue(value)}`;

const isStore: Check = (value) =>
  typeof value === "object" && value !== null
    ? undefined
    : `must be a store, such as sqliteStore(), not ${describeValue(value)}`;

const isInstant: Check = (value) => {
  const at = value instanceof Date ? value.getTime() : typeof value === "string" ? Date.parse(value) : value;
  return typeof at === "number" && Number.isFinite(at)
    ? undefined
    : `must be a Date, milliseconds since 1970 or ISO text, not ${describeValue(value)}`;
};

const RUN_CHECKS: Readonly<Record<keyof RunOptions, Check>> = {
  parameters: isObject,
  runName: isFilledText,
  idempotencyKey: isFilledText,
  signal: isSignal,
  taskStates: isObject,
  context: isObject,
  tags: isListOf("texts", isFilledText),
  logLevel: isOneOf("debug", "info", "warn", "error", "off"),
  wait: isYesOrNo,
  secrets: isObject,
  executor: isFunction,
  store: isStore,
};

const SCHEDULE_CHECKS: Readonly<Record<string, Check>> = {
  ...RUN_CHECKS,
  runs: isWhole(1, Number.MAX_SAFE_INTEGER),
  until: isInstant,
};

const { parameters: _, runName: __, idempotencyKey: ___, taskStates: ____, tags: _____, ...GOING_ON } = RUN_CHECKS;
/** Parameters, names and tags are those the run was begun with. */
export const RESUME_CHECKS: Readonly<Record<string, Check>> = { ...GOING_ON, acceptChanges: isYesOrNo };

/** A parameter's name among the options is the commonest slip: it is answered with how it is meant. */
function complaints(
  options: unknown,
  parameters: readonly string[],
  checks: Readonly<Record<string, Check>>,
): string[] {
  const slipped = isPlainObject(options)
    ? Object.keys(options).filter((key) => parameters.includes(key) && !Object.hasOwn(checks, key))
    : [];
  const rest = isPlainObject(options)
    ? Object.fromEntries(Object.entries(options).filter(([key]) => !slipped.includes(key)))
    : options;
  return [
    ...slipped.map((key) => `'${key}' is a parameter: give it as { parameters: { ${key}: … } }`),
    ...complaintsAbout(rest, checks),
  ];
}

export function runComplaints(options: unknown, parameters: readonly string[]): string[] {
  return complaints(options, parameters, RUN_CHECKS);
}

/** `which` run, and how it goes on. */
export function resumeComplaints(which: unknown, options: unknown): string[] {
  const wrong = typeof which === "string" && which !== "" ? undefined : `is ${describeValue(which)}`;
  return [
    ...(wrong === undefined ? [] : [`the run ${wrong}: give its id, or "last"`]),
    ...complaintsAbout(options, RESUME_CHECKS),
  ];
}

export function scheduleRunComplaints(options: unknown, parameters: readonly string[]): string[] {
  return complaints(options, parameters, SCHEDULE_CHECKS);
}
