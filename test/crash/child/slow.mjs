/** Bodies that work for longer than a lease lasts; one of them, in the first process, until it is told to stop. */
import { context, flow, task } from "caudal";
import { note } from "./journal.mjs";

const before = task("before", () => 1);
const slow = task("slow", (n) => {
  const { fence } = context();
  note("in flight", fence);
  return new Promise((resolve) => setTimeout(() => resolve(n + fence), 400));
});
const listens = task("listens", () => {
  const { signal, fence } = context();
  if (fence > 1) return "listened";
  return new Promise((resolve, reject) => {
    const stays = setTimeout(() => resolve("nobody told me"), 4_000);
    signal.addEventListener("abort", () => {
      clearTimeout(stays);
      note("aborted", fence);
      reject(signal.reason);
    });
  });
});
const after = task("after", (n, how) => [n * 10, how]);

export const main = flow("slow", () => {
  const first = before();
  return after(slow(first), listens().setUpstream(first));
});
