/**
 * How Node finds and reads the files of a flow while the CLI loads them: types are taken away on every Node,
 * `./x.js` finds `./x.ts`, a flow file is an ES module whatever package.json says, and `caudal` is there
 * even where it is not installed. Installed packages are left to Node.
 *
 * The same functions serve `module.register` (Node 20: in a thread of its own, `next` gives a promise) and
 * `module.registerHooks` (in this thread, `next` gives the value), so they never look at what `next` gives.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { stripTypes } from "./load/strip-types.ts";

interface Context {
  readonly parentURL?: string | undefined;
  readonly format?: string | null | undefined;
}
interface Source {
  readonly format: string;
  readonly source: string;
  readonly shortCircuit: true;
}
type Next = (what: string, context: Context) => unknown;

export interface HookSettings {
  /** The URL of the module that imports flow files: what it imports by file URL is a flow file. */
  readonly importer: string;
}

const TYPESCRIPT = new Set([".ts", ".mts", ".cts"]);
const WRITTEN_AS: Readonly<Record<string, string>> = { ".js": ".ts", ".mjs": ".mts", ".cjs": ".cts" };

let settings: HookSettings = { importer: "" };
/** Flow files named on the command line, as real URLs. */
const flowFiles = new Set<string>();

/** Called once, by `module.register` or by the loader itself. */
export function initialize(given: HookSettings): void {
  settings = given;
}

/**
 * A file that is loaded again after it was mended is asked for as `file.ts?again=2`, and so are the files it imports:
 * Node remembers by address, also what failed.
 */
export function resolve(specifier: string, context: Context, next: Next): unknown {
  const { parentURL } = context;
  if (parentURL === settings.importer && specifier.startsWith("file:")) flowFiles.add(specifier);
  if (!isUsers(parentURL)) return next(specifier, context);
  const again = /[?&]again=\d+$/.exec(parentURL)?.[0];
  if (again !== undefined && /^\.{0,2}\//.test(specifier))
    return next(`${writtenSpecifier(specifier, parentURL) ?? specifier}${again}`, context);
  if (isCaudal(specifier) && !isInstalledFor(parentURL))
    return next(specifier, { ...context, parentURL: import.meta.url });
  return next(writtenSpecifier(specifier, parentURL) ?? specifier, context);
}

export function load(url: string, context: Context, next: Next): unknown {
  if (!isUsers(url)) return next(url, context);
  const file = fileURLToPath(url);
  const extension = extname(file);
  if (TYPESCRIPT.has(extension)) return loadTypeScript(url, file, context, next);
  if (extension === ".js" && isModule(url, file)) return next(url, { ...context, format: "module" });
  return next(url, context);
}

function loadTypeScript(url: string, file: string, context: Context, next: Next): unknown {
  const stripped = stripTypes(readFileSync(file, "utf8"), file);
  // Not erasable: a compiler that was registered before us (tsx) may do it. Without one, Node refuses the file.
  if (!stripped.ok && stripped.problem.kind === "not-erasable") return next(url, context);
  if (!stripped.ok) throw new SyntaxError(stripped.problem.why);
  const format = extname(file) === ".cts" ? "commonjs" : "module";
  return { format, source: stripped.code, shortCircuit: true } satisfies Source;
}

function isUsers(url: string | undefined): url is string {
  return url?.startsWith("file:") === true && !url.includes("/node_modules/");
}

function isCaudal(specifier: string): boolean {
  return specifier === "caudal" || specifier.startsWith("caudal/");
}

const installedFor = new Map<string, boolean>();

/** Whether Node would find a `caudal` from this file: above it in node_modules, or because it is the package's own. */
function isInstalledFor(parentURL: string): boolean {
  if (process.versions["pnp"] !== undefined) return true;
  const from = dirname(fileURLToPath(parentURL));
  const known = installedFor.get(from);
  if (known !== undefined) return known;
  const isBelow = foldersAbove(from).some((folder) =>
    existsSync(join(folder, "node_modules", "caudal", "package.json")),
  );
  const found = isBelow || nearestPackage(from)?.name === "caudal";
  installedFor.set(from, found);
  return found;
}

function foldersAbove(from: string): readonly string[] {
  const folders = [from];
  for (let folder = dirname(from); folder !== folders.at(-1); folder = dirname(folder)) folders.push(folder);
  return folders;
}

/** The TypeScript file that a `.js` specifier stands for, where there is no such JavaScript file. */
function writtenSpecifier(specifier: string, parentURL: string): string | undefined {
  if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) return undefined;
  const extension = extname(specifier);
  const written = WRITTEN_AS[extension];
  if (written === undefined) return undefined;
  const target = new URL(specifier, parentURL);
  if (existsSync(fileURLToPath(target))) return undefined;
  const file = `${fileURLToPath(target).slice(0, -extension.length)}${written}`;
  return existsSync(file) ? pathToFileURL(file).href : undefined;
}

/** Whether a `.js` file is an ES module: a flow file always; else by package.json, and without that by its syntax. */
function isModule(url: string, file: string): boolean {
  return (
    flowFiles.has(url) || nearestPackage(dirname(file))?.type === "module" || !isScript(readFileSync(file, "utf8"))
  );
}

/** CommonJS if it compiles as a function's body: the test Node makes too. */
function isScript(source: string): boolean {
  try {
    new Script(`(function (exports, require, module, __filename, __dirname) {${source.replace(/^#!.*/, "")}\n})`);
    return true;
  } catch {
    return false;
  }
}

interface Package {
  readonly name?: unknown;
  readonly type?: unknown;
}

function nearestPackage(from: string): Package | undefined {
  for (const folder of foldersAbove(from)) {
    const found = readPackage(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readPackage(folder: string): Package | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;
  } catch {
    return undefined; // none here, or one that Node will complain about itself
  }
}
