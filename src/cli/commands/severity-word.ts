/** How bad what was found is, in its colour. */
import type { Shell } from "../shell.ts";

export function severityWord(severity: "error" | "warning" | "note", paint: Shell["paint"]): string {
  if (severity === "error") return paint.bad(severity);
  return severity === "warning" ? paint.strong(severity) : paint.faint(severity);
}
