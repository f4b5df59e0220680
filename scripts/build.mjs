/**
 * src/ and ui/ → dist/: what the package ships. `npm run build`, or `node scripts/build.mjs [--force] [--strict]`.
 *
 * esbuild bundles the doors (doors.mjs) with shared chunks; packages stay imports, modules imported lazily
 * stay lazy. tsc writes the declarations; only those a door can reach are kept. The same source gives the
 * same bytes, and an unchanged source gives no work. Type errors are reported and only `--strict` fails for
 * them, so that one half-written file does not stop everybody else.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { uiFiles } from "./build-ui.mjs";
import { BUNDLED, DOORS, RUN_ONLY } from "./doors.mjs";
import { lazyParts } from "./lazy.mjs";
import { licencesOf } from "./licences.mjs";
import { digestOf, filesIn } from "./tree.mjs";
import { withLock } from "./lock.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules", ".cache", "caudal");
const dist = join(root, "dist");

/** A relative module specifier in a declaration file, with what stands before and after it. */
const RELATIVE = /((?:\bfrom|\bimport)\s*\(?\s*["'])(\.[^"']+)(["'])/g;

/** Builds if anything changed since the last build. Resolves to the number of type errors; undefined: nothing was built. */
export async function build(options) {
  try {
    return await built(options);
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error;
    console.error("nothing was built: esbuild says above what it cannot read");
    return undefined;
  }
}

async function built({ force = false } = {}) {
  await mkdir(cache, { recursive: true });
  return withLock(join(cache, "build.lock"), async () => {
    const stamp = join(cache, "build.json");
    const inputs = await digestOf(root, [
      "src",
      "ui",
      "docs/reference/errors.md",
      "scripts",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
      "tsconfig.types.json",
    ]);
    const last = await readJson(stamp);
    if (!force && last?.inputs === inputs && last.outputs === (await digestOf(root, ["dist"]))) return last.typeErrors;

    const startedAt = performance.now();
    const doors = Object.entries(DOORS).filter(([source]) => existsSync(join(root, "src", `${source}.ts`)));
    const [code, page, types] = await Promise.all([bundle(doors), bundledPage(), declarations(doors)]);
    await writeDist(new Map([...code, ...page, ...types.files]));
    for (const line of types.errors) console.error(line);
    await writeFile(
      stamp,
      JSON.stringify({ inputs, outputs: await digestOf(root, ["dist"]), typeErrors: types.errors.length }),
    );
    console.log(
      `built dist/ in ${Math.round(performance.now() - startedAt)} ms: ${code.size} modules, ${page.size} files of the page, ${types.files.size} declarations` +
        (types.errors.length === 0
          ? ""
          : `, ${types.errors.length} type error(s) above; declarations written all the same`),
    );
    return types.errors.length;
  });
}

async function bundle(doors) {
  const esbuild = await import("esbuild");
  const lazy = await lazyParts(root, esbuild);
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: doors.map(([source, out]) => ({ in: `src/${source}.ts`, out })),
    outdir: "dist",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    plugins: [lazy.plugin, packagesStayImports, missingFilesWait],
    metafile: true,
    // Without them V8 and Node name functions and frames as the source does; nothing is minified, so the
    // shipped modules can be read as they are and source maps would only add to the package.
    sourcemap: false,
    legalComments: "none",
    // One letter beyond Latin-1 makes V8 keep and scan all of a file as two bytes a letter: 1 ms more for the first chunk.
    charset: "ascii",
    write: false,
    logLevel: "warning",
  });
  const idle = helpersOnly(metafile);
  const files = withoutGates(
    new Map(
      outputFiles.map((file) => [
        relative(dist, file.path).split(sep).join("/"),
        withPlainComments(withoutIdleImports(lazy.withRequire(file.text), idle)),
      ]),
    ),
  );
  for (const [name, text] of lazy.files) files.set(name, text);
  const cli = files.get("cli.js");
  if (cli !== undefined && !cli.startsWith("#!")) files.set("cli.js", `#!/usr/bin/env node\n${cli}`);
  files.set("THIRD-PARTY.txt", await licencesOf(root, Object.keys(metafile.inputs)));
  return files;
}

async function bundledPage() {
  return uiFiles(root, await import("esbuild"));
}

/** Chunks that hold nothing but esbuild's own helper functions. */
function helpersOnly({ outputs }) {
  const chunks = Object.entries(outputs).filter(([, { inputs, entryPoint }]) => !entryPoint && isEmpty(inputs));
  return new Set(chunks.map(([path]) => basename(path)));
}

const isEmpty = (object) => Object.keys(object).length === 0;

