/** The words of `caudal cache`. */
import type { Command } from "commander";
import type { CacheOptions } from "./commands/cache.ts";
import { deskOf, type RemoteOption } from "./desk.ts";
import { type Choose, count, MORE, once, remote } from "./options.ts";
import type { Shell } from "./shell.ts";

export function addCache(program: Command, shell: Shell, choose: Choose): void {
  const cache = program
    .command("cache")
    .helpGroup(MORE)
    .description("show what the cache has, and forget it")
    .addHelpText(
      "after",
      "\nExamples:\n  npx caudal cache list\n  npx caudal cache list get_complaint_data\n  npx caudal cache clear get_complaint_data\n  npx caudal cache clear --all",
    );
  cache
    .command("list")
    .allowExcessArguments(false)
    .description("list results that were cached, newest first")
    .argument("[task]", "only of this task, or of this cacheKey")
    .addOption(once("--limit <count>", "how many at most (default: 50)", count))
    .option("--json", "as one JSON array")
    .addOption(remote())
    .action((task: string | undefined, options: CacheOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).cached(task, options));
    });
  cache
    .command("clear")
    .allowExcessArguments(false)
    .description("forget cached results, so that the next run computes them again")
    .argument("[task]", "of this task, or of this cacheKey")
    .option("--all", "of every task")
    .option("--json", "as one JSON object")
    .addOption(remote())
    .action((task: string | undefined, options: CacheOptions & RemoteOption) => {
      choose(async () => (await deskOf(options, shell)).clearCache(task, options));
    });
}
