/** Results that are files of their own: a task's, a mapped task's, a cached one's, one that two tasks share, the run's. */
import { flow, task } from "caudal";
import { told } from "./journal.mjs";

/** The same text every time: 100,000 characters that do not shrink to nothing. */
const text = (seed) => {
  let n = seed;
  let made = "";
  while (made.length < 100_000) made += (n = (n * 48_271) % 2_147_483_647).toString(36);
  return made.slice(0, 100_000);
};
const page = task("page", () => text(1));
const copy = task("copy", (read) => `${read}`);
const chapters = task("chapters", () => [2, 3, 4]);
const chapter = task("chapter", (n) => text(n));
const known = task({ name: "known", cacheFor: "1d", cacheVersion: "1" }, () => text(5));
const book = task("book", (...parts) => parts.flat().join(""));

export const main = flow({ name: "large", taskDefaults: { onStateChange: told } }, () =>
  book(copy(page()), chapter.map(chapters()), known()),
);
