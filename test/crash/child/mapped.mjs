/** Eight elements, each through two tasks of its own and a small flow with a branch in it. */
import { branch, flow, mapEach, task } from "caudal";
import { told } from "./journal.mjs";

const numbers = task("numbers", () => [1, 2, 3, 4, 5, 6, 7, 8]);
const double = task("double", async (n) => {
  await new Promise((resolve) => setTimeout(resolve, n % 3));
  return n * 2;
});
const half = task("half", (n) => n / 2);
const size = task("size", (n) => (n > 8 ? "large" : "small"));
const shrink = task("shrink", (n) => n - 8);
const keep = task("keep", (n) => n);
const sum = task("sum", (list) => list.reduce((a, b) => a + b, 0));

export const main = flow({ name: "mapped", taskDefaults: { onStateChange: told } }, () => {
  const doubled = double.map(numbers());
  const each = mapEach(doubled, (n) => branch(size(n), { large: () => shrink(n), small: () => keep(n) }));
  return sum(half.map(each));
});
