/**
 * What a step costs the compiler, in instantiations: generated programs, compiled by the TypeScript of this checkout.
 * Totals hold the noise of libraries and of our own sources, so a program without steps is taken off.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, ".cache", `slope-${process.pid}`);
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

const STEPS_FEW = 200;
const STEPS_MANY = 1_000;
const TOTAL_MAX = 10_000;
const PER_STEP_MAX = 80;

interface Shape {
  /** Declares step `i`. */
  readonly declare: (i: number) => string;
  /** Calls step `i` on the ref `before`. */
  readonly call: (i: number, before: string) => string;
  readonly start: string;
}

const plain: Shape = {
  declare: (i) => `const t${i} = task("t${i}", (x: number) => x + ${i});`,
  call: (i, before) => `t${i}(${before})`,
  start: "1",
};
const asynchronous: Shape = {
  declare: (i) => `interface I${i} { a: number; b: string; c: boolean; d: number[]; e: string | null }
const t${i} = task("t${i}", async (x: I${Math.max(0, i - 1)}): Promise<I${i}> => x);`,
  call: (i, before) => `t${i}(${before})`,
  start: `{ a: 1, b: "", c: true, d: [], e: null }`,
};
const mapped: Shape = { ...plain, call: (i, before) => `t${i}.map(${before})`, start: "[1, 2]" };
const member: Shape = {
  declare: (i) => `const t${i} = task("t${i}", (x: number) => ({ k${i}: x }));`,
  call: (i, before) => `t${i}(${before})${i === -1 ? "" : `.get("k${i}")`}`,
  start: "1",
};
const literal: Shape = {
  declare: (i) => `const t${i} = task("t${i}", (x: { v${i}: number; w: string }) => x.v${i});`,
  call: (i, before) => `t${i}({ v${i}: ${before}, w: "w" })`,
  start: "1",
};

function program(shape: Shape, steps: number): string {
  const lines = [`import { flow, task } from "caudal";`];
  for (let i = 0; i < steps; i++) lines.push(shape.declare(i));
  lines.push(`export const generated = flow("generated", () => {`, `  const r0 = ${shape.start};`);
  for (let i = 0; i < steps; i++) lines.push(`  const r${i + 1} = ${shape.call(i, `r${i}`)};`);
  lines.push(`  return r${steps};`, "});", `export const from = task("from", (x: number) => x);`);
  return lines.join("\n");
}

/** Compiles it, and reads how many types the compiler made from generic ones. */
function instantiations(name: string, source: string): number {
  writeFileSync(join(folder, `${name}.ts`), source);
  writeFileSync(
    join(folder, `${name}.json`),
    JSON.stringify({
      extends: "../../tsconfig.json",
      compilerOptions: { declaration: false },
      include: [],
      files: [`./${name}.ts`],
    }),
  );
  const { stdout } = spawnSync(
    process.execPath,
    [compiler, "-p", join(folder, `${name}.json`), "--noEmit", "--extendedDiagnostics", "--pretty", "false"],
    { encoding: "utf8" },
  );
  const own = stdout.split("\n").filter((line) => line.includes(`${name}.ts(`));
  expect(own, "the generated program compiles").toEqual([]);
  const count = /^Instantiations:\s+(\d+)/m.exec(stdout)?.[1];
  return Number(count);
}

let empty = 0;
beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  empty = instantiations("empty", program(plain, 0));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the compiler's work for one step", () => {
  test.each([
    ["plain", plain],
    ["async, with interfaces", asynchronous],
  ] as const)("%s: 200 steps and the slope", (name, shape) => {
    const file = name.replaceAll(/\W/g, "");
    const few = instantiations(`${file}-few`, program(shape, STEPS_FEW));
    const many = instantiations(`${file}-many`, program(shape, STEPS_MANY));

    console.log(
      `${name}: ${few - empty} at ${STEPS_FEW}, ${((many - few) / (STEPS_MANY - STEPS_FEW)).toFixed(1)} per step`,
    );
    expect(few - empty).toBeLessThanOrEqual(TOTAL_MAX);
    expect((many - few) / (STEPS_MANY - STEPS_FEW)).toBeLessThanOrEqual(PER_STEP_MAX);
  });

  test.each([
    ["mapped", mapped],
    ["get", member],
    ["object literal", literal],
  ] as const)("%s: the slope", (name, shape) => {
    const file = name.replaceAll(/\W/g, "");
    const few = instantiations(`${file}-few`, program(shape, STEPS_FEW));
    const many = instantiations(`${file}-many`, program(shape, STEPS_MANY));

    console.log(
      `${name}: ${few - empty} at ${STEPS_FEW}, ${((many - few) / (STEPS_MANY - STEPS_FEW)).toFixed(1)} per step`,
    );
    expect((many - few) / (STEPS_MANY - STEPS_FEW)).toBeLessThanOrEqual(PER_STEP_MAX);
  });
});
