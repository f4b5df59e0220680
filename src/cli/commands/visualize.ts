/** `caudal visualize FILE`: draws a flow without running it. */
import { extname, resolve } from "node:path";
import type { DrawFormat } from "../../render/draw.ts";
import { refusal } from "../load/load-failure.ts";
import { onlyOnStdout } from "../only-on-stdout.ts";
import { loadFlow } from "../load/pick-flow.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface VisualizeOptions {
  readonly flow?: string | undefined;
  readonly out?: string | undefined;
  readonly format?: string | undefined;
  readonly open?: boolean | undefined;
}

/** What `--format` may say: names of formats, and the endings of their files. */
const FORMATS: Readonly<Record<string, DrawFormat>> = {
  pdf: "pdf",
  svg: "svg",
  png: "png",
  mermaid: "mermaid",
  mmd: "mermaid",
  dot: "dot",
  graphviz: "dot",
  gv: "dot",
  text: "text",
  txt: "text",
};
/** The ending each format's files have. */
const ENDINGS: Readonly<Record<DrawFormat, string>> = {
  pdf: ".pdf",
  svg: ".svg",
  png: ".png",
  mermaid: ".mmd",
  dot: ".dot",
  text: ".txt",
};
/** Bytes that a terminal would take for commands. */
const BINARY: ReadonlySet<DrawFormat> = new Set<DrawFormat>(["pdf", "png"]);
const STANDARD_OUTPUT = "-";

/** @throws Refusal COMMAND_LINE, and what loading and drawing throw */
export async function visualizeCommand(file: string, options: VisualizeOptions, shell: Shell): Promise<ExitCode> {
  const format = options.format === undefined ? undefined : FORMATS[options.format];
  const to = fileFor(options.out, format, shell.cwd);
  const isPrinted = to === STANDARD_OUTPUT || (to === undefined && format !== undefined && isText(format));
  if (isPrinted && format !== undefined && BINARY.has(format) && process.stdout.isTTY)
    throw refusal("COMMAND_LINE", { why: `a ${format} is no text for a terminal: name a file, or send it on with |` });
  // What the file itself prints while it is loaded is not part of the drawing.
  const give = isPrinted ? onlyOnStdout() : undefined;
  const flow = await loadFlow(file, options.flow, shell);
  give?.();
  await flow.visualize({ file: to, format, open: options.open === true });
  return 0;
}

function isText(format: DrawFormat): boolean {
  return format === "text" || format === "mermaid" || format === "dot";
}

/** The ending of the file says the format: `--format` chooses the ending, or must agree with it. */
function fileFor(out: string | undefined, format: DrawFormat | undefined, cwd: string): string | undefined {
  if (out === undefined || out === STANDARD_OUTPUT) return out;
  const said = FORMATS[extname(out).slice(1).toLowerCase()];
  if (format === undefined || said === format) return resolve(cwd, out);
  if (/\.\w+$/.test(out))
    throw refusal("COMMAND_LINE", {
      why: `--out ${out} and --format ${format} do not agree: leave --format out, or name a ${ENDINGS[format]} file`,
    });
  return resolve(cwd, `${out}${ENDINGS[format]}`);
}
