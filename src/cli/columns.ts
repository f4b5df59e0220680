/** Rows of text in columns that line up. */
import type { Paint } from "../runtime/report/paint.ts";

/** A text, and how it is painted once it has its width. */
export type Cell = string | { readonly text: string; readonly paint: Paint };

const textOf = (cell: Cell) => (typeof cell === "string" ? cell : cell.text);

/** The last column is as wide as it is. */
export function columns(rows: readonly (readonly Cell[])[], indent = ""): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, textOf(cell).length);
    });
  return rows.map((row) => {
    const parts = row.map((cell, i) => {
      const padded = i === row.length - 1 ? textOf(cell) : textOf(cell).padEnd(widths[i] ?? 0);
      return typeof cell === "string" ? padded : cell.paint(padded);
    });
    return `${indent}${parts.join("  ")}`.trimEnd();
  });
}
