/** The words of the command line: which command, its options, its help. Nothing of a command is loaded before it is chosen. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { nearest } from "../base/nearest.ts";
import { addSchedules, addServe } from "./commands-of-serve.ts";
import { addDecisions, addGoingOn, addMark, addRuns } from "./commands-of-runs.ts";
import { refusal, type Refusal } from "./load/load-failure.ts";
import { addDoctor } from "./command-of-doctor.ts";
import { addCache } from "./commands-of-cache.ts";
import type { CheckOptions } from "./commands/check.ts";
import { type Choose, type Chosen, logLevel, MORE, once } from "./options.ts";
import type { ConfigOptions } from "./commands/config.ts";
import { deskHere, deskOf, type RemoteOption } from "./desk.ts";
import type { RunCommandOptions } from "./commands/run.ts";
import type { Shell } from "./shell.ts";
import { packageAbout } from "../runtime/report/package-about.ts";
import type { VisualizeOptions } from "./commands/visualize.ts";

const EXAMPLES = `
Examples:
  npx caudal init                               a folder with a first flow, ready to run
  npx caudal run hello.ts                       run the flow of a file
  npx caudal run etl.ts --param size=25         … with a parameter
  npx caudal visualize etl.ts --out etl.svg     draw it: .pdf .svg .png .mmd .dot .txt
  npx caudal runs                               the runs of this folder, newest first
  npx caudal resume                             go on with the run that was interrupted
  npx caudal retry --last                       mended it? run what failed, and what follows

'caudal help COMMAND' says more about one. 'caudal' alone says what to do next in this folder.`;

const RUN_MORE = `
Examples:
  npx caudal run etl.ts --param size=25 --param state=CA
  npx caudal run etl.ts --params "{\\"size\\": 25}"
  npx caudal run etl.ts --schedule
  npx caudal run etl.ts --watch
  npx caudal run "my etl flow" --remote http://127.0.0.1:4200

Exit codes: 0 success, 1 the run failed, 2 usage, 3 paused, 65 a parameter or the file is wrong, 130 interrupted.`;

/**
 * Reads the words and gives what is to be done.
 * @throws Refusal COMMAND_LINE with the nearest word for a typo
 */
export async function readCommandLine(words: readonly string[], shell: Shell): Promise<Chosen> {
  let chosen: Chosen | undefined;
  const program = describeProgram(shell, (command) => (chosen = command));
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return async () => 0; // help or version, printed
    const about = program.commands.find((command) => command.name() === words[0])?.name();
    throw refusal("COMMAND_LINE", { why: complaintOf(thrown.message, about) });
  }
  return chosen ?? (async () => 0);
}

/** Commander's sentence in our words: no 'error:' before it, and where to read on about the command. */
function complaintOf(message: string, command: string | undefined): string {
  const [first = "", ...rest] = message.replace(/^error: /, "").split("\n");
  const meant = rest.join(" ").replace(/^\(Did you mean (.*)\?\)$/, "did you mean '$1'?");
  const page = command === undefined ? "npx caudal help" : `npx caudal help ${command}`;
  return `${first}${meant === "" ? "" : `; ${meant}`}\nSee: ${page}`;
}

/** All commands with their options, arguments and help; `choose` is called with the one that was meant. */
export function describeProgram(shell: Shell, choose: Choose): Command {
  const program = new Command("caudal")
    .description("Typed, durable workflows for TypeScript: checks, draws and runs the flows of a file.")
    .usage("COMMAND [options]")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .version(packageAbout().version, "-v, --version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.out(text.trimEnd()),
      outputError: () => undefined,
      writeErr: () => undefined,
      getOutHelpWidth: () => shell.width,
    })
    .addHelpText("after", EXAMPLES)
    .allowExcessArguments(true) // so that a mistyped command is met as one, whatever stands behind it
    .argument("[command]")
    .action((word: string | undefined) => {
      if (word !== undefined) throw unknownCommand(word, program);
      choose(async () => (await import("./commands/next-steps.ts")).nextStepsCommand(shell));
    });
  addRun(program, shell, choose);
  addServe(program, shell, choose);
  addVisualize(program, shell, choose);
  addRuns(program, shell, choose);
  addDoctor(program, shell, choose);
  addGoingOn(program, shell, choose);
  addDecisions(program, shell, choose);
  addMark(program, shell, choose);
  addSchedules(program, shell, choose);
  addCache(program, shell, choose);
  addHelp(program);
  addMore(program, shell, choose);
  program.configureHelp({
    visibleArguments: (command) => (command === program ? [] : [...command.registeredArguments]),
  });
  return program;
}

