/** The simulator in the test run: a share of the gate, the seeds that once failed, and that it is what it says it is. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { drawScenario } from "./draw-scenario.ts";
import { FEATURES } from "./features.ts";
import { MUTANTS } from "./mutants.ts";

function sim(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/run-ts.mjs", "sim/main.ts", ...words], {
    encoding: "utf8",
  });
  return { status, text: stdout + stderr };
}

/** A process of its own each, on a machine that may be busy. */
const TIMEOUT_MS = 240_000;

describe("the simulator", { timeout: TIMEOUT_MS }, () => {
  test("finds nothing in the seeds of the day", () => {
    const { status, text } = sim("--runs", "600");

    expect(text).toContain("nothing found");
    expect(status).toBe(0);
  });

  test("finds nothing any more in the seeds that once failed", () => {
    const { status, text } = sim("--regressions");

    expect(text).toMatch(/^[1-9]\d* seeds that once failed, 0 fail$/m);
    expect(status).toBe(0);
  });

  test("finds a planted bug, makes the world small and tells the story", () => {
    const { status, text } = sim("--mutants", "M04", "M22", "--seconds", "40", "--trials", "1");

    expect(text).toContain("2 of 2 found");
    expect(status).toBe(0);
  });

  test("plays a seed the same way twice", () => {
    const unseed = () => /unseed ([0-9a-f]{8})/.exec(sim("--seed", "7").text)?.[1];

    expect(unseed()).toMatch(/^[0-9a-f]{8}$/);
    expect(unseed()).toBe(unseed());
  });

  test("says what it does not know", () => {
    expect(sim("--features", "magic")).toMatchObject({ status: 2 });
  });
});

describe("every planted bug", () => {
  test("finds the text that it changes, once", () => {
    const texts = MUTANTS.flatMap(({ id, changes }) => changes.map((change) => ({ id, ...change })));
    const idle = texts.filter(({ file, find }) => readFileSync(file, "utf8").split(find).length !== 2);

    expect(idle.map(({ id, file, find }) => `${id}: ${file} has not once: ${find}`)).toEqual([]);
  });
});

describe("a scenario", () => {
  test("is the same for the same seed, and plain data", () => {
    const scenario = drawScenario(11);

    expect(drawScenario(11)).toEqual(scenario);
    expect(JSON.parse(JSON.stringify(scenario))).toEqual(JSON.parse(JSON.stringify(scenario)));
    expect(scenario.features.every((name) => FEATURES.includes(name))).toBe(true);
  });
});
