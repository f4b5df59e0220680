/** The command line as a whole: reads it, carries one command out, prints refusals, ends the process. */
import { errandsDone } from "../runtime/errands.ts";
import { refusalText } from "./load/refusal-text.ts";
import { processShell, type ExitCode, type Shell } from "./shell.ts";

/** Runs the CLI in this process and ends it: a flow file may have left timers and sockets open. */
export async function main(words: readonly string[]): Promise<never> {
  const shell = processShell();
  if (process.env["CAUDAL_LOG_FORMAT"] === "json") await printRecords();
  // Whoever read our lines has gone (`| head`): the run goes on without being read.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => refuseUnlessClosed(error));
  const exitCode = await carryOut(words, shell);
  await errandsDone();
  await flushed();
  return process.exit(exitCode);
}

/** What a flow file prints while it is loaded, and handlers while nobody's body runs, are records like any line. */
async function printRecords(): Promise<void> {
  const { captureConsole } = await import("../runtime/report/console-capture.ts");
  const { loggerFromEnvironment } = await import("../runtime/report/console-logger.ts");
  captureConsole(loggerFromEnvironment(undefined));
}

/** One command line; gives the exit code and never throws. */
export async function carryOut(words: readonly string[], shell: Shell): Promise<ExitCode> {
  try {
    const { readCommandLine } = await import("./command-line.ts");
    const command = await readCommandLine(words, shell);
    return await command();
  } catch (thrown) {
    const { text, exitCode } = refusalText(thrown, shell);
    shell.err(text);
    return exitCode;
  }
}

function refuseUnlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** Pipes and Windows consoles take lines later than they are written. */
function flushed(): Promise<unknown> {
  const { stdout, stderr } = process;
  return Promise.all(
    [stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.write("", () => resolve()))),
  );
}
