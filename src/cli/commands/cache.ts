/** `caudal cache`: what is kept of results that are still fresh, and forgetting it. */
import { formatMillis } from "../../base/duration.ts";
import { nearest } from "../../base/nearest.ts";
import type { CacheListing } from "../../ports/store.ts";
import { columns } from "../columns.ts";
import { shortOf } from "../runs/find-run.ts";
import { refusal } from "../load/load-failure.ts";
import { openStoreHere } from "../open-store.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface CacheOptions {
  readonly all?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly json?: boolean | undefined;
}

/** What a list shows of an entry, wherever it is kept. */
interface ListedEntry extends Pick<CacheListing, "key" | "scope" | "version" | "runId" | "storedAt"> {
  readonly expiresAt?: number | undefined;
  readonly bytes?: number | undefined;
}

export const LIMIT = 50;
const LOOKED_AT_MAX = 100_000;
const KEY_SHOWN = 8;

export async function cacheListCommand(
  task: string | undefined,
  { limit = LIMIT, json }: CacheOptions,
  shell: Shell,
): Promise<ExitCode> {
  const store = await openStoreHere(shell);
  const found = entriesOf(await store.listCache({ limit: LOOKED_AT_MAX }), task);
  tellEntries(found, limit, store.name, json === true, shell);
  return 0;
}

export function tellEntries(
  found: readonly ListedEntry[],
  limit: number,
  place: string,
  json: boolean,
  shell: Shell,
): void {
  const entries = found.slice(0, limit);
  const now = Date.now();
  if (json) shell.out(JSON.stringify(entries.map((entry) => jsonOf(entry, now))));
  else if (entries.length === 0) shell.out(`The cache of ${place} is empty`);
  else shell.out(listText(entries, found.length, now, shell));
}

export async function cacheClearCommand(
  task: string | undefined,
  { all, json }: CacheOptions,
  shell: Shell,
): Promise<ExitCode> {
  refuseUnclear(task, all);
  const store = await openStoreHere(shell);
  const entries = await store.listCache({ limit: LOOKED_AT_MAX });
  const scopes = new Set(entriesOf(entries, task).map(({ scope }) => scope));
  let count = 0;
  if (all) count = await store.clearCache();
  else for (const scope of scopes) count += await store.clearCache(scope);
  tellCleared(count, task, json === true, shell);
  return 0;
}

export function refuseUnclear(task: string | undefined, all: boolean | undefined): void {
  if ((task === undefined) === (all !== true))
    throw refusal("COMMAND_LINE", { why: "what is to be forgotten? Name a task, or say --all" });
}

export function tellCleared(count: number, task: string | undefined, json: boolean, { out }: Shell): void {
  if (json) return out(JSON.stringify({ forgotten: count }));
  const of = task === undefined ? "" : ` of '${task}'`;
  out(`Forgot ${count} result${count === 1 ? "" : "s"}${of}: the next run computes again`);
}

/** Of a task in whichever flow, or of a shared key; all without a word. */
export function entriesOf<E extends { readonly scope: string }>(
  entries: readonly E[],
  task: string | undefined,
): readonly E[] {
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

function listText(entries: readonly ListedEntry[], count: number, now: number, { paint }: Shell): string {
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

function leftText({ expiresAt }: ListedEntry, now: number): string {
  if (expiresAt === undefined) return "ever";
  return expiresAt <= now ? "expired" : formatMillis(expiresAt - now);
}

function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

function jsonOf({ key, scope, version, runId, storedAt, expiresAt, bytes }: ListedEntry, now: number): object {
  const names = namesOf(scope);
  return {
    ...{ key, task: names.at(-1), flow: names.length > 1 ? names[0] : undefined, version, run: runId },
    storedAt: new Date(storedAt).toISOString(),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    expired: expiresAt !== undefined && expiresAt <= now,
    bytes,
  };
}
