/**
 * Modules that a script which does not use them never reads: they go into parts (`dist/parts/*.cjs`), each loaded,
 * synchronously, by the first call of a function in it. What stays in the modules Node parses at `import "caudal"`
 * is a stub per function. The source knows nothing of this: it imports as usual, and tests run it so.
 *
 * Why: at the start of a process almost all time goes into parsing (some 20 µs per KiB, minified or not), and
 * `cron(…)` or `branch(…)` answer at once, so `import()` is no way to wait for them. A part is CommonJS because
 * `require` of an ES module fails on Node 22.0 to 22.11, warns on 22.12, and throws while the same module is being
 * imported. A module lies on one side only, so there is one of each class and each table: what a part needs of the
 * modules outside is handed to it.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, posix, relative } from "node:path";
import { DOORS } from "./doors.mjs";
import { sourceModules } from "./source-modules.mjs";

/** Part → its modules: files of src/, or folders with a slash at the end; `!` in front leaves one out again. */
export const PARTS = {
  /** For flows with a schedule. */
  schedule: ["schedule/", "!schedule/day-filters.ts"],
  /** For runs that are kept. */
  keeping: [
    "base/canonical.ts",
    "graph/fingerprint.ts",
    "graph/serialise.ts",
    "runtime/kept/base-folder.ts",
    "runtime/kept/flow-version.ts",
  ],
  /** For whatever goes wrong. */
  errors: ["base/error-sentences.ts"],
  /** For values that are more than a short text, a number, or a few of them under names. */
  codec: [
    "store/codec/decode.ts",
    "store/codec/dehydrate.ts",
    "store/codec/encode.ts",
    "store/codec/message.ts",
    "store/codec/revive.ts",
    "store/codec/value-path.ts",
  ],
  /** For runs that were begun before. Not with the rules: those may be read before the store is, which brings what this needs. */
  recovery: ["store/sqlite/read-running.ts", "store/sqlite/to-tell.ts"],
  /** For results that are files of their own. */
  blobs: ["store/blobs.ts"],
  /** For flows with more in them than calls of tasks, and for every complaint. */
  authoring: [
    "base/nearest.ts",
    "flow/approval.ts",
    "flow/plan/block.ts",
    "flow/plan/branch.ts",
    "flow/plan/child-run.ts",
    "flow/plan/control-node.ts",
    "flow/plan/flow-task.ts",
    "flow/plan/group.ts",
    "flow/checks/guards.ts",
    "flow/parameters/json-schema.ts",
    "flow/plan/map-each.ts",
    "flow/mark-options.ts",
    "flow/plan-text.ts",
    "flow/parameters/read-parameters.ts",
    "flow/plan/resource.ts",
    "flow/plan/settled.ts",
    "flow/parameters/standard-schema.ts",
    "flow/triggers.ts",
    "flow/checks/unread.ts",
    "flow/checks/words.ts",
    "graph/order.ts",
    "runtime/kept/parent-run.ts",
  ],
  /** For flows with listeners. */
  telling: ["runtime/telling.ts"],
  /** For runs in which more happens than that task runs start and succeed. */
  rules: [
    "base/canonical.ts",
    "engine/approval.ts",
    "engine/cleanup.ts",
    "engine/control.ts",
    "engine/explain.ts",
    "engine/lost-values.ts",
    "engine/map.ts",
    "engine/mark.ts",
    "engine/recount.ts",
    "engine/recover.ts",
    "engine/stop.ts",
    "engine/story.ts",
    "executor/make-context.ts",
    "executor/stray.ts",
    "runtime/answers/ask-trigger.ts",
    "runtime/answers/cache.ts",
    "runtime/kept/child-runs.ts",
    "runtime/kept/decide.ts",
    "runtime/answers/failures.ts",
    "runtime/answers/flow-places.ts",
    "runtime/kept/given-states.ts",
    "runtime/report/handler-lines.ts",
    "runtime/answers/handlers.ts",
    "runtime/body/idempotency-key.ts",
    "runtime/report/mark-lines.ts",
    "runtime/kept/mark-live.ts",
    "runtime/answers/limits.ts",
    "runtime/report/masking.ts",
    "runtime/body/never-ends.ts",
    "runtime/body/once.ts",
    "runtime/body/outcome.ts",
    "runtime/answers/place-line.ts",
    "runtime/answers/placeholders.ts",
    "runtime/queued-run.ts",
    "runtime/kept/requests.ts",
    "runtime/run-records.ts",
    "runtime/answers/sha256.ts",
    "runtime/report/no-value.ts",
    "runtime/report/user-frames.ts",
    "state/error-text.ts",
    "store/memory-told.ts",
  ],
  /** For runs that another process has had. */
  recovering: ["store/sqlite/read-running.ts", "store/sqlite/to-tell.ts"],
};

