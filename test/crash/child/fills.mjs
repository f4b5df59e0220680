/** Results one after the other, each too large for what is left on a full disk; SIGUSR2 cancels. */
import { flow, task } from "caudal";
import { note } from "./journal.mjs";

const step = task("step", async (n) => {
  note("step", n);
  if (n === 2) await new Promise((resolve) => setTimeout(resolve, 150)); // time for somebody to fill the disk
  return n + 1;
});
const text = task("text", (n) => `${n} `.padEnd(30_000, "·"));

const stop = new AbortController();
process.on("SIGUSR2", () => stop.abort());

export const main = flow("fills", () => {
  let n = step(0);
  for (let i = 1; i < 8; i++) n = step(n).setUpstream(text(n));
  return n;
});
export const settings = { signal: stop.signal };
