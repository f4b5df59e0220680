/** Which files a flow file imports, read from its text: to find the one with a mistake, or those left unevaluated. */
import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { SourcePlace } from "../../runtime/report/stack-frames.ts";

export interface Import {
  readonly specifier: string;
  /** Where the specifier stands. */
  readonly at: SourcePlace;
}

const FILES_MAX = 500;
const STATIC_IMPORT = /(?:^|[;\n\r])\s*(?:import|export)\b(?:[^"'`;()]*?\bfrom)?\s*(["'])([^"'\n]+)\1/g;
const ENDINGS: Readonly<Record<string, readonly string[]>> = { ".js": ["", ".ts"], ".mjs": ["", ".mts"] };

/** The static imports of a source text, in order. */
export function importsOf(source: string, file: string): readonly Import[] {
  return [...source.matchAll(STATIC_IMPORT)].map((match) => {
    const specifier = match[2] ?? "";
    const offset = match.index + match[0].length - specifier.length - 1;
    const before = source.slice(0, offset).split("\n");
    return { specifier, at: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 } };
  });
}

/** `entry` and every file of the user's it imports, directly or not; each with the file that imported it first. */
export function importedFiles(entry: string): ReadonlyMap<string, string | undefined> {
  const importers = new Map<string, string | undefined>([[entry, undefined]]);
  for (const file of importers.keys()) {
    for (const { specifier } of importsOf(readText(file) ?? "", file)) {
      const target = targetOf(specifier, file);
      if (target !== undefined && !importers.has(target) && importers.size < FILES_MAX) importers.set(target, file);
    }
  }
  return importers;
}

/** The files between `entry` and `file`, `entry` last: whoever waits for `file` to be evaluated. */
export function importersOf(file: string, entry: string): readonly string[] {
  const importers = importedFiles(entry);
  const chain: string[] = [];
  for (let above = importers.get(file); above !== undefined; above = importers.get(above)) chain.push(above);
  return chain;
}

/** The file a relative specifier stands for; undefined for packages and for what is not there. */
export function targetOf(specifier: string, file: string): string | undefined {
  if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) return undefined;
  const path = fileURLToPath(new URL(specifier, pathToFileURL(file)));
  const extension = extname(path);
  for (const ending of ENDINGS[extension] ?? [""]) {
    const target = ending === "" ? path : path.slice(0, -extension.length) + ending;
    if (existsSync(target)) return target;
  }
  return undefined;
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // gone, a folder, or not for us to read: whoever needs the text does without
  }
}
