/** `caudal cache … --remote`. */
import type { CacheList, Cleared } from "../../server/contract.ts";
import { type CacheOptions, entriesOf, LIMIT, refuseUnclear, tellCleared, tellEntries } from "../commands/cache.ts";
import type { ExitCode, Shell } from "../shell.ts";
import type { Client } from "./client.ts";

type Entry = CacheList["entries"][number];

const PAGE = 200;
const LOOKED_AT_MAX = 100_000;

export async function cachedThere(
  client: Client,
  task: string | undefined,
  { limit = LIMIT, json }: CacheOptions,
  shell: Shell,
): Promise<ExitCode> {
  const found = entriesOf(await allThere(client), task).map(({ run, ...entry }) => ({ ...entry, runId: run }));
  tellEntries(found, limit, client.address, json === true, shell);
  return 0;
}

export async function clearThere(
  client: Client,
  task: string | undefined,
  { all, json }: CacheOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseUnclear(task, all);
  const scopes = all ? [undefined] : new Set(entriesOf(await allThere(client), task).map(({ scope }) => scope));
  let count = 0;
  for (const scope of scopes)
    count += (await client.post<Cleared>("cache/clear", scope === undefined ? {} : { scope })).forgotten;
  tellCleared(count, task, json === true, shell);
  return 0;
}

async function allThere(client: Client): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let after: string | undefined; entries.length < LOOKED_AT_MAX; ) {
    const page: CacheList = await client.get("cache", { limit: PAGE, after });
    entries.push(...page.entries);
    if (page.next === undefined) break;
    after = page.next;
  }
  return entries;
}
