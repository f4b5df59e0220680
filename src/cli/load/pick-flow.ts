/** Which flow of the loaded ones a command is about. */
import { nearest } from "../../base/nearest.ts";
import { pathText } from "../../runtime/report/code-frame.ts";
import { refusal } from "./load-failure.ts";
import { lastWord } from "./last-word.ts";
import { isSameFile, leftUnevaluated, loadFlows, type Loaded } from "./load-flows.ts";
import type { LoadedFlow } from "./loaded-flow.ts";
import type { Shell } from "../shell.ts";

/** Loads one file and picks its flow; says on stderr what was left unevaluated. */
export async function loadFlow(file: string, name: string | undefined, shell: Shell): Promise<LoadedFlow> {
  const loaded = await loadFlows([file], { cwd: shell.cwd, lastWord: lastWord(shell) });
  for (const sentence of leftUnevaluated(loaded, shell.cwd)) shell.err(`Note: ${sentence}`);
  return pickFlow(loaded, name, shell.cwd);
}

/**
 * The named flow; without a name the only one. A flow the file defines itself goes before those it imports.
 * @throws Refusal FLOW_UNKNOWN, FLOW_AMBIGUOUS
 */
export function pickFlow({ files, flows }: Loaded, name: string | undefined, cwd: string): LoadedFlow {
  const names = flows.map((flow) => flow.name);
  if (name !== undefined) {
    const named = flows.find((flow) => flow.name === name);
    if (named === undefined) throw refusal("FLOW_UNKNOWN", { flow: name, known: names, nearest: nearest(name, names) });
    return named;
  }
  const own = flows.filter((flow) => files.some(({ path }) => isSameFile(flow.file, path)));
  const [only, ...others] = own.length > 0 ? own : flows;
  if (only !== undefined && others.length === 0) return only;
  const file = files.map(({ path }) => pathText(path, cwd)).join(", ");
  throw refusal("FLOW_AMBIGUOUS", { file, flows: (own.length > 0 ? own : flows).map((flow) => flow.name) });
}
