/**
 * One piece of work at a time on each file, within this process.
 *
 * SQLite lets one connection write; sixty-four mapped children that all try would each poll for the lock with
 * a connection of their own. Here they wait in line, in order, without polling.
 */

/** The end of the last turn in line, per file. */
const lines = new Map<string, Promise<void>>();

/** Does `work` when all turns asked for before have ended. Rejects with the signal's reason if it aborts while waiting. */
export async function inTurn<T>(file: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const before = lines.get(file) ?? Promise.resolve();
  let end = () => {};
  const turn = new Promise<void>((resolve) => (end = resolve));
  const line = before.then(() => turn);
  lines.set(file, line);
  try {
    await unlessAborted(before, signal);
    return await work();
  } finally {
    end();
    if (lines.get(file) === line) lines.delete(file);
  }
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    void promise.then(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
}
