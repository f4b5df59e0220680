/** `caudal` alone: what to do next in this folder. */
import { dirname, join } from "node:path";
import { isCaudalError } from "../../base/errors.ts";
import type { RunRow } from "../../ports/store.ts";
import { stampFromEnvironment } from "../../runtime/report/console-logger.ts";
import { withoutParts } from "../../runtime/kept/parent-run.ts";
import { shortOf } from "../runs/find-run.ts";
import { readText } from "../load/imports.ts";
import { flowFilesIn } from "../load/load-flows.ts";
import { findStoreHere } from "../open-store.ts";
import type { ExitCode, Shell } from "../shell.ts";

const NAMED_MAX = 8;
/** The newest may be parts of one before them. */
const INTERRUPTED_MAX = 100;
/** Folders below this one where flows are often kept. */
const FOLDERS = [".", "flows", "src", "src/flows"];
const IMPORTS_CAUDAL = /from\s*["']caudal["']/;
const DEFINES_FLOW = /\bflow\s*\(/;

export async function nextStepsCommand({ cwd, out, paint }: Shell): Promise<ExitCode> {
  const files = FOLDERS.flatMap((folder) =>
    flowFilesIn(join(cwd, folder)).map((name) => (folder === "." ? name : `${folder}/${name}`)),
  ).filter((file) => definesFlow(join(cwd, file)));
  const [first] = files;
  if (first === undefined) {
    out(
      `There is no flow in ${cwd === dirname(cwd) ? cwd : "this folder"} yet. Begin with one:\n\n  ${paint.strong("npx caudal init")}\n\nAll commands: npx caudal help`,
    );
    return 0;
  }
  const interrupted = await interruptedHere(cwd, paint);
  const more = files.length > NAMED_MAX ? `, … ${files.length - NAMED_MAX} more` : "";
  out(
    [
      `Files with flows here: ${files.slice(0, NAMED_MAX).join(", ")}${more}`,
      "",
      `  ${paint.strong(`npx caudal run ${quoted(first)}`)}          run it`,
      `  ${paint.strong(`npx caudal visualize ${quoted(first)}`)}    draw it`,
      `  ${paint.strong(`npx caudal serve ${quoted(first)}`)}        see it in the browser, and run it by a click`,
      `  ${paint.strong(`npx caudal check ${quoted(first)}`)}        say what is in it, without running`,
      ...(interrupted === undefined ? [] : ["", interrupted]),
      "",
      "All commands: npx caudal help",
    ].join("\n"),
  );
  return 0;
}

/** The newest run of this folder that stopped before its end, in words; or why one cannot tell. */
async function interruptedHere(cwd: string, paint: Shell["paint"]): Promise<string | undefined> {
  try {
    const store = await findStoreHere(cwd);
    const [last] = withoutParts((await store?.listRuns({ interrupted: true, limit: INTERRUPTED_MAX })) ?? []);
    return last && interruptedText(last, paint);
  } catch (thrown) {
    if (!isCaudalError(thrown)) throw thrown;
    return `Whether a run was interrupted cannot be told. ${thrown.code}: ${thrown.message}`;
  }
}

function interruptedText(run: RunRow, paint: Shell["paint"]): string {
  const stopped = `Run ${shortOf(run)} of flow '${run.flow}' stopped at ${stampFromEnvironment()(run.changedAt)}, before its end:`;
  return `${stopped}\n\n  ${paint.strong("npx caudal resume")}          go on with it\n  ${paint.strong("npx caudal runs show last")}  look at it first`;
}

function definesFlow(path: string): boolean {
  const text = readText(path) ?? "";
  return IMPORTS_CAUDAL.test(text) && DEFINES_FLOW.test(text);
}

/** As one types it: quoted where a shell would take it apart. */
export function quoted(path: string): string {
  return /^[\w./\\:@+-]+$/.test(path) ? path : `"${path}"`;
}
