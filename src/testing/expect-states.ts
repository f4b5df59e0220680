/** One look at how the tasks of a run ended, in any test runner. */
import { AssertionError } from "node:assert";
import { nearest } from "../base/nearest.ts";
import type { FlowRun, TaskRun } from "../flow/flow-run.ts";
import type { TaskState } from "../state/task-state.ts";

/** A state's type; for a mapped task also the list of its children's, in order. */
export type ExpectedState = TaskState["type"] | readonly TaskState["type"][];

/** By task name (all its calls), by slug, or by either with `[i]` for one child. */
export type ExpectedStates = Readonly<Record<string, ExpectedState>>;

interface Line {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  /** What the state says of itself: an error's message. */
  readonly note: string;
  readonly fits: boolean;
}

const NOTE_CHARACTERS_MAX = 100;

/**
 * Compares the states of tasks, those named and no others, and tells every difference at once, as a table.
 * @throws AssertionError of `node:assert`, with `actual` and `expected` by task
 */
export function expectStates(run: FlowRun<unknown>, expected: ExpectedStates): void {
  const lines = Object.entries(expected).map(([name, state]) => lineOf(run, name, state));
  const wrong = lines.filter(({ fits }) => !fits).length;
  if (wrong === 0) return;
  const head = `${wrong} of ${lines.length} task${lines.length === 1 ? "" : "s"} ended otherwise than expected`;
  throw new AssertionError({
    message: [head, "", ...table(lines), "", `The run: ${withNote(run.state.type, noteOf(run.state))}`].join("\n"),
    actual: Object.fromEntries(lines.map(({ name, actual }) => [name, actual])),
    expected: Object.fromEntries(lines.map((line) => [line.name, line.expected])),
    operator: "expectStates",
    stackStartFn: expectStates,
  });
}

function lineOf(run: FlowRun<unknown>, name: string, state: ExpectedState): Line {
  const found = taskRunsOf(run, name);
  const expected = textOf(state);
  if (found.length === 0) return { name, expected, actual: "no such task", note: hintFor(run, name), fits: false };
  const actual = found.map((task) => (typeof state === "string" ? task.state.type : textOf(childrenOf(task))));
  const other = actual.findIndex((one) => one !== expected);
  const note = other === -1 ? "" : notesOf(found[other], state);
  return { name, expected, actual: [...new Set(actual)].join(" and "), note, fits: other === -1 };
}

function textOf(state: ExpectedState): string {
  return typeof state === "string" ? state : `[${state.join(", ")}]`;
}

function childrenOf(task: TaskRun): TaskState["type"][] {
  return Array.from({ length: task.children }, (_, i) => task.child(i).state.type);
}

/** A slug names one; a name all of that name; `[i]` a child of each. */
function taskRunsOf({ tasks }: FlowRun<unknown>, name: string): readonly TaskRun[] {
  const named = (wanted: string) => {
    const one = tasks.filter(({ slug }) => slug === wanted);
    return one.length > 0 ? one : tasks.filter((task) => task.name === wanted);
  };
  const whole = named(name);
  const [, parent, index] = /^(.*)\[(\d+)\]$/.exec(name) ?? [];
  if (whole.length > 0 || parent === undefined) return whole;
  return named(parent)
    .filter((task) => Number(index) < task.children)
    .map((task) => task.child(Number(index)));
}

function hintFor({ tasks }: FlowRun<unknown>, name: string): string {
  const meant = nearest(
    name,
    tasks.map((task) => task.name),
  );
  return meant === undefined ? "" : `did you mean '${meant}'?`;
}

/** The state's own words; of a mapped task those of its first child that has some. */
function notesOf(task: TaskRun | undefined, state: ExpectedState): string {
  if (task === undefined) return "";
  if (typeof state === "string") return noteOf(task.state);
  const notes = childrenOf(task).map((_, i) => noteOf(task.child(i).state));
  return notes.find((note) => note !== "") ?? "";
}

function noteOf(state: object): string {
  const { error } = state as { readonly error?: { readonly message: string } };
  const [line = ""] = error?.message.split("\n") ?? [];
  return line.length <= NOTE_CHARACTERS_MAX ? line : `${line.slice(0, NOTE_CHARACTERS_MAX)}…`;
}

function withNote(text: string, note: string): string {
  return note === "" ? text : `${text}: ${note}`;
}

function table(lines: readonly Line[]): readonly string[] {
  const rows = [["", "task", "expected", "actual"] as const, ...lines.map(rowOf)];
  const width = (column: 1 | 2) => Math.max(...rows.map((row) => row[column].length));
  return rows.map(([mark, name, expected, actual]) =>
    `${mark.padEnd(2)}${name.padEnd(width(1))}  ${expected.padEnd(width(2))}  ${actual}`.trimEnd(),
  );
}

function rowOf({ fits, name, expected, actual, note }: Line) {
  return [fits ? "✓" : "✗", name, expected, withNote(actual, note)] as const;
}