/** What `import "caudal"` reads. */
const INDEX = "src/index.ts";

/** What a run that is kept reads beside it. Whatever is imported later and needs a module of its folder reads all of it: one file. */
const STORE = "src/store/sqlite/open-shared.ts";

/** A part that whoever reads that file needs: it is in there, and no file of its own to find, to open and to read. */
const WITH_STORE = "keeping";

/** Of both the store and a door beside it, so esbuild would give it a file of its own; it is a few lines. */
const DRIVER = "src/store/sqlite-driver.ts";

/** Doors that are run without it. */
const ALONE = new Set(["index", "cli", "cli/load-hooks"]);

const HOST = "caudal:parts";
const INSIDE = "caudal:inside/";

const SOURCE = /[\\/]src[\\/].*\.ts$/;

/** Names a module nobody has, in the source text; the finished text says `require` in its place (see hostText). */
const REQUIRE = "CAUDAL_REQUIRE";

/**
 * What the bundling of dist/ needs: a plugin for the ES modules, and the parts' own texts.
 * @param {string} root
 * @param {typeof import("esbuild")} esbuild
 */
export async function lazyParts(root, esbuild) {
  const modules = await sourceModules(root);
  const partOf = membersOf(PARTS, modules);
  const wanted = valuesAcross(modules, partOf);
  for (const door of ALONE) checkOutside(modules, partOf, [`src/${door}.ts`]);
  for (const start of startsLater(modules)) checkOutside(modules, partOf, [start, ...besideOf(modules, start)]);
  const files = await partFiles(esbuild, { root, modules, partOf, wanted });
  return {
    plugin: esmSide(root, modules, partOf, wanted, files),
    files,
    withRequire: (text) => text.replaceAll(REQUIRE, "require"),
  };
}

/** File → the part it is in. A place nobody is at is a file that was renamed: its module would quietly be read at once again. */
export function membersOf(parts, modules) {
  const paths = [...modules.keys()];
  const partOf = new Map();
  for (const [part, places] of Object.entries(parts)) {
    const nowhere = places.filter((place) => !paths.some((path) => isIn(path, place.replace("!", ""))));
    if (nowhere.length > 0) throw new Error(`scripts/lazy.mjs: no file of src/ is at ${nowhere.join(", ")}`);
    const isLeftOut = (path) => places.some((place) => place.startsWith("!") && isIn(path, place.slice(1)));
    for (const path of paths) if (places.some((place) => isIn(path, place)) && !isLeftOut(path)) partOf.set(path, part);
  }
  return partOf;
}

function isIn(path, place) {
  return place.endsWith("/") ? path.startsWith(`src/${place}`) : path === `src/${place}`;
}

/** Values that cross a border: file → names that a module on another side imports. Refuses what no stub can stand for. */
export function valuesAcross(modules, partOf) {
  const wanted = new Map();
  const refused = [];
  for (const importer of modules.values()) {
    const part = partOf.get(importer.path);
    if (part !== undefined && (importer.knowsItsPlace || importer.importsLater.length > 0))
      refused.push(`${importer.path} uses import.meta or import(), which a part does not have`);
    for (const [file, names] of importer.imports) {
      if (partOf.get(file) === part) continue;
      const known = wanted.get(file) ?? wanted.set(file, new Set()).get(file);
      for (const name of names) {
        known.add(name);
        if (partOf.has(file) && modules.get(file)?.exports.get(name) === undefined)
          refused.push(
            `${importer.path} imports '${name}' of ${file}, which is no function; only functions are loaded late`,
          );
      }
    }
  }
  if (refused.length > 0) throw new Error(`scripts/lazy.mjs: \n  ${refused.join("\n  ")}`);
  return wanted;
}

/**
 * A part is asked for as a whole, with all that any of its modules needs of the outside: refuses one that a program which
 * begins with these modules could ask for before all of that has run.
 */
export function checkOutside(modules, partOf, starts) {
  const run = new Set(starts);
  for (const path of run) for (const imported of modules.get(path)?.imports.keys() ?? []) run.add(imported);
  const asked = new Set([...run].flatMap((path) => partOf.get(path) ?? []));
  const refused = [];
  for (const part of asked) {
    for (const [path, of] of partOf) {
      if (of !== part) continue;
      for (const needed of modules.get(path)?.imports.keys() ?? []) {
        if (partOf.has(needed)) asked.add(partOf.get(needed));
        else if (!run.has(needed)) refused.push(`${path} of part '${part}' needs ${needed}`);
      }
    }
  }
  if (refused.length === 0) return;
  throw new Error(
    `scripts/lazy.mjs: what begins with ${starts.join(", ")} does not read that\n  ${refused.join("\n  ")}`,
  );
}

