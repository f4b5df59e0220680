/** What a flow costs the compiler, in instantiations: generated programs, compiled by the TypeScript of this checkout. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMPILER = join(ROOT, "node_modules", "typescript", "bin", "tsc");

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

/** Kinds of steps, by the name they are reported with. */
const SHAPES: Readonly<Record<string, Shape>> = {
  plain,
  "async, with interfaces": {
    declare: (i) => `interface I${i} { a: number; b: string; c: boolean; d: number[]; e: string | null }
const t${i} = task("t${i}", async (x: I${Math.max(0, i - 1)}): Promise<I${i}> => x);`,
    call: (i, before) => `t${i}(${before})`,
    start: `{ a: 1, b: "", c: true, d: [], e: null }`,
  },
  mapped: { ...plain, call: (i, before) => `t${i}.map(${before})`, start: "[1, 2]" },
  get: {
    declare: (i) => `const t${i} = task("t${i}", (x: number) => ({ k${i}: x }));`,
    call: (i, before) => `t${i}(${before}).get("k${i}")`,
    start: "1",
  },
  "object literal": {
    declare: (i) => `const t${i} = task("t${i}", (x: { v${i}: number; w: string }) => x.v${i});`,
    call: (i, before) => `t${i}({ v${i}: ${before}, w: "w" })`,
    start: "1",
  },
};

function program(shape: Shape, steps: number): string {
  const lines = [`import { flow, task } from "caudal";`];
  for (let i = 0; i < steps; i++) lines.push(shape.declare(i));
  lines.push(`export const generated = flow("generated", () => {`, `  const r0 = ${shape.start};`);
  for (let i = 0; i < steps; i++) lines.push(`  const r${i + 1} = ${shape.call(i, `r${i}`)};`);
  lines.push(`  return r${steps};`, "});", `export const from = task("from", (x: number) => x);`);
  return lines.join("\n");
}

/** Compiles it, and reads how many types the compiler made from generic ones. Throws where it does not compile. */
function instantiations(folder: string, name: string, source: string): number {
  writeFileSync(join(folder, `${name}.ts`), source);
  const settings = {
    extends: "../../tsconfig.json",
    compilerOptions: { declaration: false },
    include: [],
    files: [`./${name}.ts`],
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(settings));
  const { stdout } = spawnSync(
    process.execPath,
    [COMPILER, "-p", join(folder, `${name}.json`), "--noEmit", "--extendedDiagnostics", "--pretty", "false"],
    { encoding: "utf8" },
  );
  const complaints = stdout.split("\n").filter((line) => line.includes(`${name}.ts(`));
  if (complaints.length > 0) throw new Error(`the generated program does not compile:\n${complaints.join("\n")}`);
  return Number(/^Instantiations:\s+(\d+)/m.exec(stdout)?.[1]);
}

export interface CompilerWork extends Disposable {
  readonly shapes: readonly string[];
  /** Instantiations for this many steps of a kind, without what a program of none needs (libraries, our own sources). */
  of(shape: string, steps: number): number;
}

/** Compiles in a folder of its own, which is removed when it is disposed of. Each program is compiled once. */
export function compilerWork(name: string): CompilerWork {
  const folder = join(ROOT, ".cache", `${name}-${process.pid}`);
  const known = new Map<string, number>();
  mkdirSync(folder, { recursive: true });
  const total = (shape: string, steps: number): number => {
    const key = `${shape}-${steps}`.replaceAll(/\W/g, "");
    const count = known.get(key) ?? instantiations(folder, key, program(SHAPES[shape]!, steps));
    known.set(key, count);
    return count;
  };
  return {
    shapes: Object.keys(SHAPES),
    of: (shape, steps) => total(shape, steps) - total("plain", 0),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