/** esbuild keeps the comments of class members, and writes only code in ASCII: see `charset`. */
function withPlainComments(text) {
  return text.replaceAll(/^ *(?:\/\*\*|\*) .*$/gm, (line) =>
    line.replaceAll("\u2026", "...").replaceAll(/[^\0-\x7f]/g, "-"),
  );
}

/** esbuild imports the helpers' chunk in modules that use none of them; a file less to open is some 0.3 ms. */
function withoutIdleImports(text, idle) {
  return text.replaceAll(/^import "\.[^"]*\/([^"/]+)";\n/gm, (line, name) => (idle.has(name) ? "" : line));
}

/** A file that only passes on what one chunk has, under the same names, beside what that chunk imports itself. */
const GATE =
  /^import \{\n?([^}]*?)\n?\} from "\.\/([^"]+)";\n((?:import "\.\/[^"]+";\n)*)export \{\n?([^}]*?)\n?\};\n$/;

/** What is imported later by way of such a file is imported from the chunk at once: a file less to open. */
function withoutGates(files) {
  const chunkOf = new Map();
  for (const [name, text] of files) {
    const [, taken, chunk, beside, given] = (name.startsWith("chunks/") && GATE.exec(text)) || [];
    if (chunk === undefined || taken !== given || / as /.test(taken)) continue;
    const isThere = (line) => files.get(`chunks/${chunk}`)?.includes(line.slice("import ".length));
    if (beside.split("\n").every((line) => line === "" || isThere(line))) chunkOf.set(basename(name), chunk);
  }
  const open = new Map();
  for (const [name, text] of files) {
    if (chunkOf.has(basename(name))) continue;
    const straight = text.replaceAll(/\bimport\("(\.[^"]*\/)([^"/]+)"\)/g, (all, folder, file) =>
      chunkOf.has(file) ? `import("${folder}${chunkOf.get(file)}")` : all,
    );
    open.set(name, straight);
  }
  return open;
}

/** A file that does not exist yet is no reason to build nothing: what needs it fails when it is used. tsc names it. */
const missingFilesWait = {
  name: "missing files wait",
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, importer }) => {
      const there = importer.includes("node_modules") || existsSync(join(resolveDir, path));
      return there ? undefined : { path, external: true };
    });
  },
};

/** A package is imported by its name at run time, unless it is one of those we carry (doors.mjs says why). */
const packagesStayImports = {
  name: "packages stay imports",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      if (kind === "entry-point" || importer.includes("node_modules")) return undefined;
      return BUNDLED.has(path) ? undefined : { path, external: true };
    });
  },
};

/** What tsc made of every source file, cut down to what the doors reach. */
async function declarations(doors) {
  const out = join(cache, "types");
  await rm(out, { recursive: true, force: true });
  const { lines } = await run(process.execPath, [
    join(root, "node_modules", "typescript", "bin", "tsc"),
    "-p",
    "tsconfig.types.json",
    "--pretty",
    "false",
  ]);
  const errors = lines.filter((line) => line.includes(": error TS"));
  const files = new Map();
  const wanted = doors.filter(([source]) => !RUN_ONLY.has(source)).map(([source]) => `${source}.d.ts`);
  const queue = [...wanted];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (files.has(`types/${name}`) || !existsSync(join(out, name))) continue;
    const text = await readFile(join(out, name), "utf8");
    for (const [, , specifier] of text.matchAll(RELATIVE))
      queue.push(join(dirname(name), specifier).split(sep).join("/").replace(/\.ts$/, ".d.ts"));
    // tsc 7 leaves `.ts` in declarations; every resolution mode understands `.js`.
    const resolvable = text.replace(
      RELATIVE,
      (_all, before, specifier, after) => before + specifier.replace(/\.ts$/, ".js") + after,
    );
    // Our declarations name AbortSignal and the like: Node's types come with the package, never the dom lib.
    files.set(`types/${name}`, wanted.includes(name) ? `/// <reference types="node" />\n${resolvable}` : resolvable);
  }
  return { files, errors };
}

/** Makes dist/ hold exactly these files; each appears whole, and only what changed is written. */
async function writeDist(files) {
  for (const [name, text] of files) {
    const path = join(dist, name);
    if ((await readFile(path, "utf8").catch(() => undefined)) !== text) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.${process.pid}`, text);
      await rename(`${path}.${process.pid}`, path);
    }
    if (name === "cli.js") await chmod(path, 0o755);
  }
  for (const name of await filesIn(dist)) if (!files.has(name)) await rm(join(dist, name));
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.on("data", (bytes) => (text += bytes));
    child.stderr.on("data", (bytes) => (text += bytes));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, lines: text.split(/\r?\n/).filter((line) => line !== "") }));
  });
}

async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const typeErrors = await build({ force: process.argv.includes("--force") });
  if (typeErrors === undefined || (typeErrors > 0 && process.argv.includes("--strict"))) process.exitCode = 1;
}