/** Modules that are read when somebody imports them, by a door or by an `import()`. */
function startsLater(modules) {
  return [
    ...Object.keys(DOORS)
      .filter((door) => !ALONE.has(door))
      .map((door) => `src/${door}.ts`),
    ...[...modules.values()].flatMap(({ importsLater }) => importsLater),
  ];
}

/** What is read with it: see `INDEX`, `STORE`. */
function besideOf(modules, file) {
  return [INDEX, ...(file !== STORE && reaches(modules, file, dirOf(STORE)) ? [STORE] : [])];
}

/** In the ES modules: a module of a part is a stub, and one that a part needs provides what is needed of it. */
function esmSide(root, modules, partOf, wanted, files) {
  const needed = new Set([...partOf.keys()].flatMap((path) => [...(modules.get(path)?.imports.keys() ?? [])]));
  const later = new Set(startsLater(modules));
  return {
    name: "lazy parts",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${HOST}$`) }, () => ({ path: HOST, namespace: "caudal" }));
      build.onLoad({ filter: /.*/, namespace: "caudal" }, () => ({ contents: hostText(partOf), loader: "js" }));
      build.onResolve({ filter: new RegExp(`^${INSIDE}`) }, ({ path }) => ({
        path: path.slice(INSIDE.length),
        namespace: "inside",
      }));
      build.onLoad({ filter: /.*/, namespace: "inside" }, ({ path }) => ({
        contents: files.get(fileOfPart(path)).replace(/^module\.exports =/, "export const make ="),
        loader: "js",
      }));
      build.onLoad({ filter: SOURCE }, async ({ path }) => {
        const file = relative(root, path).split("\\").join("/");
        const part = partOf.get(file);
        if (part !== undefined)
          return {
            contents: stubOf(modules.get(file), part, wanted.get(file)),
            loader: "js",
            resolveDir: dirname(path),
          };
        const text = builtinsAsTheyAre(await readFile(path, "utf8"));
        const provides = needed.has(file) ? providing(file, wanted.get(file)) : "";
        const beside = later.has(file) ? besideOf(modules, file) : [];
        if (file === INDEX) beside.push(DRIVER);
        const together = beside.map((other) => `\nimport ${JSON.stringify(relativeTo(file, other))};\n`).join("");
        const brings = file === STORE ? bringing(WITH_STORE) : "";
        return { contents: `${text}${provides}${together}${brings}`, loader: "ts" };
      });
    },
  };
}

const dirOf = (path) => `${posix.dirname(path)}/`;

/** Whether a module imports one of a folder, by whatever way. */
function reaches(modules, file, folder) {
  const seen = new Set([file]);
  for (const path of seen) {
    if (path.startsWith(folder)) return true;
    for (const imported of modules.get(path)?.imports.keys() ?? []) seen.add(imported);
  }
  return false;
}

/** Modules that must have run before (as in the source), and one function per function that others call. */
function stubOf({ path, imports, exports }, part, names = new Set()) {
  const own = JSON.stringify(path);
  return [
    ...[...imports.keys()].map((file) => `import ${JSON.stringify(relativeTo(path, file))};`),
    ...(names.size === 0 ? [] : [`import { part } from "${HOST}";`, "let real;"]),
    ...[...names].map((name) => {
      const parameters = exports.get(name).join(", ");
      return `export function ${name}(${parameters}) { return (real ??= part("${part}", ${own})).${name}(${parameters}); }`;
    }),
  ].join("\n");
}

function relativeTo(from, to) {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}

function providing(file, names) {
  return `\nimport { provide } from "${HOST}";\nprovide(${JSON.stringify(file)}, () => ({ ${[...names].join(", ")} }));\n`;
}

function bringing(part) {
  const name = JSON.stringify(part);
  return `\nimport { bring } from "${HOST}";\nimport { make as inside } from "${INSIDE}${part}";\nbring(${name}, inside);\n`;
}

/**
 * Where the parts are asked for. Bundlers see a plain `require` of a file they know; Node's ES modules have none, and
 * make one.
 */
function hostText(partOf) {
  const parts = [...new Set(partOf.values())].sort();
  const cases = parts.map((part) => {
    const file = JSON.stringify(`../${fileOfPart(part)}`);
    return `  ${part}: () => (has ? ${REQUIRE}(${file}) : asked(${file})),`;
  });
  return `
const provided = new Map();
const brought = new Map();
const loaded = new Map();
const PARTS = {
${cases.join("\n")}
};
let own;
// In a REPL, and under \`node -e\`, there is a \`require\` of all: it looks from the current folder.
const has = typeof ${REQUIRE} === "function" && ${REQUIRE} !== globalThis.require;
function asked(file) {
  own ??= process.getBuiltinModule("node:module").createRequire(import.meta.url);
  return own(file);
}
export function provide(file, values) {
  provided.set(file, values);
}
export function bring(name, make) {
  brought.set(name, make);
}
export function part(name, file) {
  if (!loaded.has(name))
    loaded.set(name, (brought.get(name) ?? PARTS[name]())({ part, provided: (of) => provided.get(of)() }));
  return loaded.get(name)[file];
}
`;
}

/**
 * `import … from "node:…"` makes Node read every property of the module, and with them modules nobody asked for (the
 * worker threads with node:util, readline with node:fs): 3 to 4 ms on Node 24 for the two.
 */
function builtinsAsTheyAre(text) {
  return text.replaceAll(/^import \{([^}]*)\} from ("node:[^"]+");/gm, (_all, names, specifier) => {
    const values = names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "));
    if (values.length === 0) return "";
    return `const { ${values.map((name) => name.replace(" as ", ": ")).join(", ")} } = process.getBuiltinModule(${specifier});`;
  });
}

/** Each part as one CommonJS file: a function that is given the outside and answers with the modules people call. */
async function partFiles(esbuild, { root, modules, partOf, wanted }) {
  const files = new Map();
  for (const part of new Set(partOf.values())) {
    const inside = [...partOf].filter(([path, of]) => of === part && wanted.has(path)).map(([path]) => path);
    const contents = inside.map(
      (path, i) =>
        `import { ${[...wanted.get(path)].map((name) => `${name} as ${name}$${i}`).join(", ")} } from "./${path}";`,
    );
    const tables = inside.map(
      (path, i) =>
        `${JSON.stringify(path)}: { ${[...wanted.get(path)].map((name) => `${name}: ${name}$${i}`).join(", ")} }`,
    );
    const { outputFiles } = await esbuild.build({
      stdin: {
        contents: `${contents.join("\n")}\nmodule.exports = { ${tables.join(",\n")} };`,
        resolveDir: root,
        loader: "js",
      },
      absWorkingDir: root,
      bundle: true,
      format: "cjs",
      platform: "node",
      target: "node20",
      plugins: [outsideIsHanded(root, modules, partOf, wanted, part)],
      banner: { js: "module.exports = (outside) => {\nconst module = { exports: {} };" },
      footer: { js: "return module.exports;\n};" },
      legalComments: "none",
      charset: "ascii",
      write: false,
      logLevel: "warning",
    });
    files.set(fileOfPart(part), outputFiles[0].text);
  }
  return files;
}

const fileOfPart = (part) => `parts/${part}.cjs`;

/** In a part: packages are required, modules of other parts are stubs, and every other module is what the host provides. */
function outsideIsHanded(root, modules, partOf, wanted, part) {
  return {
    name: "the outside is handed in",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path }) =>
        path === HOST ? { path, namespace: "host" } : { path, external: true },
      );
      build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, kind }) => {
        const file = relative(root, join(resolveDir, path)).split("\\").join("/");
        if (kind === "entry-point" || partOf.get(file) === part) return undefined;
        return { path: file, namespace: partOf.has(file) ? "stub" : "provided" };
      });
      build.onLoad({ filter: SOURCE }, async ({ path }) => ({
        contents: builtinsAsTheyAre(await readFile(path, "utf8")),
        loader: "ts",
      }));
      build.onLoad({ filter: /.*/, namespace: "host" }, () => ({
        contents: "export const part = outside.part;",
        loader: "js",
      }));
      build.onLoad({ filter: /.*/, namespace: "stub" }, ({ path }) => ({
        contents: stubOf({ ...modules.get(path), imports: new Map() }, partOf.get(path), wanted.get(path)),
        loader: "js",
      }));
      build.onLoad({ filter: /.*/, namespace: "provided" }, ({ path }) => ({
        contents: `export const { ${[...(wanted.get(path) ?? [])].join(", ")} } = outside.provided(${JSON.stringify(path)});`,
        loader: "js",
      }));
    },
  };
}
