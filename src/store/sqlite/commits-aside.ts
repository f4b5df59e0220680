/**
 * The SQLite store of a process that has more to do than to run: a commit is written in this thread, and brought to the
 * disk beside the event loop. Its promise resolves when it is there, so nothing is acted on before; requests, streams
 * and bodies go on meanwhile. Commits of several runs that wait together are one sync (docs/adr/0017).
 *
 * What is read may be ahead of the disk by that moment. Nobody can build on it and be left without it after a power
 * loss: what is written later is later in the same file, whose syncs bring everything before them too.
 */
import type { Queries } from "../../ports/queries.ts";
import { DiskSync, type SyncFile } from "./disk-sync.ts";
import type { Opened } from "./open-shared.ts";
import { type OpenOptions, SqliteStore } from "./sqlite-store.ts";

export interface AsideOptions extends OpenOptions {
  readonly sync?: SyncFile | undefined;
}

/** With `durability: "process"` a store as any: nothing waits for the disk. @throws CaudalError as `Database.open` */
export function openAside(folder: string, options: AsideOptions): Opened {
  if (options.durability === "process") return new SqliteStore(folder, options);
  // The log is on the disk before it is moved into the file, and after each commit by us.
  const store = new SqliteStore(folder, { ...options, durability: "process" });
  return aside(store, new DiskSync(`${store.name}-wal`, options.sync));
}

function aside(store: SqliteStore, disk: DiskSync): Opened {
  const { name, durable, shared, keepsHistory, folder } = store;
  const onDisk = <T>(write: () => T): Promise<T> => {
    disk.refuseWhenBroken();
    const written = write();
    return disk.done().then(() => written);
  };
  return {
    ...{ name, durable, shared, keepsHistory, folder },
    get isClosed() {
      return store.isClosed;
    },
    // As everywhere: a run that was only made, or taken over, has lost nothing with the power.
    createRun: (run, version, tick, given) => store.createRun(run, version, tick, given),
    takeOver: (runId, at, how) => store.takeOver(runId, at, how),
    commit: (batch) => onDisk(() => store.commit(batch)),
    readRun: (runId) => store.readRun(runId),
    listRuns: (filter) => store.listRuns(filter),
    readVersion: (flow, fingerprint) => store.readVersion(flow, fingerprint),
    readTaskRuns: (runId) => store.readTaskRuns(runId),
    readHistory: (runId) => store.readHistory(runId),
    readLogs: (runId, slot, skip) => store.readLogs(runId, slot, skip),
    keep: (value) => store.keep(value),
    readOnce: (key) => store.readOnce(key),
    keepOnce: (key, value) => onDisk(() => store.keepOnce(key, value)),
    claimCache: (request) => store.claimCache(request),
    listCache: (filter) => store.listCache(filter),
    clearCache: (scope) => onDisk(() => store.clearCache(scope)),
    whenCacheFree: (key, callback) => store.whenCacheFree(key, callback),
    claimPlaces: (places, since, at) => store.claimPlaces(places, since, at),
    releasePlaces: (names) => store.releasePlaces(names),
    whenPlaceFree: (place, callback) => store.whenPlaceFree(place, callback),
    post: (request) => onDisk(() => store.post(request)),
    requestsOf: (runId) => store.requestsOf(runId),
    watch: (callback) => store.watch(callback),
    whenBroken: (callback) => store.whenBroken(callback),
    queries: async () => queriesAside(await store.queries(), disk),
    close: async () => {
      if (store.isClosed) return;
      await disk.done().catch(() => undefined); // whoever waited for it was told
      store.close();
      disk.close();
    },
  };
}

/** What those who look may write is answered at once, and on the disk a moment later. */
function queriesAside(queries: Queries, disk: DiskSync): Queries {
  const soon = <Given extends readonly never[], T>(write: (...given: Given) => T) => {
    return (...given: Given): T => {
      disk.refuseWhenBroken();
      const written = write(...given);
      disk.done().catch(() => undefined); // the next commit says what is wrong
      return written;
    };
  };
  const { switchSchedule, watchedUntil, skipTick, clearCache, note } = queries;
  return {
    ...queries,
    switchSchedule: soon(switchSchedule),
    watchedUntil: soon(watchedUntil),
    skipTick: soon(skipTick),
    clearCache: soon(clearCache),
    note: soon(note),
  };
}
