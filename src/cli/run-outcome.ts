/** What a command that ran something says at its end, and the exit code it ends with. */
import type { FlowRun } from "../flow/flow-run.ts";
import type { FlowState } from "../state/task-state.ts";
import { plainer, resultText } from "./result-text.ts";
import type { ExitCode, Shell } from "./shell.ts";

/** Prints the result of a run that has ended; as one JSON object where `give` takes it. */
export function tellOutcome(
  run: FlowRun,
  flow: string,
  shell: Shell,
  give: ((json: string) => void) | undefined,
): ExitCode {
  const { state } = run;
  if (give !== undefined) give(jsonOf(run, flow));
  else if (state.type === "Success") {
    const result = resultText(run.result);
    if (result !== undefined)
      shell.out(
        printsRecords() ? recordOf(flow, "Result", { result: run.result }) : `${shell.paint.good("Result:")} ${result}`,
      );
  } else if (state.reason?.code === "code-changed") {
    shell.out(changesText(run.id, flow, state.reason.changes));
  }
  return exitCodeOf(state);
}

function changesText(run: string, flow: string, changes: readonly string[]): string {
  const list = changes.map((change) => `\n  - ${change}`).join("");
  return `Paused: flow '${flow}' has changed since run ${run} began, in what remains of it:${list}\nIf the run may go on with it: npx caudal resume ${run} --accept-changes`;
}

export function exitCodeOf({ type }: FlowState): ExitCode {
  switch (type) {
    case "Success":
      return 0;
    case "Paused":
      return 3;
    case "Failed":
    case "TimedOut":
    case "Cancelled":
      return 1;
    default:
      return typeof process.exitCode === "number" && process.exitCode > 0 ? process.exitCode : 130; // interrupted
  }
}

/** Where the lines of a run are one JSON object each, the last one is too. */
export function printsRecords(): boolean {
  return process.env["CAUDAL_LOG_FORMAT"] === "json";
}

export function recordOf(flow: string, message: string, more: { readonly result?: unknown } = {}): string {
  const record = { at: new Date().toISOString(), level: "info", logger: `caudal.${flow}`, message };
  try {
    return JSON.stringify({ ...record, ...more }, plainer);
  } catch {
    return JSON.stringify({ ...record, result: resultText(more.result) }); // a cyclic result
  }
}

/** Sends everything printed from here on to stderr; what the function returned is given goes to stdout. */
export function onlyJsonOnStdout(): (json: string) => void {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  return (json) => {
    stdout.write = write;
    stdout.write(`${json}\n`);
  };
}

function jsonOf(run: FlowRun, flow: string): string {
  const { id, name, parameters, state } = run;
  const tasks = run.tasks.map(({ slug, state: { type }, attempts, children }) => ({
    task: slug,
    state: type,
    attempts,
    ...(children > 0 && { children }),
  }));
  const error =
    "error" in state ? { name: state.error.name, message: state.error.message, code: state.error.code } : undefined;
  const whole = { flow, run: id, runName: name, state: state.type, parameters, result: run.result, error, tasks };
  try {
    return JSON.stringify(whole, plainer);
  } catch {
    return JSON.stringify({ ...whole, result: resultText(run.result) }, plainer); // a cyclic result
  }
}
