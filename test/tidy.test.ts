/**
 * What the compiler and the linter do not check: which folder may import which, what pure code must not
 * touch, how files are named and how long they get. The tables are the architecture (ARCHITECTURE.md).
 */
import { describe, expect, test } from "vitest";
import { ERRORS } from "../src/base/error-sentences.ts";
import "../src/base/server-errors.ts";
import "../src/base/task-errors.ts";
import packageJson from "../package.json" with { type: "json" };
import { filesBelow, type SourceFile, type SyntaxNode, sourceFiles, textOf, within } from "./support/source-file.ts";

/** Folders of src/, from the inside out. A folder imports from itself and from every row above its own. */
const ROWS: readonly (readonly string[])[] = [
  ["base"],
  ["state", "graph", "schedule"],
  ["engine", "render"],
  ["ports"],
  ["runtime", "executor", "store"],
  ["flow"],
  ["tasks"],
  ["notify"],
  ["server", "testing"],
  ["cli"],
];

/** Imports along or against the rows, each with its reason. `from` is a folder or a file of src/. */
const ALSO: readonly { readonly from: string; readonly to: string; readonly because: string }[] = [
  { from: "runtime/own-run.ts", to: "executor/inline.ts", because: "the default of a run that names no executor" },
  { from: "runtime/run.ts", to: "executor/inline.ts", because: "the type of what a run may name instead" },
  { from: "runtime/kept/default-store.ts", to: "store/memory.ts", because: "the store where nothing is to be kept" },
  { from: "runtime/kept/default-store.ts", to: "store/sqlite", because: "the default of a run that names no store" },
  {
    from: "runtime/report/console-capture.ts",
    to: "executor/context.ts",
    because: "a print belongs to the attempt it ran in",
  },
  {
    from: "runtime/report/handler-lines.ts",
    to: "executor",
    because: "what a handler prints is kept as what a body prints",
  },
  {
    from: "runtime/body/stray-errors.ts",
    to: "executor/context.ts",
    because: "an error nobody caught belongs to the attempt it came from",
  },
];

/** The files of src/ that people can reach (package.json `exports` and `bin`): only they export again. */
const DOORS = [
  "index",
  "sqlite",
  "server",
  "testing",
  "notify",
  "cli",
  "cli/load-hooks",
  "cli/rehearse",
  "tasks/sqlite",
  "tasks/http",
  "tasks/shell",
].map((name) => `src/${name}.ts`);

/** Plain data in, plain data out: these read no clock, no random source, no outside. */
const PURE = new Set(["base", "state", "graph", "schedule", "engine", "render"]);

/** Where a pure folder uses a package or waits for one, each with its reason. They too read no clock and no outside. */
const WITH_PACKAGE: Readonly<Record<string, string>> = {
  "src/render/layout.ts": "Graphviz in WebAssembly, loaded with the first drawing; the same picture for the same graph",
  "src/render/pdf.ts": "pdfkit, loaded with the first PDF; the same bytes for the same drawing",
  "src/render/png.ts": "resvg, loaded with the first PNG",
  "src/render/draw.ts": "waits for the writers above",
  "src/schedule/cron.ts": "croner supplies the candidates; which instant they mean is our rule",
};

const OUTSIDE_NAMES = new Set([
  ...["process", "performance", "crypto", "fetch", "globalThis", "console"],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask"],
]);
const OUTSIDE_CALLS = new Set(["Date.now", "Math.random"]);

const LINES_MAX = 500;
/** Longer than that, each with its reason. */
const LONGER: Readonly<Record<string, string>> = {};
const FUNCTION_LINES_MAX = 70;

const SRC = sourceFiles("src");
const CODE = SRC.filter(({ path }) => !path.endsWith(".test.ts"));
const PAGE = sourceFiles("ui/src").filter(({ path }) => !path.endsWith(".test.ts"));
const EVERY_TS = ["src", "ui", "sim", "test", "bench", "examples"].flatMap(sourceFiles);

const folderOf = (path: string) => path.split("/")[1] ?? "";
const rowOf = (path: string) => ROWS.findIndex((row) => row.includes(folderOf(path)));
/** The door of the page, which is a client of the HTTP contract and of nothing else; only types go through it. */
const CONTRACT = "src/server/contract.ts";
const isDoor = (path: string) => DOORS.includes(path);
const nodesOf = (file: SourceFile, type: string) => file.nodes.filter((node) => node.type === type);
const at = (file: SourceFile, node: SyntaxNode, what: string) => `${file.path}:${file.lineOf(node)} ${what}`;

