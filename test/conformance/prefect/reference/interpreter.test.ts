/** Three answers to one case: what was observed, what the rules say, what the engine does. */
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Case, type Observation, readList } from "../case-format.ts";
import { differencesOf, lineOf } from "../compare.ts";
import { observe } from "../observe.ts";
import { randomCases } from "../random-cases.ts";
import { interpret } from "./interpreter.ts";
import { OURS, PREFECT } from "./rules.ts";

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const cases = readList<Case>(pathOf("cases.json"));
const observed = new Map(readList<Observation>(pathOf("observed.json")).map((one) => [one.id, one]));

const linesOf = (expected: Observation, actual: Observation) => differencesOf(expected, actual).map(lineOf);

describe("the reference interpreter", () => {
  test("answers every case as Prefect 1.x did, when it goes by Prefect's rules", () => {
    const differing = cases.flatMap((given) => {
      const expected = observed.get(given.id);
      return expected === undefined ? [given.id] : linesOf(expected, interpret(given, PREFECT));
    });

    expect(differing).toEqual([]);
  });
});

describe("the engine", () => {
  test("answers random cases as the reference does by our rules", async () => {
    const agree = fc.asyncProperty(randomCases, async (given) => {
      expect(linesOf(interpret(given, OURS), await observe(given))).toEqual([]);
    });

    await fc.assert(agree, { numRuns: 500 });
  });
});
