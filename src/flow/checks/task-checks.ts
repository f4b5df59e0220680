/** The table of checks for task options. */
import { isPlainObject } from "../../base/json.ts";
import {
  type Check,
  complaintsAbout,
  isBetween,
  isDuration,
  isDurationOrZero,
  isFilledText,
  isFunction,
  isListOf,
  isOneOf,
  isOneOrMore,
  isSchemaOption,
  isText,
  isWhole,
  isYesOrNo,
} from "./check-options.ts";
import { isLimit } from "../limit.ts";
import type { TaskOptions } from "../task-options.ts";
import { describeValue } from "./words.ts";

const COUNT_MAX = 1_000_000;

export const TRIGGER_NAMES = [
  "all_successful",
  "all_failed",
  "any_successful",
  "any_failed",
  "all_finished",
  "not_all_skipped",
  "manual_only",
] as const;

const BACKOFF_CHECKS: Readonly<Record<string, Check>> = {
  initial: isDurationOrZero,
  factor: isBetween(1, 1_000),
  max: isDuration,
  jitter: isBetween(0, 1),
};

const isRetryDelay: Check = (value, option) => {
  if (typeof value === "function") return undefined;
  if (!isPlainObject(value)) return isDurationOrZero(value, option);
  const complaints = complaintsAbout(value, BACKOFF_CHECKS);
  if (value["initial"] === undefined) complaints.unshift("initial is missing");
  return complaints.length === 0 ? undefined : `{ initial, factor, max, jitter }: ${complaints.join("; ")}`;
};

const BOUNDS: readonly string[] = ["atLeast", "atMost", "atLeastShare", "atMostShare"];

export const BOUND_CHECKS: Readonly<Record<string, Check>> = {
  atLeast: isWhole(0, COUNT_MAX),
  atMost: isWhole(0, COUNT_MAX),
  atLeastShare: isBetween(0, 1),
  atMostShare: isBetween(0, 1),
};

const isTrigger: Check = (value, option) => {
  if (typeof value === "function") return undefined;
  if (typeof value === "string") return isOneOf(...TRIGGER_NAMES)(value, option);
  const isBounded = isPlainObject(value) && (value["kind"] === "some_failed" || value["kind"] === "some_successful");
  if (isBounded && BOUNDS.some((bound) => value[bound] !== undefined)) return undefined;
  return `must be a trigger's name, someFailed(…), someSuccessful(…) or a function, not ${describeValue(value)}`;
};

const isCacheBy: Check = (value, option) =>
  typeof value === "function" ? undefined : isOneOf("inputs", "parameters", "nothing")(value, option);

const isRunName: Check = (value, option) => (typeof value === "function" ? undefined : isFilledText(value, option));

/** A table without holes: a new option does not compile until it is checked. */
export const TASK_CHECKS: Readonly<Record<keyof TaskOptions, Check>> = {
  name: isText,
  description: isText,
  tags: isListOf("texts", isFilledText),
  retries: isWhole(0, COUNT_MAX),
  retryDelay: isRetryDelay,
  retryIf: isFunction,
  timeout: isDuration,
  cacheFor: isDuration,
  cacheBy: isCacheBy,
  cacheKey: isFilledText,
  cacheVersion: isFilledText,
  target: isFilledText,
  trigger: isTrigger,
  skipOnUpstreamSkip: isYesOrNo,
  stateHandlers: isListOf("functions", isFunction),
  onStateChange: isOneOrMore("functions", isFunction),
  onFailure: isOneOrMore("functions", isFunction),
  result: isOneOf("none"),
  input: isSchemaOption,
  output: isSchemaOption,
  limits: isListOf("limits or their names", isLimit),
  priority: isWhole(-100, 100),
  onLost: isOneOf("retry", "fail", "ask"),
  taskRunName: isRunName,
  secrets: isListOf("names", isFilledText),
  args: isListOf("argument names", isFilledText),
  handlerTimeout: isDuration,
  maxLost: isWhole(0, COUNT_MAX),
  loopMax: isWhole(1, Number.MAX_SAFE_INTEGER),
  retrySignalsMax: isWhole(0, COUNT_MAX),
  mapLengths: isOneOf("equal", "shortest"),
};

export const TASK_OPTION_NAMES: readonly string[] = Object.keys(TASK_CHECKS);
