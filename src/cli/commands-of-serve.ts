/** The words of `caudal serve` and `caudal schedules`. */
import type { Command } from "commander";
import { deskOf, type RemoteOption } from "./desk.ts";
import { type Choose, count, MORE, once, remote } from "./options.ts";
import type { NextOptions, SchedulesOptions } from "./commands/schedules.ts";
import type { ServeOptions } from "./commands/serve.ts";
import type { Shell } from "./shell.ts";

export function addServe(program: Command, shell: Shell, choose: Choose): void {
  program
    .command("serve")
    .allowExcessArguments(true)
    .description("serve the flows of files, with a page to see and start them")
    .argument("[files...]", "files that define flows; without any: what the store knows")
    .addOption(once("--port <port>", "where to listen (default: 4200, or the next that is free; 0: any)"))
    .addOption(once("--host <host>", "the address to listen on (default: 127.0.0.1); any other wants CAUDAL_TOKEN"))
    .option(
      "--allow-host <name>",
      "answer to this name too, as a proxy passes it on; again for each",
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .addOption(once("--base <path>", "the path a proxy puts it under, such as /tools/caudal"))
    .option("--dev", "start anew when a file is saved")
    .addHelpText(
      "after",
      "\nExamples:\n  npx caudal serve etl.ts\n  npx caudal serve flows/*.ts --port 8080\n  npx caudal serve --dev etl.ts",
    )
    .action((files: readonly string[], options: ServeOptions) => {
      choose(async () => (await import("./commands/serve.ts")).serveCommand(files, options, shell));
    });
}

export function addSchedules(program: Command, shell: Shell, choose: Choose): void {
  const schedules = program
    .command("schedules")
    .helpGroup(MORE)
    .description("show schedules, and switch them on and off")
    .addHelpText(
      "after",
      "\nExamples:\n  npx caudal schedules list\n  npx caudal schedules next etl.ts\n  npx caudal schedules off etl",
    );
  schedules
    .command("list")
    .allowExcessArguments(false)
    .description("list the schedules that were followed in this folder")
    .option("--json", "as one JSON array")
    .addOption(remote())
    .action((options: SchedulesOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).schedules(options));
    });
  schedules
    .command("next")
    .allowExcessArguments(false)
    .description("say when the schedule of a flow fires next")
    .argument("<file>", "the file that defines the flow; with --remote the flow's name")
    .addOption(once("--flow <name>", "the flow, where the file defines several"))
    .addOption(once("--count <count>", "how many times (default: 10)", count))
    .option("--json", "as one JSON array")
    .addOption(remote())
    .action((file: string, options: NextOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).nextTicks(file, options));
    });
  for (const word of ["on", "off"] as const)
    schedules
      .command(word)
      .allowExcessArguments(false)
      .description(`switch the schedule of a flow ${word}, for every process that follows it`)
      .argument("<flow>", "the flow's name")
      .addOption(remote())
      .action((flow: string, options: RemoteOption) => {
        choose(async () => (await deskOf(options, shell)).switchSchedule(flow, word === "on"));
      });
}
