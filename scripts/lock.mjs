/**
 * One build at a time: tests, `npm start` and a person may all ask for one at once.
 *
 * The lock is a file made exclusively, holding its owner's process id; the lock of a process that is gone
 * is taken over.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 50;
const WAIT_MS_MAX = 120_000;

export async function withLock(path, work) {
  const giveUpAt = performance.now() + WAIT_MS_MAX;
  while (!(await taken(path))) {
    if (performance.now() > giveUpAt)
      throw new Error(`${path} has been held for ${WAIT_MS_MAX} ms; remove it if nothing is building`);
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function taken(path) {
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const owner = Number(await readFile(path, "utf8").catch(() => "0"));
  if (owner > 0 && !isAlive(owner)) await rm(path, { force: true });
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
