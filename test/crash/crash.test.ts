/** A share of the matrix that fits into every change: `npm run crash` has all of it. */
import { beforeAll, describe, expect, test } from "vitest";
import { buildPackage } from "../examples/workspace.ts";
import { type Kind, runMatrix } from "./matrix.ts";
import { summary, Table } from "./table.ts";

beforeAll(buildPackage);

/** The same places every time: a failure can be had again by its name, with `--only`. */
async function share(kinds: readonly Kind[], points: number, random = false) {
  const table = new Table();
  const options = { kinds, random, points, seed: 1, only: undefined, atOnce: 2 };
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
  test("at a transaction (C1), at a body (C3) or in its recovery (C4) leaves a run that goes on as if nothing had been", async () => {
    const { violations, kills, idle } = await share(["C1", "C3", "C4"], 75);

    expect(violations).toEqual([]);
    expect(idle).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(75);
  }, 170_000);

  test("within the writing of a result that is a file (C2) leaves a run that goes on, and nothing that stays", async () => {
    const { violations, kills } = await share(["C2"], 10);

    expect(violations).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(10);
  }, 170_000);

  test("at a random time, as others on the same store are (C7), leaves whole runs", async () => {
    const { violations, kills } = await share([], 30, true);

    expect(violations).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(30);
  }, 170_000);
});
