/** Told to stop, one body ends its work and the other goes on as if nothing were; a third comes after both. */
import { context, flow, inline, task } from "caudal";
import { note } from "./journal.mjs";

const works = task("works", () => {
  const { signal } = context();
  note("in flight", "works");
  return new Promise((resolve) => signal.addEventListener("abort", () => setImmediate(resolve, "worked")));
});
const stays = task("stays", () => {
  const { recovered, attempt } = context();
  note("in flight", "stays");
  if (attempt > 1) return { recovered, attempt };
  return new Promise((resolve) => setTimeout(resolve, 60_000));
});
const last = task("last", (a, b) => [a, b]);

export const main = flow("drains", () => last(works(), stays()));
export const settings = { executor: inline({ grace: process.env["GRACE"] ?? "600ms" }) };