describe("imports", () => {
  test("point inward only", () => {
    expect(CODE.filter(({ path }) => path.split("/").length > 2).flatMap(outwardImports)).toEqual([]);
  });

  test("the folders of src/ all have a row", () => {
    const folders = new Set(SRC.filter(({ path }) => path.split("/").length > 2).map(({ path }) => folderOf(path)));

    expect([...folders].filter((folder) => !ROWS.flat().includes(folder))).toEqual([]);
  });

  test("beside the rows are all still made, so that no exception outlives its reason", () => {
    const made = CODE.flatMap((file) => file.imports.map(({ file: target }) => [file.path, target ?? ""] as const));
    const unused = ALSO.filter((rule) => !made.some(([from, to]) => covers(rule.from, from) && covers(rule.to, to)));

    expect(unused).toEqual([]);
    expect(Object.keys(WITH_PACKAGE).filter((path) => !CODE.some((file) => file.path === path))).toEqual([]);
  });

  test("adapters know nothing of each other", () => {
    expect(CODE.flatMap(importsOfSiblings)).toEqual([]);
  });

  test("of pure code name no package and nothing of Node", () => {
    expect(CODE.filter(isPureWithoutPackage).flatMap(packageImports)).toEqual([]);
  });
});

function outwardImports(file: SourceFile): readonly string[] {
  return file.imports.flatMap(({ file: target }) => {
    if (target === undefined || !target.startsWith("src/") || folderOf(target) === folderOf(file.path)) return [];
    const inward = rowOf(target) >= 0 && rowOf(target) < rowOf(file.path);
    return inward || isAllowedAlso(file.path, target) ? [] : [`${file.path} imports ${target}`];
  });
}

const covers = (rule: string, path: string) => path === `src/${rule}` || path.startsWith(`src/${rule}/`);

function isAllowedAlso(from: string, to: string): boolean {
  return ALSO.some((rule) => covers(rule.from, from) && covers(rule.to, to));
}

/** `src/store/sqlite/…` must not import `src/store/memory…`, nor `tasks/http` `tasks/sqlite`: what two share lies beside them. */
function importsOfSiblings(file: SourceFile): readonly string[] {
  const adapterOf = (path: string) => /^src\/(store|executor|tasks)\/(\w[\w-]*)\//.exec(path)?.slice(1).join("/");
  const own = adapterOf(file.path);
  return file.imports
    .filter(({ file: target }) => own !== undefined && target !== undefined && (adapterOf(target) ?? own) !== own)
    .map(({ specifier }) => `${file.path} imports ${specifier}`);
}

function isPure(file: SourceFile): boolean {
  return PURE.has(folderOf(file.path));
}

function isPureWithoutPackage(file: SourceFile): boolean {
  return isPure(file) && !(file.path in WITH_PACKAGE);
}

function packageImports(file: SourceFile): readonly string[] {
  return file.imports
    .filter((entry) => entry.file === undefined && !entry.typeOnly)
    .map(({ specifier }) => `${file.path} imports ${specifier}`);
}

