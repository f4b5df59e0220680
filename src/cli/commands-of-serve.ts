/** The words of `caudal serve`. */
import type { Command } from "commander";
import { type Choose, once } from "./options.ts";
import type { ServeOptions } from "./serve.ts";
import type { Shell } from "./shell.ts";

export function addServe(program: Command, shell: Shell, choose: Choose): void {
  program
    .command("serve")
    .allowExcessArguments(true)
    .description("serve the flows of files: schedules, runs, and a page to see and start them")
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
      choose(async () => (await import("./serve.ts")).serveCommand(files, options, shell));
    });
}
