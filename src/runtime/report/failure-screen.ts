/**
 * The last screen of a failed run: what failed and where, what did not run because of it, and why, in the
 * order a person asks. Pure text from what the run left behind; made to be read in five seconds.
 */
import { terminalText } from "../../base/terminal-text.ts";
import { CONTROL_KINDS, casualtiesOf, type Blocked, type Root } from "./casualties.ts";
import { codeFrame, placeText } from "./code-frame.ts";
import type { FinishedRun } from "../finished-run.ts";
import { palette, type Palette } from "./paint.ts";
import { readFrame, type SourcePlace, userFrames } from "./stack-frames.ts";
import { namesSecret, valueSummary } from "./value-summary.ts";
import { isOfUpstreams } from "../../state/reason.ts";
import type { ErrorRecord } from "../../state/error-record.ts";

export interface ScreenOptions {
  readonly colour: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** The text of a source file, or undefined where it cannot be read. */
  readonly readSource: (path: string) => string | undefined;
  /** Files below it are named relative to it. */
  readonly cwd: string;
  /** The run is there after this process has ended. */
  readonly kept: boolean;
  /** Ids of the runs whose own screens stand above this one. */
  readonly shown?: ReadonlySet<string>;
}

/** Failed task runs shown in full, and named after those. */
const FULL_MAX = 3;
const NAMED_MAX = 10;
const BLOCKED_NAMED_MAX = 8;
const ARGUMENTS_MAX = 4;
const MESSAGE_LINES_MAX = 12;
const CAUSES_MAX = 3;
const WIDTH_MIN = 40;
/** Some terminals say that they have 0 columns. */
const WIDTH_UNKNOWN = 100;

interface Screen {
  readonly run: FinishedRun;
  readonly options: ScreenOptions;
  readonly paint: Palette;
  readonly lines: string[];
}

/** What to print after a run that ended Failed or TimedOut; several lines, the first one empty, without a line end at the end. */
export function failureScreen(run: FinishedRun, options: ScreenOptions): string {
  const screen: Screen = {
    run,
    options: { ...options, width: options.width > 0 ? Math.max(WIDTH_MIN, options.width) : WIDTH_UNKNOWN },
    paint: palette(options.colour),
    lines: [""], // sets it off from the log above
  };
  const { roots, blockedBy } = casualtiesOf(run);
  writeHeadline(screen, roots, blockedBy(roots));
  if (roots.length === 0) writeFlowError(screen);
  for (const root of roots.slice(0, FULL_MAX)) writeRoot(screen, root, blockedBy([root]));
  writeRest(screen, roots.slice(FULL_MAX));
  writeNext(screen, roots[0]);
  return screen.lines.join("\n");
}

/** How one goes on. */
function writeNext({ options, paint, lines }: Screen, first: Root | undefined): void {
  if (options.kept) {
    lines.push(
      "",
      `  ${paint.strong("npx caudal retry --last")}    once it is mended: run what failed, and what follows`,
    );
    lines.push(`  ${paint.strong("npx caudal runs why last")}   why, for every task`);
  } else if (first !== undefined) {
    lines.push("", paint.faint(`For scripts: run.explain(${JSON.stringify(first.name)}) says why, for any task.`));
  }
}

function writeHeadline({ run, paint, lines }: Screen, roots: readonly Root[], blocked: readonly Blocked[]): void {
  const failed = roots.reduce((sum, root) => sum + 1 + root.moreChildren.length, 0);
  const notRun = blocked.reduce((sum, { kind, count }) => sum + (CONTROL_KINDS.has(kind) ? 0 : count), 0);
  const counts = [...(failed > 0 ? [`${tasks(failed)} failed`] : []), ...(notRun > 0 ? [`${notRun} did not run`] : [])];
  const title = `${paint.bad("✗")} ${paint.strong(`Flow run '${run.program.graph.name}'`)} ${paint.bad(run.state.type === "TimedOut" ? "timed out" : "failed")}`;
  lines.push(
    `${title} after ${spanText(run.endedAt - run.startedAt)}${counts.length > 0 ? `: ${counts.join(", ")}` : ""}`,
  );
}

/** No task is to blame: a time limit, a handler or `finalState` of the flow decided. */
function writeFlowError(screen: Screen): void {
  const { state } = screen.run;
  if (state.type !== "Failed" && state.type !== "TimedOut") return;
  screen.lines.push("");
  writeError(screen, state.error);
  writePlace(screen, state.error, () => undefined);
}

function writeRoot(screen: Screen, root: Root, blocked: readonly Blocked[]): void {
  const { lines, paint, run } = screen;
  lines.push(
    "",
    `${paint.bad("✗")} ${paint.strong(root.label)}  ${paint.bad(root.state.type)}, ${attemptText(screen, root)}`,
  );
  writeInputs(screen, root);
  lines.push("");
  const { error } = root.state;
  const isShown = error.run !== undefined && screen.options.shown?.has(error.run) === true;
  const { cause: _above, ...outermost } = error;
  writeError(screen, isShown ? outermost : error);
  if (isShown) lines.push("", `  Its own screen stands above (run ${error.run}).`);
  else writePlace(screen, error, () => run.program.nodeLines?.()[root.node]);
  lines.push("");
  if (root.moreChildren.length > 0) lines.push(`  ${paint.strong("Also failed:")} ${childrenText(root)}`);
  if (blocked.length > 0) lines.push(`  ${paint.strong("Did not run because of it:")} ${blockedText(blocked)}`);
  // The sentence quotes the error, which stands above already.
  const why = indentedLines(run.explain(root.node, root.child).replace(`: ${root.state.error.message}`, ""));
  lines.push(...why.map((line, i) => (i === 0 ? `  ${paint.strong("Why:")} ${line}` : `       ${line}`)));
}

