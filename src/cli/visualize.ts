/** `caudal visualize FILE`: draws a flow without running it. */
import { resolve } from "node:path";
import { fileNameOf } from "../flow/visualize.ts";
import { refusal } from "./load-failure.ts";
import { loadFlow } from "./pick-flow.ts";
import type { ExitCode, Shell } from "./shell.ts";

export interface VisualizeOptions {
  readonly flow?: string | undefined;
  readonly out?: string | undefined;
  readonly format?: string | undefined;
  readonly open?: boolean | undefined;
}

/** Formats by the ending that asks for them; `text` is what people call the last one. */
export const FORMATS = ["pdf", "svg", "png", "mmd", "dot", "txt"] as const;
const ALSO: Readonly<Record<string, string>> = { mermaid: "mmd", text: "txt", graphviz: "dot" };

export async function visualizeCommand(file: string, options: VisualizeOptions, shell: Shell): Promise<ExitCode> {
  const flow = await loadFlow(file, options.flow, shell);
  const to = fileFor(options, flow.name, shell.cwd);
  await flow.visualize({ ...(to !== undefined && { file: to }), open: options.open === true });
  return 0;
}

/** The ending of the file says the format: `--format` chooses the ending, or must agree with it. */
function fileFor({ out, format }: VisualizeOptions, flow: string, cwd: string): string | undefined {
  if (format === undefined) return out === undefined ? undefined : resolve(cwd, out);
  const ending = `.${ALSO[format] ?? format}`;
  if (out === undefined) return resolve(cwd, `${fileNameOf(flow)}${ending}`);
  if (!out.endsWith(ending) && /\.\w+$/.test(out))
    throw refusal("COMMAND_LINE", {
      why: `--out ${out} and --format ${format} do not agree: leave --format out, or name a ${ending} file`,
    });
  return resolve(cwd, out.endsWith(ending) ? out : `${out}${ending}`);
}
