/**
 * Results one after the other, each too large for what is left on a full disk, which the rig fills while the third step
 * is under way (`FILLED` is there when it has). SIGUSR2 cancels.
 */
import { existsSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { flow, task } from "caudal";
import { note } from "./journal.mjs";

const filled = process.env["FILLED"] ?? "";

const step = task("step", async (n) => {
  note("step", n);
  if (n === 2) while (!existsSync(filled)) await after(5);
  return n + 1;
});
const text = task("text", (n) => `${n} `.padEnd(30_000, "·"));

const stop = new AbortController();
process.on("SIGUSR2", () => {
  stop.abort();
  note("cancelled");
});

export const main = flow("fills", () => {
  let n = step(0);
  for (let i = 1; i < 8; i++) n = step(n).setUpstream(text(n));
  return n;
});
export const settings = { signal: stop.signal };
