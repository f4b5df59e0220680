/** The options of `runFlow` and `runFlowOnSchedule`, and their checks: every complaint at once. */
import { type Check, isFunction, refuseIfAny } from "../flow/checks/check-options.ts";
import type { RunSettings, ScheduleSettings } from "../flow/flow.ts";
import { didYouMean } from "../flow/checks/names.ts";
import { runComplaints, scheduleRunComplaints } from "../flow/checks/run-checks.ts";
import { describeValue } from "../flow/checks/words.ts";
import { isPlainObject } from "../base/json.ts";
import type { Graph } from "../graph/graph.ts";
import type { Clock } from "../ports/clock.ts";
import type { LogRecord } from "../ports/logger.ts";
import { isSignal } from "../state/signal.ts";
import type { Crash } from "./crash.ts";
import { type Injections, isAttemptFailure } from "./injection.ts";
import type { Approvals } from "./test-people.ts";

export interface TestSettings extends Injections {
  /** What people answer where a task waits for one. Without it nobody does, and the run ends Paused. */
  readonly approvals?: Approvals | undefined;
  /** Default: a virtual clock of its own. `"real"`: the time of this machine. */
  readonly clock?: Clock | "real" | undefined;
  /** Gets every line of the log, and what bodies print; nothing is shown unless `logLevel` is given. */
  readonly logs?: LogRecord[] | undefined;
}

export interface CrashSettings {
  /**
   * By task name, slug or child: the attempt in which the process dies (its body is not called), or when exactly. The
   * run goes on in another process, which takes it over. With it a run has a store of its own.
   */
  readonly crashAt?: Readonly<Record<string, number | Crash>> | undefined;
}

export type TestRunSettings = RunSettings & TestSettings & CrashSettings;
export type TestScheduleSettings = ScheduleSettings & TestSettings;

const isWholeFromOne = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 1;
const isOneOrMore = (value: unknown, is: (one: unknown) => boolean) =>
  Array.isArray(value) ? value.length > 0 && value.every(is) : is(value);

const isFailure: Check = (value) => {
  const fine =
    typeof value === "string" ||
    value instanceof Error ||
    isSignal(value) ||
    isOneOrMore(value, (one) => isAttemptFailure(one) && isWholeFromOne(one.attempt));
  if (fine) return undefined;
  return `must be an error, a signal, text, or { attempt, error } with an attempt from 1 on, not ${describeValue(value)}`;
};

const isCrash: Check = (value) => {
  const { attempt, when } = isPlainObject(value) ? value : { attempt: value, when: undefined };
  if (isWholeFromOne(attempt) && (when === undefined || when === "before" || when === "after")) return undefined;
  return `must be an attempt from 1 on, or { attempt, when: "before" | "after" }, not ${describeValue(value)}`;
};

const TABLES = { mocks: isFunction, failAt: isFailure, crashAt: isCrash } as const satisfies Record<string, Check>;

const isClock = (value: unknown) =>
  value === "real" || (typeof value === "object" && value !== null && "now" in value && "at" in value);

/** @throws CaudalError OPTION_INVALID */
export function checkTestOptions(graph: Graph, options: object, scheduled: boolean): void {
  const { mocks, failAt, crashAt, approvals, clock, logs, ...rest } = options as TestScheduleSettings & CrashSettings;
  const names = graph.parameters.map(({ name }) => name);
  const complaints = scheduled ? scheduleRunComplaints(rest, names) : runComplaints(rest, names);
  if (clock !== undefined && !isClock(clock))
    complaints.push(`clock must be virtualClock() or "real", not ${describeValue(clock)}`);
  if (logs !== undefined && !Array.isArray(logs))
    complaints.push(`logs must be an array to put lines into, not ${describeValue(logs)}`);
  const tables = { mocks, failAt, crashAt };
  for (const key of Object.keys(TABLES) as (keyof typeof TABLES)[])
    complaints.push(...tableComplaints(graph, key, tables[key]));
  complaints.push(...approvalComplaints(graph, approvals));
  if (scheduled && crashAt !== undefined) complaints.push("crashAt is an option of runFlow: here no run is taken over");
  if (crashAt !== undefined && rest.store !== undefined)
    complaints.push("crashAt and store do not go together: a process that is to die has a store of the test's");
  if (scheduled && rest.runs === undefined && rest.until === undefined)
    complaints.push("say when to stop, with runs or until: virtual time does not stop anybody");
  refuseIfAny(`${scheduled ? "runFlowOnSchedule" : "runFlow"}() of flow '${graph.name}'`, complaints);
}

function tableComplaints(graph: Graph, option: keyof typeof TABLES, table: unknown): string[] {
  if (table === undefined) return [];
  if (!isPlainObject(table)) return [`${option} must be an object by task name, not ${describeValue(table)}`];
  return Object.entries(table).flatMap(([name, value]) => {
    const unknown = nameComplaint(graph, name);
    if (unknown !== undefined) return [`${option}: ${unknown}`];
    const complaint = TABLES[option](value, option);
    return complaint === undefined ? [] : [`${option}.${name} ${complaint}`];
  });
}

/** Any input may be given: the approval's schema checks it. */
function approvalComplaints(graph: Graph, approvals: unknown): string[] {
  if (approvals === undefined) return [];
  if (!isPlainObject(approvals))
    return [`approvals must be an object by question or task name, not ${describeValue(approvals)}`];
  const questions = new Set(graph.tasks.map(({ approval }) => approval?.question));
  const unknown = Object.keys(approvals).filter((key) => !questions.has(key) && !questions.has(key.replace(CHILD, "")));
  return unknown.flatMap((key) => {
    const complaint = nameComplaint(graph, key);
    return complaint === undefined ? [] : [`approvals: ${complaint}`];
  });
}

const CHILD = /\[\d+\]$/;

function nameComplaint({ nodes }: Graph, name: string): string | undefined {
  const own = name.replace(CHILD, "");
  const found = nodes.find((node) => [node.slug, node.name].some((known) => known === name || known === own));
  const known = nodes.filter(({ kind }) => kind === "task").map((node) => node.name);
  if (found === undefined) return `this flow has no task '${name}'${didYouMean(own, known)}`;
  if (found.kind !== "task") return `'${name}' is a ${found.kind}, which has no body; name the tasks around it`;
  if (own !== name && found.name !== name && !found.mapped)
    return `'${name}' names a child, but ${found.slug} is not mapped`;
  return undefined;
}
