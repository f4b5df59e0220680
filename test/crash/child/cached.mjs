/** Two tasks and two runs that share a cache entry: it is computed once. */
import { flow, task } from "caudal";
import { told } from "./journal.mjs";

const answer = task({ name: "answer", cacheFor: "1d", cacheKey: "the answer", cacheVersion: "1" }, async (n) => {
  await new Promise((resolve) => setTimeout(resolve, 3));
  return n * 6;
});
const add = task("add", (a, b) => a + b);
const aged = task({ name: "aged", cacheFor: "1d", cacheBy: "nothing" }, () => ({ rows: [1, 2, 3] }));
const count = task("count", ({ rows }) => rows.length);

/** The second begins when the first has ended. */
export const keys = ["first", "second"];
export const main = flow({ name: "cached", taskDefaults: { onStateChange: told } }, () => {
  const both = add(answer(7), answer(7).setUpstream(count(aged())));
  return both;
});
