/** `caudal run FILE`: runs a flow once, or follows its schedule, and prints what it returned. */
import type { LogLevel } from "../../ports/logger.ts";
import { refusal } from "../load/load-failure.ts";
import { onlyOnStdout } from "../only-on-stdout.ts";
import { readParameterTexts, type ParameterTexts } from "./parameters.ts";
import { loadFlow } from "../load/pick-flow.ts";
import { askHere, printsRecords, recordOf, tellOutcome } from "./run-outcome.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface RunCommandOptions extends ParameterTexts {
  readonly flow?: string | undefined;
  readonly schedule?: boolean | undefined;
  readonly logLevel?: LogLevel | undefined;
  readonly watch?: boolean | undefined;
  /** It is a run of `--watch`: a message of its parent cancels it. */
  readonly watched?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export async function runCommand(file: string, options: RunCommandOptions, shell: Shell): Promise<ExitCode> {
  if (options.watch) {
    const other = options.schedule ? "--schedule" : options.json ? "--json" : undefined;
    if (other !== undefined) throw refusal("COMMAND_LINE", { why: `--watch and ${other} do not go together` });
    return (await import("./watch.ts")).watchCommand(file, shell);
  }
  const give = options.json ? onlyOnStdout() : undefined;
  const flow = await loadFlow(file, options.flow, shell);
  const parameters = await readParameterTexts(options, flow.program);
  const signal = options.watched ? (await import("./watch.ts")).cancelledByParent() : undefined;
  // With --json the lines of the run would go to stderr: only what is wrong is worth that.
  const settings = { parameters, logLevel: options.logLevel ?? (options.json ? "warn" : undefined), signal };
  askHere(shell, options.json === true);
  const run = options.schedule ? await flow.runOnSchedule(settings) : await flow.run(settings);
  if (run !== undefined) return tellOutcome(run, flow.name, shell, give);
  const message = `No run: the schedule of flow '${flow.name}' has no time left to come`;
  if (give !== undefined) give(JSON.stringify({ flow: flow.name, run: null, message }));
  else shell.out(printsRecords() ? recordOf(flow.name, message) : message);
  return 0;
}
