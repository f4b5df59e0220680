/** `caudal` alone: what to do next in this folder. */
import { dirname, join } from "node:path";
import { readText } from "./imports.ts";
import { flowFilesIn } from "./load-flows.ts";
import type { ExitCode, Shell } from "./shell.ts";

const NAMED_MAX = 8;
/** Folders below this one where flows are often kept. */
const FOLDERS = [".", "flows", "src", "src/flows"];
const IMPORTS_CAUDAL = /from\s*["']caudal["']/;
const DEFINES_FLOW = /\bflow\s*\(/;

export function nextStepsCommand({ cwd, out, paint }: Shell): Promise<ExitCode> {
  const files = FOLDERS.flatMap((folder) =>
    flowFilesIn(join(cwd, folder)).map((name) => (folder === "." ? name : `${folder}/${name}`)),
  ).filter((file) => definesFlow(join(cwd, file)));
  const [first] = files;
  if (first === undefined) {
    out(
      `There is no flow in ${cwd === dirname(cwd) ? cwd : "this folder"} yet. Begin with one:\n\n  ${paint.strong("npx caudal init")}\n\nAll commands: npx caudal help`,
    );
    return Promise.resolve(0);
  }
  const more = files.length > NAMED_MAX ? `, … ${files.length - NAMED_MAX} more` : "";
  out(
    [
      `Files with flows here: ${files.slice(0, NAMED_MAX).join(", ")}${more}`,
      "",
      `  ${paint.strong(`npx caudal run ${quoted(first)}`)}          run it`,
      `  ${paint.strong(`npx caudal visualize ${quoted(first)}`)}    draw it`,
      `  ${paint.strong(`npx caudal check ${quoted(first)}`)}        say what is in it, without running`,
      "",
      "All commands: npx caudal help",
    ].join("\n"),
  );
  return Promise.resolve(0);
}

function definesFlow(path: string): boolean {
  const text = readText(path) ?? "";
  return IMPORTS_CAUDAL.test(text) && DEFINES_FLOW.test(text);
}

/** As one types it: quoted where a shell would take it apart. */
export function quoted(path: string): string {
  return /^[\w./\\:@+-]+$/.test(path) ? path : `"${path}"`;
}
