/**
 * "What differs on purpose" in docs/guide/from-python.md and the deviations that the conformance suite lets pass say the
 * same: a difference that the cases show has its row, and a row without one is here with the reason.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rowsUnder } from "./cli-page.ts";
import { ROOT } from "./reader.ts";

const textOf = (...path: string[]) => readFileSync(join(ROOT, ...path), "utf8");

const ROWS = rowsUnder(textOf("docs", "guide", "from-python.md"), "What differs on purpose").map(([first]) => first);
const DEVIATIONS = JSON.parse(textOf("test", "conformance", "prefect", "deviations.json")) as readonly {
  readonly row?: string;
}[];

/** Rows that no case of the suite can show. */
const SAID_THERE = "cases say which of the two they mean";
const AROUND_THE_RUN = "about what is around a run; cases hold what happens in one";
const NOT_IN_CASES: Readonly<Record<string, string>> = {
  "`run()` follows the schedule": AROUND_THE_RUN,
  "the exit code is 0 after a failure": AROUND_THE_RUN,
  "constants and parameters count as upstreams of a trigger": "a parameter that is used is a task in the cases",
  "the cache looks neither at inputs nor at code, and mapped children share one entry": SAID_THERE,
  "retries wait until the others are through; the delay is fixed": "cases have no time in them",
  "a cycle is found while running": "it is refused in either, and cases compare that it is",
  "`1.0` in `some_failed` is a count of one": SAID_THERE,
  "`merge` takes `task_10` before `task_2`": "no case merges ten tasks",
  "lists of different lengths are cut to the shortest": SAID_THERE,
  "an index into a result is a task of its own": "cases look at the tasks their author named",
  "a task with `skip_on_upstream_skip=False` runs in a `case` that was not taken":
    "a case is a task that skips itself there",
  "a search for the next date gives up after 1,000 or 10,000 candidates": "schedules of the suite end before",
  "dates that passed while nobody looked are not made up": AROUND_THE_RUN,
  "a timeout changes where the code runs, and may not stop it": AROUND_THE_RUN,
  "Ctrl-C loses everything": AROUND_THE_RUN,
};

test("every deviation of the conformance suite names its row", () => {
  expect(DEVIATIONS.filter(({ row }) => row === undefined || !ROWS.includes(row))).toEqual([]);
});

test("every row is there for a deviation, or because no case can show it", () => {
  const shown = new Set(DEVIATIONS.map(({ row }) => row));

  expect(ROWS.filter((row = "") => shown.has(row) === row in NOT_IN_CASES)).toEqual([]);
  expect(Object.keys(NOT_IN_CASES).filter((row) => !ROWS.includes(row))).toEqual([]);
});
