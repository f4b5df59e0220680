/** Source files as data, for tests about the source: what a file imports, declares and uses. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, visitorKeys } from "oxc-parser";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** One node of the syntax tree, as far as these tests look. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export interface Import {
  /** As written: `../base/time.ts`, `node:fs`, `croner`. */
  readonly specifier: string;
  /** Of a relative one: the file below the root. */
  readonly file: string | undefined;
  /** `export … from`. */
  readonly again: boolean;
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** Below the root, with forward slashes: `src/base/time.ts`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly nodes: readonly SyntaxNode[];
  lineOf(node: SyntaxNode): number;
}

/** Every file below a folder of the repository, as paths below the root; installed, built and hidden ones left out. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (["node_modules", "dist", ".git", ".caudal"].includes(entry.name)) return [];
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** All TypeScript files below a folder, tests included. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return filesBelow(folder)
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
    .map(readSource);
}

/** One file, by its path below the root. */
export function readSource(path: string): SourceFile {
  const text = textOf(path);
  const nodes = within(parseSync(path, text).program as unknown as SyntaxNode);
  const lineOf = (node: SyntaxNode) => text.slice(0, node.start).split("\n").length;
  const lines = text.trimEnd().split("\n").length;
  return { path, lines, nodes, lineOf, imports: nodes.flatMap((node) => importOf(node, path)) };
}

/** The node and all below it, from the top of the file down. */
export function within(node: SyntaxNode): readonly SyntaxNode[] {
  const below = (visitorKeys[node.type] ?? []).flatMap((key) => node[key]);
  return [node, ...below.filter(isNode).flatMap(within)];
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value;
}

function importOf(node: SyntaxNode, path: string): readonly Import[] {
  const source = node.source;
  if (!isNode(source) || typeof source.value !== "string") return [];
  const specifier = source.value;
  const file = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
  return [{ specifier, file, again: node.type.startsWith("Export"), typeOnly: node.importKind === "type" }];
}
