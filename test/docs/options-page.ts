/**
 * `docs/reference/options.md`: its tables have a row for each member of the types they are about, with its type as
 * declared; the other columns are written by hand. A table stands between two marks:
 *
 *     <!-- TaskOptions of src/flow/task-options.ts -->
 *     <!-- end of TaskOptions -->
 */
import { type Member, membersOf } from "./declared.ts";

export interface Table {
  /** The type it is about. */
  readonly name: string;
  readonly path: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const MARKED = /<!-- (\w+) of (src\/\S+\.ts) -->\n\n([\s\S]*?)\n\n<!-- end of \1 -->/g;
/** Stands where somebody has to write what a new option is. */
export const UNWRITTEN = "?";

export function tablesOf(page: string): readonly Table[] {
  return [...page.matchAll(MARKED)].map(([, name = "", path = "", text = ""]) => {
    const [header = [], , ...rows] = text.split("\n").map(cellsOf);
    return { name, path, header, rows };
  });
}

/** The page with its rows as they should be. */
export function withMembers(page: string): string {
  const tables = tablesOf(page);
  const known = new Set(tables.map(({ name }) => name));
  let next = 0;
  return page.replaceAll(MARKED, (before: string) => {
    const table = tables[next++];
    if (table === undefined) return before;
    const { name, path, header } = table;
    const rows = membersOf(path, name, known).map((member) => rowOf(member, table));
    const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
    return `<!-- ${name} of ${path} -->\n\n${lines.join("\n")}\n\n<!-- end of ${name} -->`;
  });
}

/** Without the backticks around it. */
export function nameIn(row: readonly string[]): string {
  return (row[0] ?? "").replaceAll("`", "");
}

function rowOf({ name, type }: Member, { header, rows }: Table): readonly string[] {
  const written = rows.find((row) => nameIn(row) === name);
  const byHand = header.slice(2).map((_, i) => written?.[i + 2] ?? UNWRITTEN);
  return [`\`${name}\``, `\`${type.replaceAll("|", "\\|")}\``, ...byHand];
}

function cellsOf(line: string): readonly string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}
