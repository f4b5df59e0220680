/**
 * Snapshots of the server, fetched when a page shows them and again when the stream says that they are old. What was
 * fetched last stays on screen meanwhile, also when the server is gone.
 */
import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { Instant, Millis } from "../../../src/server/contract.ts";
import { connection, setClockOnce, store } from "../live/live.ts";
import type { Topic } from "../live/live-store.ts";
import { client, type Resource } from "./client.ts";
import { isAbort, NoAnswer, type Trouble, troubleOf } from "./problem.ts";

export interface Snapshot<T> {
  /** The last answer. */
  readonly data: T | undefined;
  /** Why there is none, or no newer one. */
  readonly trouble: Trouble | undefined;
  /** Of the last answer, by the server's clock. */
  readonly at: Instant | undefined;
}

interface Entry {
  snapshot: Snapshot<unknown>;
  readonly listeners: Set<() => void>;
  fetching: boolean;
  again: boolean;
  usedAt: number;
}

/** Answers are kept for Back; the longest unused leaves first. */
const ENTRIES_MAX = 60;
/** Lists follow a storm of changes at this pace. */
const REFRESH_MS_MIN: Millis = 700;
const EMPTY: Snapshot<never> = { data: undefined, trouble: undefined, at: undefined };

const entries = new Map<string, Entry>();

export interface SnapshotOptions {
  /** Fetched again when one of these changes (`runs`, `flows`, `run:ID`, `tasks:ID`), at most every 0.7 s. */
  readonly refreshOn?: readonly Topic[];
}

/** Undefined asks for nothing. */
export function useSnapshot<T>(
  resource: Resource<T> | undefined,
  { refreshOn = [] }: SnapshotOptions = {},
): Snapshot<T> & { readonly reload: () => void } {
  const path = resource?.path;
  const topics = refreshOn.join(" ");
  const subscribe = useCallback(
    (listener: () => void) => {
      if (path === undefined) return () => undefined;
      const entry = entryOf(path);
      entry.listeners.add(listener);
      return () => entry.listeners.delete(listener);
    },
    [path],
  );
  const snapshot = useSyncExternalStore(subscribe, () =>
    path === undefined ? EMPTY : (entries.get(path)?.snapshot ?? EMPTY),
  );
  const reload = useCallback(() => {
    if (path !== undefined) void refresh(path);
  }, [path]);

  useEffect(() => reload(), [reload]);
  useEffect(() => {
    if (path === undefined) return undefined;
    return follow(path, topics === "" ? [] : topics.split(" "));
  }, [path, topics]);
  return { ...(snapshot as Snapshot<T>), reload };
}

/** The last answer, for who does not need a newer one. */
export function knownSnapshot<T>(resource: Resource<T>): T | undefined {
  return entries.get(resource.path)?.snapshot.data as T | undefined;
}

/** Puts an answer that came otherwise (of an action) where the page reads it. */
export function keepSnapshot<T>(resource: Resource<T>, data: T): void {
  change(entryOf(resource.path), { data, trouble: undefined, at: client.clock.now() });
}

/** Refreshes while the stream says that something changed; the last of a burst is never left out. */
function follow(path: string, topics: readonly Topic[]): () => void {
  let timer: number | undefined;
  let lastAt = 0;
  const soon = () => {
    if (store.isPaused) return;
    timer ??= window.setTimeout(
      () => {
        timer = undefined;
        lastAt = Date.now();
        void refresh(path);
      },
      Math.max(0, lastAt + REFRESH_MS_MIN - Date.now()),
    );
  };
  const leave = topics.map((topic) => store.subscribe(topic, soon));
  leave.push(
    connection.onRefetch((old) => {
      if (old === "all" || old.some((topic) => topics.includes(topic))) soon();
    }),
  );
  return () => {
    window.clearTimeout(timer);
    for (const one of leave) one();
  };
}

function entryOf(path: string): Entry {
  let entry = entries.get(path);
  if (entry === undefined) {
    entry = { snapshot: EMPTY, listeners: new Set(), fetching: false, again: false, usedAt: 0 };
    entries.set(path, entry);
    forgetUnused();
  }
  entry.usedAt = Date.now();
  return entry;
}

function forgetUnused(): void {
  if (entries.size <= ENTRIES_MAX) return;
  const unused = Array.from(entries).filter(([, entry]) => entry.listeners.size === 0 && !entry.fetching);
  unused.sort(([, a], [, b]) => a.usedAt - b.usedAt);
  for (const [path] of unused.slice(0, entries.size - ENTRIES_MAX)) entries.delete(path);
}

/** One request at a time per path; asked again meanwhile, it is fetched once more. */
async function refresh(path: string): Promise<void> {
  const entry = entryOf(path);
  if (entry.fetching) {
    entry.again = true;
    return;
  }
  entry.fetching = true;
  try {
    const data = await client.get<unknown>({ path });
    setClockOnce();
    takeEntities(path, data);
    change(entry, { data, trouble: undefined, at: client.clock.now() });
  } catch (error) {
    if (isAbort(error)) return;
    const trouble = troubleOf(error);
    // What is known stays on screen when nobody answers; a refusal is an answer.
    const keeps = trouble instanceof NoAnswer ? entry.snapshot : EMPTY;
    change(entry, { ...keeps, trouble });
  } finally {
    entry.fetching = false;
    if (entry.again) {
      entry.again = false;
      void refresh(path);
    }
  }
}

function change(entry: Entry, snapshot: Snapshot<unknown>): void {
  entry.snapshot = snapshot;
  for (const listener of entry.listeners) listener();
}

/** Every run and task run in an answer goes to the one place where they are kept. */
function takeEntities(path: string, data: unknown): void {
  if (typeof data !== "object" || data === null || !("cursor" in data)) return;
  const answer = data as { readonly [name: string]: never } & { readonly cursor: number };
  if ("revision" in data) connection.knowsFlows(Number(data.revision));
  connection.begin(answer.cursor);
  const run = /^runs\/([^/?]+)(?:$|\/tasks(?:\?|$))/.exec(path)?.[1];
  if (/^runs(\?|$)/.test(path)) store.putRuns(answer.runs ?? [], answer.cursor);
  if (run === undefined) return;
  const id = decodeURIComponent(run);
  if (path.includes("/tasks")) store.putTaskRuns(id, answer.taskRuns ?? [], answer.cursor);
  else {
    store.putRuns([answer as never], answer.cursor);
    if (answer.progress !== undefined) store.putProgress(id, answer.progress, answer.cursor);
  }
}
