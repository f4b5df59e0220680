/**
 * Bodies of a process that is stopped and wakes when its run is another's: one listens, and one works until the rig
 * says that it may go on (`GO_ON`), without letting anything else of its process happen meanwhile. So the first thing
 * the process does when it wakes is to write what came of that; without `GO_ON` it has nothing to write, and can only
 * look.
 */
import { existsSync } from "node:fs";
import { context, flow, task } from "caudal";
import { note } from "./journal.mjs";

const goOn = process.env["GO_ON"] ?? "";

const before = task("before", () => 1);
const listens = task("listens", () => {
  const { signal, fence } = context();
  if (fence > 1) return "listened";
  return new Promise((_, reject) => {
    const stays = setInterval(() => undefined, 60_000);
    signal.addEventListener("abort", () => {
      clearInterval(stays);
      note("aborted", fence);
      reject(signal.reason);
    });
    note("in flight", "listens");
  });
});
const slow = task("slow", (n) => {
  const { signal, fence } = context();
  if (fence > 1) return n + fence;
  note("in flight", "slow");
  if (goOn === "") return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const moment = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(goOn)) Atomics.wait(moment, 0, 0, 5);
  return n + fence;
});
const after = task("after", (n, how) => [n * 10, how]);

export const main = flow("slow", () => {
  const first = before();
  const heard = listens().setUpstream(first); // called first: both are in flight when the other one is
  return after(slow(first), heard);
});
