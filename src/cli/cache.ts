/** `caudal cache`: what is kept of results that are still fresh, and forgetting it. */
import { formatMillis } from "../base/duration.ts";
import { nearest } from "../base/nearest.ts";
import type { CacheListing, Store } from "../ports/store.ts";
import { columns } from "./columns.ts";
import { shortOf } from "./find-run.ts";
import { refusal } from "./load-failure.ts";
import { openStoreHere } from "./open-store.ts";
import type { ExitCode, Shell } from "./shell.ts";

export interface CacheOptions {
  readonly all?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly json?: boolean | undefined;
}

const LIMIT = 50;
const LOOKED_AT_MAX = 100_000;
const KEY_SHOWN = 8;

export async function cacheListCommand(
  task: string | undefined,
  { limit = LIMIT, json }: CacheOptions,
  shell: Shell,
): Promise<ExitCode> {
  const store = await openStoreHere(shell);
  const found = await entriesOf(store, task);
  const entries = found.slice(0, limit);
  const now = Date.now();
  if (json) shell.out(JSON.stringify(entries.map((entry) => jsonOf(entry, now))));
  else if (entries.length === 0) shell.out(`The cache of ${store.name} is empty`);
  else shell.out(listText(entries, found.length, now, shell));
  return 0;
}

export async function cacheClearCommand(
  task: string | undefined,
  { all, json }: CacheOptions,
  shell: Shell,
): Promise<ExitCode> {
  if ((task === undefined) === (all !== true))
    throw refusal("COMMAND_LINE", { why: "what is to be forgotten? Name a task, or say --all" });
  const store = await openStoreHere(shell);
  const scopes = new Set((await entriesOf(store, task)).map(({ scope }) => scope));
  let count = 0;
  if (all) count = await store.clearCache();
  else for (const scope of scopes) count += await store.clearCache(scope);
  if (json) shell.out(JSON.stringify({ forgotten: count }));
  else
    shell.out(
      `Forgot ${count} result${count === 1 ? "" : "s"}${task === undefined ? "" : ` of '${task}'`}: the next run computes again`,
    );
  return 0;
}

/** Of a task in whichever flow, or of a shared key; all without a word. */
async function entriesOf(store: Store, task: string | undefined): Promise<readonly CacheListing[]> {
  const entries = await store.listCache({ limit: LOOKED_AT_MAX });
  if (task === undefined) return entries;
  const found = entries.filter(({ scope }) => namesOf(scope).at(-1) === task);
  if (found.length > 0) return found;
  const known = [...new Set(entries.map(({ scope }) => namesOf(scope).at(-1) ?? ""))];
  const meant = nearest(task, known);
  const why = `nothing of '${task}' is in the cache${meant === undefined ? "" : `; did you mean '${meant}'?`}`;
  throw refusal("COMMAND_LINE", { why });
}

/** `["task", flow, task]` or `["shared", key]`, without the first. */
function namesOf(scope: string): readonly string[] {
  try {
    return (JSON.parse(scope) as readonly string[]).slice(1);
  } catch {
    return [scope]; // written by somebody else
  }
}

function listText(entries: readonly CacheListing[], count: number, now: number, { paint }: Shell): string {
  const rows = entries.map((entry) => [
    entry.key.slice(0, KEY_SHOWN),
    namesOf(entry.scope).at(-1) ?? "",
    namesOf(entry.scope).length > 1 ? (namesOf(entry.scope)[0] ?? "") : "(shared)",
    formatMillis(now - entry.storedAt),
    leftText(entry, now),
    shortOf({ id: entry.runId }),
    entry.bytes === undefined ? "" : sizeText(entry.bytes),
  ]);
  const head = ["KEY", "TASK", "FLOW", "AGE", "FRESH FOR", "RUN", "SIZE"].map((text) => ({ text, paint: paint.faint }));
  const more = count > entries.length ? [paint.faint(`… and ${count - entries.length} more: --limit ${count}`)] : [];
  return [...columns([head, ...rows]), ...more].join("\n");
}

function leftText({ expiresAt }: CacheListing, now: number): string {
  if (expiresAt === undefined) return "ever";
  return expiresAt <= now ? "expired" : formatMillis(expiresAt - now);
}

function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

function jsonOf({ key, scope, version, runId, storedAt, expiresAt, bytes }: CacheListing, now: number): object {
  const names = namesOf(scope);
  return {
    ...{ key, task: names.at(-1), flow: names.length > 1 ? names[0] : undefined, version, run: runId },
    storedAt: new Date(storedAt).toISOString(),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    expired: expiresAt !== undefined && expiresAt <= now,
    bytes,
  };
}
