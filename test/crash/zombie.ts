/**
 * A process that is stopped for longer than its lease, and wakes when another has taken its run over. Both believe to
 * be on machines of their own (`CAUDAL_HOST`), so that the lease is all that counts; the first one's clock is behind by
 * almost the length of a lease, so that nobody waits for it.
 */
import { setTimeout as after } from "node:timers/promises";
import { LEASE_MS } from "../../src/store/sqlite/process-table.ts";
import { complaintsAtEnd } from "./checks.ts";
import type { Ended, Place, Workspace } from "./rig.ts";

const LEASE_LEFT_MS = 1_500;
const LOOK_MS = 20;

/** What was violated. `plant`: the bug that is planted in the zombie and in who takes over. */
export async function zombie(workspace: Workspace, plant?: string): Promise<readonly string[]> {
  const place = workspace.place();
  const violations: string[] = [];
  const first = place.start(
    "slow",
    { plant, clock: { shiftMs: LEASE_LEFT_MS - LEASE_MS } },
    { CAUDAL_HOST: "the first" },
  );
  await until(() => place.journal().notes.some(([, what]) => what === "in flight"));
  first.child.kill("SIGSTOP");

  const early = await second(place, plant);
  if (!early.out.includes("RUN_IN_PROGRESS")) violations.push(`taken over although its lease held: ${early.out}`);
  let taken = early;
  const deadline = performance.now() + 10 * LEASE_LEFT_MS;
  while (!taken.out.includes('"Success"') && performance.now() < deadline) taken = await second(place, plant);
  if (!taken.out.includes('"Success"'))
    violations.push(`not taken over when its lease was over: ${taken.out}${taken.err}`);
  const before = place.stored();

  first.child.kill("SIGCONT");
  const zombie = await first.ended;
  const stored = place.stored();
  if (!zombie.err.includes("STALE_EPOCH")) violations.push(`the zombie was not refused: ${zombie.out}${zombie.err}`);
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

async function second(place: Place, plant: string | undefined): Promise<Ended> {
  return place.start("slow", { plant }, { CAUDAL_HOST: "the second" }).ended;
}

/** Other processes can only be looked at. */
export async function until(is: () => boolean, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!is()) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${is}`);
    await after(LOOK_MS);
  }
}
