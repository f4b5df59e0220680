/**
 * Compares what we did with what was observed, case by case and aspect by aspect.
 *
 * outcome: states of the flow, its tasks and their children, and errors of the build · values: results ·
 * work: calls and inputs · path: transitions and reasons. A signal as a value is null where it does not fail and an
 * error where it does; errors compare by message only where the case gave it.
 */
import { isDeepStrictEqual } from "node:util";
import type { Case, Observation, RunSeen, TaskSeen } from "./case-format.ts";

export const ASPECTS = ["outcome", "values", "work", "path"] as const;
export type Aspect = (typeof ASPECTS)[number];

export interface Difference {
  readonly aspect: Aspect;
  readonly where: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** A difference that is meant: its row in the design, and the cases and aspects it shows in. */
export interface Deviation {
  /** A regular expression on the case's id. */
  readonly match: string;
  readonly aspects: readonly string[];
  readonly why: string;
  /** Where ids cannot say enough: the only pairs of values, expected and actual, that the row explains. */
  readonly only?: readonly (readonly [expected: unknown, actual: unknown])[];
}

export interface Compared {
  readonly id: string;
  readonly group: string;
  readonly isTagged: boolean;
  /** Differences that no deviation explains. */
  readonly differing: readonly Difference[];
  readonly documented: readonly Difference[];
}

const FAILING_SIGNALS: readonly unknown[] = ["FAIL", "TRIGGERFAIL", "VALIDATIONFAIL"];
const ANY_ERROR = { $error: "*" };
const ANY_OTHER = { $other: "*" };

export function normalised(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(normalised);
  if (typeof value !== "object") return value;
  if ("$signal" in value) {
    const { $signal, message } = value as { readonly $signal: unknown; readonly message?: unknown };
    return FAILING_SIGNALS.includes($signal) ? errorOf(message) : null;
  }
  if ("$error" in value) return errorOf(value.$error);
  if ("$other" in value) return ANY_OTHER;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normalised(member)]));
}

function errorOf(message: unknown): unknown {
  return typeof message === "string" && message.startsWith("msg-") ? { $error: message } : ANY_ERROR;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Pairs of members at which two normalised values differ; the values themselves where they are of different shape. */
function leaves(expected: unknown, actual: unknown): readonly (readonly [unknown, unknown])[] {
  if (isDeepStrictEqual(expected, actual) || isSameError(expected, actual)) return [];
  const alike = isObject(expected) && isObject(actual) && Array.isArray(expected) === Array.isArray(actual);
  if (!alike || !isDeepStrictEqual(Object.keys(expected).sort(), Object.keys(actual).sort()))
    return [[expected, actual]];
  if ("$error" in expected) return [[expected, actual]];
  return Object.keys(expected).flatMap((key) => leaves(expected[key], actual[key]));
}

function isSameError(expected: unknown, actual: unknown): boolean {
  if (!isObject(expected) || !isObject(actual)) return false;
  if ("$other" in expected || "$other" in actual) return true;
  if (!("$error" in expected && "$error" in actual)) return false;
  return expected.$error === "*" || actual.$error === "*" || expected.$error === actual.$error;
}

export function differencesOf(observed: Observation, actual: Observation | undefined): readonly Difference[] {
  return observed.runs.flatMap((run, i) =>
    inRun(observed.runs.length > 1 ? `run ${i + 1} ` : "", run, actual?.runs[i] ?? {}),
  );
}

const codeOf = (error: unknown): unknown => (isObject(error) ? error.code : error);

function inRun(at: string, expected: RunSeen, actual: RunSeen): readonly Difference[] {
  const errors = [expected.error ?? expected.flow?.error, actual.error ?? actual.flow?.error] as const;
  if (errors.some((error) => error !== undefined)) {
    if (codeOf(errors[0]) === codeOf(errors[1])) return [];
    return [{ aspect: "outcome", where: `${at}error`, expected: errors[0], actual: errors[1] }];
  }
  const said = <T>(aspect: Aspect, where: string, of: T, is: T): readonly Difference[] =>
    of === is ? [] : [{ aspect, where: at + where, expected: of, actual: is }];
  return [
    ...said("outcome", "flow", expected.flow?.state, actual.flow?.state),
    ...(expected.flow?.reason ? said("path", "flow.reason", expected.flow.reason, actual.flow?.reason) : []),
    ...Object.entries(expected.tasks ?? {}).flatMap(([id, task]) => inTask(at + id, task, actual.tasks?.[id])),
  ];
}

function inTask(where: string, expected: TaskSeen, actual: TaskSeen | undefined): readonly Difference[] {
  if (actual === undefined) return [{ aspect: "outcome", where, expected: expected.state, actual: "missing" }];
  const compared = <T>(aspect: Aspect, name: string, of: T, is: T): readonly Difference[] =>
    leaves(normalised(of), normalised(is)).length === 0
      ? []
      : [{ aspect, where: where + name, expected: of, actual: is }];
  const children = expected.children ?? [];
  const mine = actual.children ?? [];
  return [
    ...compared("outcome", "", expected.state, actual.state),
    ...("result" in expected ? compared("values", ".result", expected.result, actual.result) : []),
    ...("calls" in expected ? compared("work", ".calls", expected.calls, actual.calls ?? 0) : []),
    ...("inputs" in expected ? compared("work", ".inputs", expected.inputs, actual.inputs ?? {}) : []),
    ...("transitions" in expected ? compared("path", ".transitions", expected.transitions, actual.transitions) : []),
    ...("reason" in expected ? compared("path", ".reason", expected.reason, actual.reason) : []),
    ...(expected.children ? compared("outcome", ".children", children.length, mine.length) : []),
    ...(children.length === mine.length ? children.flatMap((c, i) => inTask(`${where}[${i}]`, c, mine[i])) : []),
  ];
}

/** Whether the row explains this difference of a case: by id and aspect, and by value where it says which. */
function explains(row: Deviation, id: string, { aspect, expected, actual }: Difference): boolean {
  if (!row.aspects.includes(aspect) || !new RegExp(row.match).test(id)) return false;
  const { only } = row;
  if (only === undefined) return true;
  const meant = (pair: unknown) => only.some((known) => isDeepStrictEqual(pair, known));
  return leaves(normalised(expected), normalised(actual)).every(meant);
}

export function compareAll(
  cases: readonly Case[],
  observed: readonly Observation[],
  actual: readonly Observation[],
  deviations: readonly Deviation[],
): readonly Compared[] {
  const seen = new Map(observed.map((observation) => [observation.id, observation]));
  const mine = new Map(actual.map((observation) => [observation.id, observation]));
  return cases.flatMap(({ id, group, tags = [] }) => {
    const expected = seen.get(id);
    if (expected === undefined) return [];
    const all = differencesOf(expected, mine.get(id));
    const isDocumented = (one: Difference) => deviations.some((row) => explains(row, id, one));
    return {
      id,
      group,
      isTagged: tags.length > 0,
      differing: all.filter((one) => !isDocumented(one)),
      documented: all.filter(isDocumented),
    };
  });
}

/** One line per difference, for people. */
export function lineOf({ aspect, where, expected, actual }: Difference): string {
  return `[${aspect}] ${where}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`;
}
