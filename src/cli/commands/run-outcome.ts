/** What a command that ran something says at its end, and the exit code it ends with. */
import type { FlowRun } from "../../flow/flow-run.ts";
import { registry } from "../../flow/registry.ts";
import type { FlowState } from "../../state/task-state.ts";
import { plainer, resultText } from "../result-text.ts";
import type { ExitCode, Shell } from "../shell.ts";

/** Prints the result of a run that has ended; as one JSON object where `give` takes it. */
export function tellOutcome(
  run: FlowRun,
  flow: string,
  shell: Shell,
  give: ((json: string) => void) | undefined,
): ExitCode {
  const { state } = run;
  const interrupted = interruptedWith();
  const say = (text: string) => shell.out(printsRecords() ? recordOf(flow, text) : text);
  if (give !== undefined) give(jsonOf(run, flow));
  else if (interrupted !== undefined) return interrupted;
  else if (state.type === "Success") {
    const result = resultText(run.result);
    if (result !== undefined)
      shell.out(
        printsRecords() ? recordOf(flow, "Result", { result: run.result }) : `${shell.paint.good("Result:")} ${result}`,
      );
  } else if (state.reason?.code === "code-changed") {
    say(changesText(run.id, flow, state.reason.changes));
  } else if (state.reason?.code === "by-person") {
    say(`Go on with it: npx caudal resume ${run.id}`);
  }
  return interrupted ?? exitCodeOf(state);
}

function changesText(run: string, flow: string, changes: readonly string[]): string {
  const list = changes.map((change) => `\n  - ${change}`).join("");
  return `Paused: flow '${flow}' has changed since run ${run} began, in what remains of it:${list}\nIf the run may go on with it: npx caudal resume ${run} --accept-changes`;
}

function exitCodeOf({ type }: FlowState): ExitCode {
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
      return EXIT_INTERRUPTED[0];
  }
}

/** By Ctrl-C, by SIGTERM: the run's own copy of the package has set it, and waits for our last words. */
const EXIT_INTERRUPTED = [130, 143] as const;

function interruptedWith(): ExitCode | undefined {
  return EXIT_INTERRUPTED.find((code) => process.exitCode === code);
}

/** At a terminal, runs of this process ask who sits there. */
export function askHere(shell: Shell, json: boolean): void {
  registry().people = json || printsRecords() ? undefined : shell.person();
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

function jsonOf(run: FlowRun, flow: string): string {
  const { id, name, parameters, state } = run;
  const tasks = run.tasks.map(({ slug, name, runName, state: { type }, attempts, children }) => ({
    task: slug,
    ...(runName !== name && { name: runName }),
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
