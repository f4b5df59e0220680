/** The words of commands about runs that are kept: looking at them, going on with them, deciding. */
import type { Command } from "commander";
import { nearest } from "../base/nearest.ts";
import type { CancelOptions } from "./runs/cancel.ts";
import type { DecideOptions } from "./runs/decide.ts";
import type { GoOnOptions } from "./runs/go-on.ts";
import { refusal } from "./load/load-failure.ts";
import { deskOf, type RemoteOption } from "./desk.ts";
import { type Choose, count, logLevel, MORE, once, remote } from "./options.ts";
import type { MarkOptions } from "./runs/mark.ts";
import type { PauseOptions } from "./runs/pause.ts";
import type { ListOptions } from "./runs/runs-list.ts";
import type { LogsOptions } from "./runs/runs-logs.ts";
import type { ShowOptions } from "./runs/runs-show.ts";
import type { Shell } from "./shell.ts";
import type { WhyOptions } from "./runs/runs-why.ts";

const RUN_WORD = "its id, its name, 4 or more characters its id begins or ends with, or last";
const JSON_WORD = "as one JSON object, and nothing else on stdout";

export function addRuns(program: Command, shell: Shell, choose: Choose): void {
  const runs = program
    .command("runs")
    .description("look at the runs of this folder: list, show, logs, why")
    .addHelpText(
      "after",
      "\nExamples:\n  npx caudal runs\n  npx caudal runs --state failed,timedout\n  npx caudal runs show last\n  npx caudal runs logs last load --follow\n  npx caudal runs why last",
    );
  addRunsList(runs, shell, choose);
  runs
    .command("show")
    .allowExcessArguments(false)
    .description("show a run and its tasks")
    .argument("[run]", RUN_WORD, "last")
    .option("--json", JSON_WORD)
    .addOption(remote())
    .action((run: string, options: ShowOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).show(run, options));
    });
  runs
    .command("logs")
    .allowExcessArguments(false)
    .description("print what the tasks of a run printed")
    .argument("[run]", RUN_WORD, "last")
    .argument("[task]", "only of this task: load-1, its name, or load-1[3] for a child")
    .option("--follow", "go on printing until the run has ended")
    .option("--json", "one JSON object a line")
    .addOption(remote())
    .action((run: string, task: string | undefined, options: LogsOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).logs(run, task, options));
    });
  runs
    .command("why")
    .allowExcessArguments(false)
    .description("say why a run, or one of its tasks, is as it is, and what would change that")
    .argument("[run]", RUN_WORD, "last")
    .argument("[task]", "only of this task: load-1, its name, or load-1[3] for a child")
    .option("--json", JSON_WORD)
    .addOption(remote())
    .action((run: string, task: string | undefined, options: WhyOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).why(run, task, options));
    });
}

/** Also meant by `caudal runs` alone, so a mistyped word behind that comes here. */
function addRunsList(runs: Command, shell: Shell, choose: Choose): void {
  runs
    .command("list", { isDefault: true })
    .allowExcessArguments(true)
    .description("list the runs, newest first; meant where no other word is given")
    .addOption(once("--flow <name>", "only runs of this flow"))
    .addOption(once("--state <states>", "only in these states, with commas between: failed,paused; or: interrupted"))
    .addOption(once("--limit <count>", "how many at most (default: 20)", count))
    .option("--json", "as one JSON array")
    .addOption(remote())
    .action((options: ListOptions & RemoteOption, command: Command) => {
      const [word] = command.args;
      if (word !== undefined) {
        const meant = nearest(
          word,
          runs.commands.map((known) => known.name()),
        );
        const why = meant === undefined ? "" : `; did you mean '${meant}'?`;
        throw refusal("COMMAND_LINE", { why: `unknown command 'runs ${word}'${why}\nSee: npx caudal help runs` });
      }
      choose(async () => (await deskOf(options, shell)).list(options));
    });
}