function unknownCommand(word: string, program: Command): Refusal {
  const meant = nearest(
    word,
    program.commands.map((command) => command.name()),
  );
  const isFile = /\.[cm]?[jt]s$/.test(word) ? `; to run that file: npx caudal run ${word}` : "";
  return refusal("COMMAND_LINE", {
    why: `unknown command '${word}'${meant === undefined ? "" : `; did you mean '${meant}'?`}${isFile}\nSee: npx caudal help`,
  });
}

function addRun(program: Command, shell: Shell, choose: Choose): void {
  program
    .command("run")
    .allowExcessArguments(false)
    .description("run the flow of a file and print what it returned")
    .argument("<file>", "the file that defines the flow: .ts, .mts, .js or .mjs; with --remote the flow's name")
    .addOption(once("--flow <name>", "the flow, where the file defines several"))
    .option(
      "--param <name=value>",
      "a parameter of the flow; again for each",
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .addOption(once("--params <json>", "parameters as a JSON object"))
    .option("--schedule", "follow the flow's schedule until Ctrl-C, instead of running once")
    .addOption(once("--log-level <level>", "debug, info, warn, error or off", logLevel))
    .option("--watch", "run again whenever the file, or one it imports, is saved; the run before is cancelled")
    .addOption(new Option("--watched").hideHelp())
    .option("--json", "print the run and its result as one JSON object, and nothing else on stdout")
    .addOption(once("--remote <url>", "run it on the server there, and wait for its end"))
    .addHelpText("after", RUN_MORE)
    .action((file: string, options: RunCommandOptions & RemoteOption) => {
      // Only where it is said: what a file defines is here.
      choose(async () =>
        (options.remote === undefined ? deskHere(shell) : await deskOf(options, shell)).run(file, options),
      );
    });
}

function addVisualize(program: Command, shell: Shell, choose: Choose): void {
  program
    .command("visualize")
    .allowExcessArguments(false)
    .description("draw the flow of a file, without running it")
    .argument("<file>", "the file that defines the flow")
    .addOption(once("--flow <name>", "the flow, where the file defines several"))
    .addOption(once("--out <file>", "its ending says the format; - is standard output (default: <flow name>.pdf)"))
    .addOption(once("--format <format>", "pdf, svg, png, mermaid, dot or text", format))
    .option("--open", "open it when it is drawn")
    .addHelpText(
      "after",
      "\nExamples:\n  npx caudal visualize etl.ts\n  npx caudal visualize etl.ts --out docs/etl.svg\n  npx caudal visualize etl.ts --format text\n  npx caudal visualize etl.ts --out - --format svg > etl.svg",
    )
    .action((file: string, options: VisualizeOptions) => {
      choose(async () => (await import("./commands/visualize.ts")).visualizeCommand(file, options, shell));
    });
}

/** Commander's own answers a mistyped command with the help of all of them, as an error without a word. */
function addHelp(program: Command): void {
  program
    .command("help")
    .allowExcessArguments(false)
    .description("print help, of a command too")
    .argument("[command]")
    .action((word: string | undefined) => {
      const about = word === undefined ? program : program.commands.find((command) => command.name() === word);
      if (about === undefined) throw unknownCommand(word ?? "", program);
      about.outputHelp();
    });
}

function addMore(program: Command, shell: Shell, choose: Choose): void {
  program
    .command("check")
    .allowExcessArguments(false)
    .helpGroup(MORE)
    .description("say what is in files, and what is wrong with it")
    .argument("<files...>", "files that define flows")
    .option("--json", "as one JSON object")
    .action((files: readonly string[], options: CheckOptions) => {
      choose(async () => (await import("./commands/check.ts")).checkCommand(files, options, shell));
    });
  program
    .command("config")
    .allowExcessArguments(false)
    .helpGroup(MORE)
    .description("print every setting of the environment, and where it comes from")
    .option("--json", "as one JSON object")
    .action((options: ConfigOptions) => {
      choose(async () => (await import("./commands/config.ts")).configCommand(options, shell));
    });
  program
    .command("init")
    .allowExcessArguments(false)
    .helpGroup(MORE)
    .description("make a folder ready: package.json, tsconfig.json, hello.ts")
    .argument("[folder]", "this one when it is left out")
    .action((folder = ".") => {
      choose(async () => (await import("./commands/init.ts")).initCommand(folder, shell));
    });
  program
    .command("version")
    .allowExcessArguments(false)
    .helpGroup(MORE)
    .description("print the versions of caudal and Node")
    .action(() => {
      choose(async () => (await import("./commands/version.ts")).versionCommand(shell));
    });
}

function format(text: string): string {
  const known = ["pdf", "svg", "png", "mmd", "mermaid", "dot", "gv", "graphviz", "txt", "text"];
  if (!known.includes(text.toLowerCase()))
    throw new InvalidArgumentError("Formats are pdf, svg, png, mermaid, dot and text.");
  return text.toLowerCase();
}
