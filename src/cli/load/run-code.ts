/** The code of a run that is kept: the flow of its name, from the file it was begun from. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CaudalError } from "../../base/errors.ts";
import { pathText } from "../../runtime/report/code-frame.ts";
import type { RunRow, Store } from "../../ports/store.ts";
import { lastWord } from "./last-word.ts";
import { Refusal } from "./load-failure.ts";
import { loadFlows } from "./load-flows.ts";
import type { LoadedFlow } from "./loaded-flow.ts";
import type { Shell } from "../shell.ts";

/** What is wrong with the file as such: the flow is not in it. */
const NOT_IN_IT: ReadonlySet<string> = new Set(["FLOW_FILE", "FLOW_NONE"]);

/**
 * @param file instead of the recorded one, relative to the current folder
 * @throws CaudalError RUN_CODE_MISSING; Refusal FLOW_FILE_SYNTAX, … where the file cannot be loaded
 */
export async function flowOfRun(
  row: RunRow,
  store: Store,
  file: string | undefined,
  shell: Shell,
): Promise<LoadedFlow> {
  const { id, flow } = row;
  const missing = (why: string) => new CaudalError("RUN_CODE_MISSING", { run: id, flow, why });
  if (file === undefined && row.file === undefined) throw missing("the file that defined its flow is not known");
  const path = file === undefined ? resolve(store.folder ?? shell.cwd, row.file ?? "") : resolve(shell.cwd, file);
  const shown = pathText(path, shell.cwd);
  if (!existsSync(path)) throw missing(`there is no file ${shown}`);
  const { flows } = await loadFlows([path], { cwd: shell.cwd, lastWord: lastWord(shell) }).catch((thrown: unknown) => {
    throw thrown instanceof Refusal && NOT_IN_IT.has(thrown.error.code) ? missing(thrown.error.message) : thrown;
  });
  const found = flows.find((known) => known.name === flow);
  if (found === undefined) throw missing(`${shown} defines no flow '${flow}'`);
  return found;
}
