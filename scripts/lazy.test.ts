/** The rules of what may be loaded late (scripts/lazy.mjs), on sources made up here. */
import { describe, expect, test } from "vitest";
import { checkOutside, membersOf, type SourceModule, valuesAcross } from "./lazy.mjs";

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

describe("what a part needs of the outside", () => {
  const imports = (...files: readonly string[]) => new Map(files.map((file) => [file, new Set<string>()]));
  const start = { path: "src/start.ts", imports: imports("src/late-a.ts") };
  const a = { path: "src/late-a.ts", imports: imports("src/base.ts") };
  const b = { path: "src/late-b.ts", imports: imports("src/store.ts") };
  const rest = [{ path: "src/base.ts" }, { path: "src/store.ts" }];
  const oneWith = (of: string) =>
    new Map([
      ["src/late-a.ts", "late"],
      ["src/late-b.ts", of],
    ]);

  test("has run where the part can be asked for", () => {
    expect(() => checkOutside(sources(start, a, b, ...rest), oneWith("other"), ["src/start.ts"])).not.toThrow();
    expect(() =>
      checkOutside(sources(start, a, b, ...rest), oneWith("late"), ["src/start.ts", "src/store.ts"]),
    ).not.toThrow();
  });

  test("is refused where a module beside the one that is called needs more", () => {
    expect(() => checkOutside(sources(start, a, b, ...rest), oneWith("late"), ["src/start.ts"])).toThrow(
      "src/late-b.ts of part 'late' needs src/store.ts",
    );
  });

  test("is that of the parts, too, that it may ask for", () => {
    const asks = { ...a, imports: imports("src/base.ts", "src/late-b.ts") };
    const refusal = () =>
      checkOutside(sources(start, asks, { ...b, imports: imports("src/store.ts") }, ...rest), oneWith("other"), [
        "src/start.ts",
      ]);
    expect(refusal).not.toThrow(); // the stub of b has its imports run before
  });
});
