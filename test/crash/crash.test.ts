/**
 * A share of the matrix that fits into every change: `npm run crash` has all of it. A slow machine plays fewer points of
 * it, never none, and is in no hurry.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { buildPackage } from "../examples/workspace.ts";
import { type Kind, type MatrixOptions, runMatrix } from "./matrix.ts";
import { summary, Table } from "./table.ts";

const BUDGET_MS = 60_000;
const PATIENCE_MS = 900_000;

beforeAll(buildPackage);

/** The same places every time: a failure can be had again by its name, with `--only`. */
async function share(kinds: readonly Kind[], points: number, more: Partial<MatrixOptions> = {}) {
  const table = new Table();
  const options = { kinds, random: false, points, seed: 1, only: undefined, atOnce: 2, budgetMs: BUDGET_MS, ...more };
  await runMatrix(options, table, () => undefined);
  console.log(`\n${table.text()}\n${summary(table)}`);
  return {
    violations: table.violations,
    kills: table.sum("kills"),
    /** Parts in which nothing died: they would prove nothing. */
    idle: table.rows.filter((row) => row.kills === 0).map(({ kind, flow }) => `${kind} ${flow}`),
  };
}

describe("R08 a process killed by SIGKILL", () => {
  test.each([
    ["at a transaction (C1)", "C1", 25],
    ["at a body (C3)", "C3", 25],
    ["in its recovery (C4)", "C4", 25],
  ] as const)(
    "%s leaves a run that goes on as if nothing had been",
    async (_where, kind, points) => {
      const { violations, kills, idle } = await share([kind], points);

      expect(violations).toEqual([]);
      expect(idle).toEqual([]);
      expect(kills).toBeGreaterThanOrEqual(5); // one of each flow at least
    },
    PATIENCE_MS,
  );

  test(
    "within the writing of a result that is a file (C2) leaves a run that goes on, and nothing that stays",
    async () => {
      const { violations, kills } = await share(["C2"], 10);

      expect(violations).toEqual([]);
      expect(kills).toBeGreaterThanOrEqual(1);
    },
    PATIENCE_MS,
  );

  test(
    "at a random time, as others on the same store are (C7), leaves whole runs",
    async () => {
      const { violations, kills } = await share([], 30, { random: true });

      expect(violations).toEqual([]);
      expect(kills).toBeGreaterThanOrEqual(30);
    },
    PATIENCE_MS,
  );
});
