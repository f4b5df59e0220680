/** The rules of what may be loaded late (scripts/lazy.mjs), on sources made up here. */
import { describe, expect, test } from "vitest";
import { membersOf, type SourceModule, valuesAcross } from "./lazy.mjs";

function sources(...modules: readonly (Partial<SourceModule> & { readonly path: string })[]) {
  const whole = { imports: new Map(), exports: new Map(), knowsItsPlace: false, importsLater: [] };
  return new Map(modules.map((module) => [module.path, { ...whole, ...module }]));
}

describe("a part", () => {
  const modules = sources({ path: "src/a/one.ts" }, { path: "src/a/two.ts" }, { path: "src/b.ts" });

  test("takes in a folder, but for what is left out", () => {
    expect([...membersOf({ late: ["a/", "!a/two.ts"] }, modules)]).toEqual([["src/a/one.ts", "late"]]);
  });

  test("names only files that are there", () => {
    expect(() => membersOf({ late: ["a/", "renamed.ts"] }, modules)).toThrow("no file of src/ is at renamed.ts");
  });
});

describe("what crosses the border of a part", () => {
  const exports = new Map([
    ["call", ["a0"]],
    ["TABLE", undefined],
  ]);
  const late = { path: "src/late.ts", exports };
  const user = (name: string) => ({ path: "src/user.ts", imports: new Map([["src/late.ts", new Set([name])]]) });
  const partOf = new Map([["src/late.ts", "late"]]);

  test("is known by file and name", () => {
    expect(valuesAcross(sources(late, user("call")), partOf)).toEqual(new Map([["src/late.ts", new Set(["call"])]]));
  });

  test("is a function: nothing else can wait for its first use", () => {
    expect(() => valuesAcross(sources(late, user("TABLE")), partOf)).toThrow("src/user.ts imports 'TABLE'");
  });

  test("comes from modules that do not ask where they stand", () => {
    expect(() => valuesAcross(sources({ ...late, knowsItsPlace: true }), partOf)).toThrow("uses import.meta");
    expect(() => valuesAcross(sources({ ...late, importsLater: ["src/x.ts"] }), partOf)).toThrow("import()");
  });
});