export function addGoingOn(program: Command, shell: Shell, choose: Choose): void {
  goingOn(program.command("resume"))
    .description("go on with a run that stopped before its end, from where it was")
    .argument("[run]", `${RUN_WORD} (default: the last that was interrupted)`)
    .option("--last", "the last that was interrupted")
    .option("--all", "every interrupted run, one after the other, the oldest first")
    .addHelpText(
      "after",
      "\nWhat finished is not run again. Exit codes are those of run.\n\nExamples:\n  npx caudal resume\n  npx caudal resume y5r1\n  npx caudal resume --all\n  npx caudal resume y5r1 --file flows/etl.ts",
    )
    .action((run: string | undefined, options: GoOnOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).resume(run, options));
    });
  goingOn(program.command("retry"))
    .description("run what failed again, and what follows, in the same run")
    .argument("[run]", RUN_WORD)
    .option("--last", "the last that failed, timed out or was cancelled")
    .addHelpText(
      "after",
      "\nMend the body first. Exit codes are those of run.\n\nExamples:\n  npx caudal retry --last\n  npx caudal retry y5r1",
    )
    .action((run: string | undefined, options: GoOnOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).retry(run, options));
    });
}

/** What all of them take that load the code of a run. */
function goingOn(command: Command): Command {
  return command
    .allowExcessArguments(false)
    .helpGroup(MORE)
    .addOption(once("--file <file>", "the file that has the flow now, where it was moved"))
    .option("--accept-changes", "go on although the flow has changed in what remains")
    .addOption(once("--log-level <level>", "debug, info, warn, error or off", logLevel))
    .option("--json", JSON_WORD)
    .addOption(remote());
}

export function addDecisions(program: Command, shell: Shell, choose: Choose): void {
  program
    .command("cancel")
    .allowExcessArguments(false)
    .helpGroup(MORE)
    .description("end a run: nothing of it starts any more but cleanups")
    .argument("<run>", RUN_WORD)
    .addOption(once("--file <file>", "the file that has the flow now, where it was moved"))
    .option("--json", JSON_WORD)
    .addOption(remote())
    .addHelpText("after", "\nExamples:\n  npx caudal cancel y5r1\n  npx caudal cancel last")
    .action((run: string, options: CancelOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).cancel(run, options));
    });
  program
    .command("pause")
    .allowExcessArguments(false)
    .helpGroup(MORE)
    .description("start nothing more of a run until it is resumed")
    .argument("<run>", RUN_WORD)
    .option("--json", JSON_WORD)
    .addOption(remote())
    .addHelpText("after", "\nExamples:\n  npx caudal pause y5r1\n  npx caudal pause last")
    .action((run: string, options: PauseOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).pause(run, options));
    });
  decision(program, "approve", "let a task that waits for a person go on")
    .addOption(once("--input <json>", "what the task asked for, as JSON"))
    .addHelpText(
      "after",
      '\nExamples:\n  npx caudal approve y5r1\n  npx caudal approve y5r1 review-1 --input "{\\"share\\": 0.5}"',
    )
    .action((run: string, task: string | undefined, options: DecideOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).decide("approve", { run, task }, options));
    });
  decision(program, "reject", "let a task that waits for a person fail")
    .addOption(once("--reason <text>", "why"))
    .addHelpText("after", '\nExamples:\n  npx caudal reject y5r1\n  npx caudal reject y5r1 --reason "not on a Friday"')
    .action((run: string, task: string | undefined, options: DecideOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).decide("reject", { run, task }, options));
    });
}

export function addMark(program: Command, shell: Shell, choose: Choose): void {
  goingOn(program.command("mark"))
    .description("say what became of a task of a run, in place of its body")
    .argument("<run>", RUN_WORD)
    .argument("<task>", "load-1, its name, or load-1[3] for a child")
    .argument("<as>", "success, failed or skipped")
    .addOption(once("--reason <text>", "why; it is kept with the task run"))
    .addOption(once("--value <json>", "what a success gives to those that take from it, as JSON"))
    .addHelpText(
      "after",
      '\nWhat follows decides by that, and runs again where it had ended. Exit codes are those of run where it goes on here.\n\nExamples:\n  npx caudal mark y5r1 load success --reason "loaded by hand" --value 25\n  npx caudal mark last parse-1[3] skipped --reason "no such file"',
    )
    .action((run: string, task: string, as: string, options: MarkOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).mark({ run, task, as }, options));
    });
}

function decision(program: Command, name: string, description: string): Command {
  return goingOn(program.command(name))
    .description(description)
    .argument("<run>", RUN_WORD)
    .argument("[task]", "default: the only one that waits");
}
