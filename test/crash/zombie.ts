/**
 * A process that is stopped for longer than its lease, and wakes when another has taken its run over. Both believe to
 * be on machines of their own (`CAUDAL_HOST`), so that the lease is all that counts; whoever takes over has a clock that
 * is ahead by the length of a lease, so that nobody waits for it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { LEASE_MS } from "../../src/store/sqlite/process-table.ts";
import { complaintsAtEnd } from "./checks.ts";
import type { Ended, Order, Place, Workspace } from "./rig.ts";

const LOOK_MS = 20;

/** What a process does first when it wakes: it has a result to write, or only notices that others wrote. */
export type Wakes = "writes" | "looks";

/** What was violated. `plant`: the bug that is planted in the zombie and in who takes over. */
export async function zombie(workspace: Workspace, wakes: Wakes, plant?: string): Promise<readonly string[]> {
  const place = workspace.place();
  const violations: string[] = [];
  const goOn = join(place.folder, "go on");
  const env = { CAUDAL_HOST: "the first", ...(wakes === "writes" && { GO_ON: goOn }) };
  const first = place.start("slow", { plant }, env);
  // Of both bodies: one that is called when the process wakes would be called after it was done by another.
  await until(() => place.journal().notes.filter(([, what]) => what === "in flight").length === 2);
  first.child.kill("SIGSTOP");

  const early = await second(place, { plant });
  if (!early.out.includes("RUN_IN_PROGRESS")) violations.push(`taken over although its lease held: ${early.out}`);
  const taken = await second(place, { plant, clock: { shiftMs: LEASE_MS } });
  if (!taken.out.includes('"Success"'))
    violations.push(`not taken over when its lease was over: ${taken.out}${taken.err}`);
  const before = place.stored();

  writeFileSync(goOn, "");
  first.child.kill("SIGCONT");
  const woken = await endOf(place, first);
  const stored = place.stored();
  if (!woken.err.includes("STALE_EPOCH")) violations.push(`the zombie was not refused: ${woken.out}${woken.err}`);
  if (!place.journal().notes.some(([, what]) => what === "aborted")) violations.push("its body was not told to stop");
  if (stored.lastCursor !== before.lastCursor)
    violations.push(`the zombie wrote: the store ended with ${before.lastCursor}, and then with ${stored.lastCursor}`);
  for (const { row } of stored.runs) if (row.epoch !== 2) violations.push(`epoch ${row.epoch}, after one take-over`);
  violations.push(...complaintsAtEnd(stored, place.journal(), 1));
  const slow = [...(stored.runs[0]?.taskRuns.values() ?? [])].find(({ name }) => name.endsWith("/slow-1"));
  if (JSON.stringify(slow?.row.state) !== '{"type":"Success","result":3}')
    violations.push(`slow ended as ${JSON.stringify(slow?.row.state)}, not with what the second made`);
  return violations;
}

async function second(place: Place, order: Order): Promise<Ended> {
  return place.start("slow", order, { CAUDAL_HOST: "the second" }).ended;
}

/** A zombie whose write was taken goes on for good: it has shown enough. */
async function endOf(place: Place, { child, ended }: ReturnType<Place["start"]>): Promise<Ended> {
  const commits = () => place.journal().commits.filter(({ pid }) => pid === child.pid).length;
  const before = commits();
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  await until(() => hasEnded() || commits() > before).finally(() => child.kill("SIGKILL"));
  return ended;
}

/** Other processes can only be looked at. */
export async function until(is: () => boolean, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!is()) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${is}`);
    await after(LOOK_MS);
  }
}
