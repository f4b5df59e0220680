/** The door to drawing: what it takes, and the way to it, which is only loaded when somebody draws. */
import type { Program } from "../ports/program.ts";
import type { FinishedRun } from "../runtime/finished-run.ts";

export interface DrawOptions {
  /** The ending says the format: .pdf, .svg, .png, .mmd, .dot, .txt. Default: `<flow name>.pdf` in the current folder. */
  readonly file?: string | undefined;
  /** Opens the file when it is written. */
  readonly open?: boolean | undefined;
}

export async function draw(program: Program, run: FinishedRun | undefined, options: DrawOptions): Promise<string> {
  const { visualize } = await import("./visualize.ts");
  return visualize(program, { ...options, run });
}