describe("the page", () => {
  test("imports types of the contract, and nothing else of ours", () => {
    const others = PAGE.flatMap((file) =>
      file.imports
        .filter(({ file: target }) => target !== undefined && !target.startsWith("ui/src/"))
        .filter(({ file: target, typeOnly }) => target !== CONTRACT || !typeOnly)
        .map(({ specifier }) => `${file.path} imports ${specifier}`),
    );

    expect(others).toEqual([]);
  });

  test("imports nothing of Node", () => {
    const nodes = PAGE.flatMap((file) =>
      file.imports.filter(({ specifier }) => specifier.startsWith("node:")).map(() => file.path),
    );

    expect(nodes).toEqual([]);
  });

  test("draws in parts what only routes fetch", () => {
    const drawing = PAGE.filter(({ path }) => /^ui\/src\/(parts|graph)\//.test(path));
    const fetching = drawing.flatMap((file) =>
      file.imports
        .filter(({ specifier, typeOnly }) => !typeOnly && /api\/(client|resources|use-snapshot)/.test(specifier))
        .map(({ specifier }) => `${file.path} imports ${specifier}`),
    );

    expect(fetching).toEqual([]);
  });
});

describe("pure folders", () => {
  test("read no clock, no random source, no outside", () => {
    expect(CODE.filter(isPure).flatMap(outsideNames)).toEqual([]);
  });

  test("are not async", () => {
    expect(CODE.filter(isPureWithoutPackage).flatMap(asyncParts)).toEqual([]);
  });

  test("src/ports holds types only", () => {
    expect(CODE.filter(({ path }) => folderOf(path) === "ports").flatMap(runtimeParts)).toEqual([]);
  });
});

function outsideNames(file: SourceFile): readonly string[] {
  const properties = new Set(
    nodesOf(file, "MemberExpression").map((node) => (node.computed ? undefined : node.property)),
  );
  const keys = new Set(file.nodes.map((node) => (node.computed ? undefined : node.key)));
  const names = nodesOf(file, "Identifier").filter((node) => !properties.has(node) && !keys.has(node));
  const calls = nodesOf(file, "MemberExpression").filter((node) => OUTSIDE_CALLS.has(dotted(node)));
  const now = nodesOf(file, "NewExpression").filter(
    (node) => nameOf(node.callee) === "Date" && isEmpty(node.arguments),
  );
  return [
    ...names.filter((node) => OUTSIDE_NAMES.has(nameOf(node))).map((node) => at(file, node, nameOf(node))),
    ...calls.map((node) => at(file, node, dotted(node))),
    ...now.map((node) => at(file, node, "new Date() is the current time")),
  ];
}

function asyncParts(file: SourceFile): readonly string[] {
  const parts = file.nodes.filter(
    (node) => node.async === true || node.type === "AwaitExpression" || node.type === "ImportExpression",
  );
  return parts.map((node) => at(file, node, node.type));
}

function runtimeParts(file: SourceFile): readonly string[] {
  const isType = (node: SyntaxNode) =>
    node.type.startsWith("TS") || node.importKind === "type" || node.exportKind === "type";
  const body = (nodesOf(file, "Program")[0]?.body ?? []) as readonly SyntaxNode[];
  return body.filter((node) => !isType(node)).map((node) => at(file, node, node.type));
}

const nameOf = (node: unknown) => String((node as { readonly name?: unknown }).name ?? "");
const isEmpty = (list: unknown) => Array.isArray(list) && list.length === 0;
const dotted = (node: SyntaxNode) => `${nameOf(node.object)}.${nameOf(node.property)}`;

describe("files", () => {
  test("are named by what they hold, in kebab-case", () => {
    const vague = /\/(utils?|helpers?|common|misc|shared|types|constants)\.tsx?$/;
    const kebab = /\/[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config|\.test-d|\.bench|\.e2e)?\.tsx?$/;

    expect(EVERY_TS.map(({ path }) => path).filter((path) => vague.test(path) || !kebab.test(path))).toEqual([]);
  });

  test(`have at most ${LINES_MAX} lines`, () => {
    const long = EVERY_TS.filter(({ path, lines }) => lines > LINES_MAX && LONGER[path] === undefined);

    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  test(`have functions of at most ${FUNCTION_LINES_MAX} lines`, () => {
    expect([...CODE, ...PAGE].flatMap(longFunctions)).toEqual([]);
  });

  test("have an index.ts only where package.json points", () => {
    const indexes = EVERY_TS.map(({ path }) => path).filter((path) => path.endsWith("/index.ts"));

    expect(indexes.filter((path) => path !== "src/index.ts")).toEqual([]);
  });

  test("export what others made only from doors", () => {
    const again = [...CODE, ...PAGE]
      .filter(({ path }) => !isDoor(path) && path !== CONTRACT)
      .flatMap((file) =>
        file.imports
          .filter((entry) => entry.again)
          .map(({ specifier }) => `${file.path} exports again from ${specifier}`),
      );

    expect(again).toEqual([]);
  });

  test("have no default export, enum, namespace or parameter property", () => {
    const wrong = new Set([
      "ExportDefaultDeclaration",
      "TSEnumDeclaration",
      "TSModuleDeclaration",
      "TSParameterProperty",
    ]);
    const found = EVERY_TS.flatMap((file) =>
      file.nodes.filter(({ type }) => wrong.has(type)).map((node) => at(file, node, node.type)),
    );

    expect(found).toEqual([]);
  });
});

function longFunctions(file: SourceFile): readonly string[] {
  const isFunction = ({ type }: SyntaxNode) =>
    /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type);
  const linesOf = (node: SyntaxNode) => {
    const last = within(node).at(-1);
    return last === undefined ? 0 : file.lineOf({ ...node, start: node.end }) - file.lineOf(node) + 1;
  };
  const long = file.nodes.filter((node) => isFunction(node) && linesOf(node) > FUNCTION_LINES_MAX);
  return long.map((node) => at(file, node, `${linesOf(node)} lines`));
}

describe("what every run goes through", () => {
  const FOLDERS = new Set(["engine", "executor", "runtime"]);
  /** Once in a process. */
  const RARE = new Set(["src/runtime/report/console-capture.ts"]);

  test("makes no function that V8 puts among the old objects at its birth, and with it all of its run", () => {
    const files = [...CODE.filter(({ path }) => FOLDERS.has(folderOf(path))), ...sourceFiles("sim")];

    expect(files.filter(({ path }) => !RARE.has(path)).flatMap(bornOld)).toEqual([]);
  });
});

/** Functions written where they are assigned to a property (`o.f = () => …`), and accessors written in an object. */
function bornOld(file: SourceFile): readonly string[] {
  const isFunction = (node: unknown) =>
    /^(FunctionExpression|ArrowFunctionExpression)$/.test((node as SyntaxNode).type);
  const assigned = nodesOf(file, "AssignmentExpression").filter(
    (node) => (node.left as SyntaxNode).type === "MemberExpression" && isFunction(node.right),
  );
  const accessors = nodesOf(file, "Property").filter(({ kind }) => kind === "get" || kind === "set");
  return [
    ...assigned.map((node) => at(file, node, "assign a variable that holds the function")),
    ...accessors.map((node) => at(file, node, "make it a function, or a class's")),
  ];
}

describe("deleting", () => {
  /** Folders it made itself, under names of its own. */
  const WHOLE_FOLDERS = new Set(
    ["copy-store.ts", "restore.ts", "salvage.ts"].map((name) => `src/store/sqlite/doctor/${name}`),
  );

  test("S27: takes whole folders away only where it made them", () => {
    const recursive = CODE.filter(({ path }) => /\brm(Sync)?\([^;]*recursive/.test(textOf(path))).map(
      ({ path }) => path,
    );

    expect(recursive.filter((path) => !WHOLE_FOLDERS.has(path))).toEqual([]);
  });
});

describe("doors", () => {
  test("of package.json are those this test and the build know", () => {
    const sources = Object.values(packageJson.exports)
      .filter((entry) => typeof entry !== "string")
      .map(({ default: built }) => built.replace("./dist/", "src/").replace(/\.js$/, ".ts"));

    expect(sources.filter((path) => !isDoor(path))).toEqual([]);
  });
});

describe("the repository", () => {
  test("names no machine's paths and no registry", () => {
    const forbidden = [
      /\/work\/(main|shared)/,
      /\/root\//,
      /\/home\/(?!ana\b)\w+\//,
      /registry\.npmjs/,
      /[A-Z]:\\Users\\/,
    ];
    const text = /\.(ts|mts|mjs|js|json|md|yml|txt|sh)$|^(\.ci\/run|LICENSE|\.npmrc)$/;
    const files = filesBelow(".").filter((path) => text.test(path) && path !== "test/tidy.test.ts");

    expect(files.filter((path) => forbidden.some((pattern) => pattern.test(textOf(path))))).toEqual([]);
  });

  test.skipIf(!filesBelow("docs").includes("docs/reference/errors.md"))(
    "documents every error code, and no other",
    () => {
      const headings = [...textOf("docs/reference/errors.md").matchAll(/^#{2,4} `?([A-Z][A-Z0-9_]+)`?\s*$/gm)].map(
        ([, code]) => code,
      );

      expect(headings.toSorted()).toEqual(Object.keys(ERRORS).toSorted());
    },
  );
});
