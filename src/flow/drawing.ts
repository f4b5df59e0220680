/** The way to drawing: layouts and writers of formats are only loaded when somebody draws. */
import type { Program } from "../ports/program.ts";
import type { FinishedRun } from "../runtime/finished-run.ts";
import type { VisualizeOptions } from "./visualize.ts";

export async function draw(program: Program, run: FinishedRun | undefined, options: VisualizeOptions): Promise<string> {
  const { visualize } = await import("./visualize.ts");
  return visualize(program, { ...options, run });
}
