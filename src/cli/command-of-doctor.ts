/** The words of `caudal doctor`. */
import type { Command } from "commander";
import type { DoctorOptions } from "./commands/doctor.ts";
import type { Choose } from "./options.ts";
import type { Shell } from "./shell.ts";

export function addDoctor(program: Command, shell: Shell, choose: Choose): void {
  program
    .command("doctor")
    .allowExcessArguments(false)
    .description("say how the store of this folder is, and what is stuck")
    .option("--json", "as one JSON object")
    .option("--backup <folder>", "make a copy there, while the store is in use")
    .option("--restore <backup>", "put a backup in the place of the store, which gets another name")
    .option("--recover <folder>", "make a store there of all runs that are whole; the damaged one stays as it is")
    .addHelpText(
      "after",
      "\nExamples:\n  npx caudal doctor\n  npx caudal doctor --backup backups/monday\n  npx caudal doctor --restore backups/monday\n  npx caudal doctor --recover saved",
    )
    .action((options: DoctorOptions) => {
      choose(async () => (await import("./commands/doctor.ts")).doctorCommand(options, shell));
    });
}
