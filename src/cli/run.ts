/** `caudal run FILE`: runs a flow once, or follows its schedule, and prints what it returned. */
import type { FlowRun } from "../flow/flow-run.ts";
import { registry } from "../flow/registry.ts";
import type { LogLevel } from "../ports/logger.ts";
import type { FlowState } from "../state/task-state.ts";
import { onlyOnStdout } from "./only-on-stdout.ts";
import { readParameterTexts, type ParameterTexts } from "./parameters.ts";
import { loadFlow } from "./pick-flow.ts";
import { plainer, resultText } from "./result-text.ts";
import type { ExitCode, Shell } from "./shell.ts";

export interface RunCommandOptions extends ParameterTexts {
  readonly flow?: string | undefined;
  readonly schedule?: boolean | undefined;
  readonly logLevel?: LogLevel | undefined;
  readonly json?: boolean | undefined;
}

export async function runCommand(file: string, options: RunCommandOptions, shell: Shell): Promise<ExitCode> {
  const give = options.json ? onlyOnStdout() : undefined;
  const flow = await loadFlow(file, options.flow, shell);
  const parameters = await readParameterTexts(options, flow.program);
  // With --json the lines of the run would go to stderr: only what is wrong is worth that.
  const settings = { parameters, logLevel: options.logLevel ?? (options.json ? "warn" : undefined) };
  registry().people = options.json || printsRecords() ? undefined : shell.person();
  const run = options.schedule ? await flow.runOnSchedule(settings) : await flow.run(settings);
  if (run === undefined) {
    const message = `No run: the schedule of flow '${flow.name}' has no time left to come`;
    if (give !== undefined) give(JSON.stringify({ flow: flow.name, run: null, message }));
    else shell.out(printsRecords() ? recordOf(flow.name, message) : message);
    return 0;
  }
  const interrupted = interruptedWith();
  if (give !== undefined) give(jsonOf(run, flow.name));
  else if (run.state.type === "Success" && interrupted === undefined) {
    const result = resultText(run.result);
    if (result !== undefined)
      shell.out(
        printsRecords()
          ? recordOf(flow.name, "Result", { result: run.result })
          : `${shell.paint.good("Result:")} ${result}`,
      );
  }
  return interrupted ?? exitCodeOf(run.state);
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

/** Where the lines of a run are one JSON object each, the last one is too. */
function printsRecords(): boolean {
  return process.env["CAUDAL_LOG_FORMAT"] === "json";
}

function recordOf(flow: string, message: string, more: { readonly result?: unknown } = {}): string {
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
