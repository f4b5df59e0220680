/** What a part of the matrix came to: one row per class and flow, and what was violated. */
import type { Outcome } from "./rig.ts";

export interface Row {
  readonly kind: string;
  readonly flow: string;
  /** Places where a process was to die. */
  points: number;
  /** Processes killed. */
  kills: number;
  processes: number;
  /** Points after which everything held. */
  survivors: number;
  violations: number;
  ms: number;
}

export class Table {
  readonly rows: Row[] = [];
  /** Named by the point, so that it can be asked for again. */
  readonly violations: string[] = [];

  row(kind: string, flow: string): Row {
    const row = { kind, flow, points: 0, kills: 0, processes: 0, survivors: 0, violations: 0, ms: 0 };
    this.rows.push(row);
    return row;
  }

  /** A point nobody died at (the process had ended by then) is none. */
  add(row: Row, point: string, outcome: Outcome, points = 1): void {
    const { deaths, lives, violations } = outcome;
    if (deaths === 0 && violations.length === 0) return;
    row.points += points;
    row.kills += deaths;
    row.processes += lives;
    if (violations.length === 0) row.survivors += points;
    row.violations += violations.length;
    for (const violation of violations) this.violations.push(`${row.kind} ${point}: ${violation}`);
  }

  sum(what: "points" | "kills" | "survivors" | "violations"): number {
    return this.rows.reduce((sum, row) => sum + row[what], 0);
  }

  text(): string {
    const head = ["class", "flow", "points", "kills", "processes", "survivors", "violations", "s"];
    const rows = this.rows.map(({ kind, flow, points, kills, processes, survivors, violations, ms }) =>
      [kind, flow, points, kills, processes, survivors, violations, (ms / 1_000).toFixed(1)].map(String),
    );
    const widths = head.map((word, i) => Math.max(word.length, ...rows.map((row) => row[i]!.length)));
    const line = (words: readonly string[]) =>
      words
        .map((word, i) => word.padEnd(widths[i]!))
        .join("  ")
        .trimEnd();
    return [head, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("\n");
  }
}

/** The line that says it all. */
export function summary(table: Table): string {
  const { length: violated } = table.violations;
  return `points=${table.sum("points")} survivors=${table.sum("survivors")} violations=${violated} (kills=${table.sum("kills")})`;
}