function attemptText({ run }: Screen, { node, child, state: { reason, type } }: Root): string {
  if (reason?.code === "marked") return reason.by === undefined ? "as a person marked it" : `as ${reason.by} marked it`;
  const attempts = run.attempts(node, child);
  if (attempts === 0) return "never started";
  if (type === "TriggerFailed" && isOfUpstreams(reason)) return "not started again";
  const rules = run.program.graph.tasks[run.program.graph.nodes[node]?.task ?? -1];
  const allowed = (rules?.retries ?? 0) + 1;
  return attempts > allowed ? `attempt ${attempts}` : `attempt ${attempts} of ${allowed}`;
}

function writeInputs(screen: Screen, { node, child }: Root): void {
  const { lines, options, paint, run } = screen;
  const given = run.program.graph.nodes[node]?.arguments ?? [];
  if (given.length === 0) return;
  const values = run.inputs(node, child);
  given.slice(0, ARGUMENTS_MAX).forEach(({ label }, i) => {
    const before = `  ${i === 0 ? "with" : "    "} ${label} = `;
    const value = namesSecret(label) ? "[secret]" : valueSummary(values[i], options.width - before.length);
    lines.push(paint.faint(`${before}${value}`));
  });
  if (given.length > ARGUMENTS_MAX)
    lines.push(paint.faint(`       and ${given.length - ARGUMENTS_MAX} more arguments`));
}

function writeError({ lines, options, paint }: Screen, error: ErrorRecord): void {
  let record: ErrorRecord | undefined = error;
  for (let depth = 0; record !== undefined && depth <= CAUSES_MAX; depth++, record = record.cause) {
    const [first = "", ...rest] = indentedLines(record.message);
    const title = error.thrown === undefined ? `${titleOf(record)}: ` : "";
    const place = depth === 0 ? undefined : userFrames(record.stack)[0];
    const at = place === undefined ? "" : ` ${paint.place(`(${placeText(place, options.cwd)})`)}`;
    lines.push(depth === 0 ? `  ${paint.bad(`${title}${first}`)}` : `  Caused by ${title}${first}${at}`);
    lines.push(...rest.slice(0, MESSAGE_LINES_MAX).map((line) => `    ${line}`));
    if (rest.length > MESSAGE_LINES_MAX) lines.push(paint.faint(`    … ${rest.length - MESSAGE_LINES_MAX} more lines`));
  }
  if (record !== undefined) lines.push(paint.faint("  … and causes of that"));
}

function titleOf({ name, code }: ErrorRecord): string {
  if (code === undefined) return terminalText(name);
  return terminalText(name === "CaudalError" || name === "Error" ? code : `${name} (${code})`);
}

/**
 * The innermost line of the user's code that the error, or else its cause, came through. What never was in the user's
 * code (unequal lengths of a mapped call, a library task) happened at the call in the flow: `calledAt`.
 */
function writePlace(screen: Screen, error: ErrorRecord, calledAt: () => string | undefined): void {
  let record: ErrorRecord | undefined = error;
  for (let depth = 0; record !== undefined && depth <= CAUSES_MAX; depth++, record = record.cause) {
    const place = userFrames(record.stack)[0];
    if (place !== undefined) return writeFrame(screen, "at", place);
  }
  if (error.code === "SIGNAL_FAILED") return; // a decision of the body, and no mistake at its call
  const line = calledAt();
  const place = line === undefined ? undefined : readFrame(`at ${line}`);
  if (place !== undefined) writeFrame(screen, "called at", place);
}

function writeFrame({ lines, options, paint }: Screen, how: string, place: SourcePlace): void {
  const source = options.readSource(place.file);
  lines.push("", `  ${how} ${paint.place(placeText(place, options.cwd))}`);
  if (source === undefined) return;
  const frame = codeFrame(source, place, { colour: options.colour, width: options.width - 4 });
  lines.push(...frame.map((line) => `    ${line}`));
}

function writeRest({ lines, paint }: Screen, rest: readonly Root[]): void {
  if (rest.length === 0) return;
  lines.push("", `${paint.bad("✗")} ${rest.length} more failed:`);
  for (const { label, state } of rest.slice(0, NAMED_MAX)) {
    lines.push(`  ${paint.strong(label)}  ${titleOf(state.error)}: ${indentedLines(state.error.message)[0] ?? ""}`);
  }
  if (rest.length > NAMED_MAX) lines.push(paint.faint(`  … and ${rest.length - NAMED_MAX} more`));
}

function childrenText({ name, moreChildren, children }: Root): string {
  const named = moreChildren.slice(0, NAMED_MAX).map((child) => `${name}[${child}]`);
  const more = moreChildren.length > NAMED_MAX ? [`… ${moreChildren.length - NAMED_MAX} more`] : [];
  return `${[...named, ...more].join(", ")} (${moreChildren.length + 1} of ${children} children)`;
}

function blockedText(blocked: readonly Blocked[]): string {
  const shown = blocked.filter(({ kind }) => !CONTROL_KINDS.has(kind));
  const named = shown
    .slice(0, BLOCKED_NAMED_MAX)
    .map(({ name, type, count, children }) =>
      children === 0 ? `${name} (${type})` : `${name} (${type}, ${count} of ${children} children)`,
    );
  const more = shown.length > BLOCKED_NAMED_MAX ? [`… ${shown.length - BLOCKED_NAMED_MAX} more`] : [];
  return [...named, ...more].join(", ");
}

function indentedLines(text: string): readonly string[] {
  return terminalText(text.trimEnd()).split("\n");
}

function tasks(count: number): string {
  return count === 1 ? "1 task" : `${count} tasks`;
}

function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}
