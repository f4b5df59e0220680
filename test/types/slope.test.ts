/**
 * What a step costs the compiler, in instantiations. Totals hold the noise of libraries and of our own sources, so a
 * program without steps is taken off.
 */
import { afterAll, describe, expect, test } from "vitest";
import { compilerWork } from "../support/compiler-work.ts";

const STEPS_FEW = 200;
const STEPS_MANY = 1_000;
const TOTAL_MAX = 10_000;
const PER_STEP_MAX = 80;

const work = compilerWork("slope");
afterAll(() => work[Symbol.dispose]());

const slopeOf = (shape: string) => (work.of(shape, STEPS_MANY) - work.of(shape, STEPS_FEW)) / (STEPS_MANY - STEPS_FEW);

describe("the compiler's work", () => {
  test.each(["plain", "async, with interfaces"])("for 200 steps, %s, stays small", (shape) => {
    expect(work.of(shape, STEPS_FEW)).toBeGreaterThan(0);
    expect(work.of(shape, STEPS_FEW)).toBeLessThanOrEqual(TOTAL_MAX);
  });

  test.each(work.shapes)("for one more step, %s, is bounded", (shape) => {
    expect(slopeOf(shape)).toBeLessThanOrEqual(PER_STEP_MAX);
  });
});
