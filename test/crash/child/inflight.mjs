/** Twenty bodies at once, which never end in the first process. */
import { context, flow, task } from "caudal";
import { note } from "./journal.mjs";

const numbers = task("numbers", () => Array.from({ length: 20 }, (_, i) => i));
const wait = task("wait", (n) => {
  if (context().recovered) return n;
  note("in flight", n);
  return new Promise((resolve) => setTimeout(resolve, 60_000));
});

export const main = flow("inflight", () => wait.map(numbers()));
