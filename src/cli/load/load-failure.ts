/**
 * What a failed import was about: a mistake of syntax with its place, a missing import, or something the file
 * threw. Node says too little (no place for a syntax error), so the files are read again to find out.
 */
import { readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ErrorCode, ErrorData } from "../../base/error-sentences.ts";
import { CaudalError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { pathText, placeText } from "../../runtime/report/code-frame.ts";
import { userFrames, type SourcePlace } from "../../runtime/report/stack-frames.ts";
import type { ErrorRecord } from "../../state/error-record.ts";
import { recordOf } from "../../state/error-text.ts";
import { importedFiles, importsOf, readText, targetOf } from "./imports.ts";
import { stripTypes } from "./strip-types.ts";

/** A coded error about a place in a user's file, with the frames that led there. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** Ours, or one with a code that another copy of the package threw. */
  readonly error: CaudalError;
  readonly places: readonly SourcePlace[];

  constructor(error: CaudalError, places: readonly SourcePlace[]) {
    super(error.message);
    this.error = error;
    this.places = places;
  }
}

export function refusal<C extends ErrorCode>(
  code: C,
  data: ErrorData<C>,
  places: readonly (SourcePlace | undefined)[] = [],
  cause?: unknown,
): Refusal {
  const known = places.filter((place) => place !== undefined);
  return new Refusal(
    new CaudalError(code, data, cause === undefined ? undefined : { cause }) as unknown as CaudalError,
    known,
  );
}

/** Errors of Node that hide a mistake of syntax in one of the files. */
const SYNTAX_CODES = new Set([
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_INVALID_TYPESCRIPT_SYNTAX",
]);
const IMPORT_CODES = new Set(["ERR_MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED", "ERR_UNSUPPORTED_DIR_IMPORT"]);
const NO_EXPORT = /does not provide an export named '?([^']+)'?/;

/** The refusal for what importing `entry` was rejected with. */
export function loadFailure(thrown: unknown, entry: string, cwd: string): Refusal {
  const code = codeOf(thrown);
  if (thrown instanceof SyntaxError || (code !== undefined && SYNTAX_CODES.has(code))) {
    const found = missingExport(thrown, cwd) ?? mistakeIn(entry, cwd);
    if (found !== undefined) return found;
  }
  const missing = code !== undefined && IMPORT_CODES.has(code) ? missingImport(entry, cwd) : undefined;
  if (missing !== undefined) return missing;
  if (isCoded(thrown)) return new Refusal(thrown, userFrames(thrown.stack));
  const record = recordOf(thrown);
  return refusal(
    "FLOW_FILE_THREW",
    { file: pathText(entry, cwd), thrown: thrownText(record) },
    userFrames(record.stack),
    thrown,
  );
}

function thrownText(record: ErrorRecord): string {
  const own = record.thrown === undefined ? `${record.name}: ${record.message}` : record.message;
  return record.cause === undefined ? own : `${own}\n  Caused by ${thrownText(record.cause)}`;
}

function codeOf(thrown: unknown): string | undefined {
  const code: unknown = typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** By name, not by class: the flow file may use another copy of the package. */
function isCoded(thrown: unknown): thrown is CaudalError {
  return thrown instanceof Error && thrown.name === "CaudalError" && codeOf(thrown) !== undefined;
}

/** The first file, beginning with `entry`, that cannot be read as a module. */
function mistakeIn(entry: string, cwd: string): Refusal | undefined {
  for (const file of importedFiles(entry).keys()) {
    const source = /\.[cm]?[jt]s$/.test(file) && !file.includes("node_modules") ? readText(file) : undefined;
    const stripped = source === undefined ? undefined : stripTypes(source, file);
    if (stripped === undefined || stripped.ok) continue;
    const { kind, line, column } = stripped.problem;
    const place = { file, line, column };
    const where = placeText(place, cwd);
    const why = lowerFirst(stripped.problem.why);
    if (kind === "syntax") return refusal("FLOW_FILE_SYNTAX", { where, why }, [place]);
    return refusal(
      "FLOW_FILE_NOT_ERASABLE",
      { where, why: `has a ${why.replace(/ is not supported in strip-only mode$/, "")}`, file: pathText(entry, cwd) },
      [place],
    );
  }
  return undefined;
}

/** Node writes the place of a missing export in front of the stack. */
function missingExport(thrown: unknown, cwd: string): Refusal | undefined {
  const error = thrown instanceof Error ? thrown : undefined;
  const name = NO_EXPORT.exec(error?.message ?? "")?.[1];
  const head = /^(file:\S+):(\d+)\n.*\n( *)\^/.exec(error?.stack ?? "");
  if (error === undefined || name === undefined) return undefined;
  const found = head === null ? undefined : userFrames(`    at ${head[1]}:${head[2]}:${(head[3]?.length ?? 0) + 1}`)[0];
  const where = found === undefined ? "" : placeText(found, cwd);
  return refusal(
    "FLOW_FILE_SYNTAX",
    { where, why: `${lowerFirst(error.message)}. If it is a type, import it as one: import { type ${name} } from …` },
    [found],
  );
}

/** The first import, beginning with those of `entry`, that leads nowhere. */
function missingImport(entry: string, cwd: string): Refusal | undefined {
  for (const file of importedFiles(entry).keys()) {
    if (file.includes("node_modules")) continue;
    for (const { specifier, at } of importsOf(readText(file) ?? "", file)) {
      const todo = isPath(specifier) ? pathTodo(specifier, file) : packageTodo(specifier, file);
      if (todo !== undefined) return refusal("FLOW_FILE_IMPORT", { where: placeText(at, cwd), specifier, todo }, [at]);
    }
  }
  return undefined;
}

function isPath(specifier: string): boolean {
  return /^(?:\.{0,2}\/|file:)/.test(specifier);
}

function pathTodo(specifier: string, file: string): string | undefined {
  if (targetOf(specifier, file) !== undefined) return undefined;
  const target = fileURLToPath(new URL(specifier, pathToFileURL(file)));
  const folder = dirname(target);
  const names = filesOf(folder);
  const like =
    names.find((name) => basename(name, extname(name)) === basename(target, extname(target))) ??
    nearest(basename(target), names);
  if (like === undefined) return "correct the path";
  const near = relative(dirname(file), join(folder, like)).split(sep).join("/");
  return `did you mean '${near.startsWith(".") ? near : `./${near}`}'?`;
}

function packageTodo(specifier: string, file: string): string | undefined {
  if (specifier.startsWith("node:") || specifier.startsWith("#") || builtinModules.includes(specifier))
    return undefined;
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (name === "caudal")
    return specifier === "caudal" || /^caudal\/tasks\/(?:sqlite|http)$/.test(specifier)
      ? undefined
      : "caudal has no such door";
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (filesOf(join(folder, "node_modules", name)).length > 0) return undefined;
    if (folder === dirname(folder)) return `npm install ${name}`;
  }
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no such folder
  }
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) && !text.startsWith("TypeScript")
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
}
