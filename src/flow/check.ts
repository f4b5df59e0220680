/** For `caudal check`: builds a flow again and says what differs, and what looks like a mistake. */
import { firstDifference } from "../graph/fingerprint.ts";
import { buildOnce } from "./build.ts";
import { FlowObject } from "./flow-object.ts";
import type { RegisteredFlow } from "./registry.ts";
import { neverCalled } from "./tasks-made.ts";

export interface CheckedFlow {
  /** Why the two builds are not the same flow, as sentences; empty when they are. */
  readonly differences: readonly string[];
  readonly warnings: readonly string[];
  /** The user's line of each node, as `file:line:column`. */
  readonly lines: readonly (string | undefined)[];
}

/** Builds the flow once more, with the user's lines. Never throws for what the flow does wrong. */
export function buildTwice(flow: RegisteredFlow): CheckedFlow {
  if (!(flow instanceof FlowObject)) return { differences: [], warnings: [], lines: [] };
  const { graph, warnings } = flow.program;
  try {
    const again = buildOnce(flow.blueprint, true);
    const difference = firstDifference(graph, again.graph);
    return { differences: difference === undefined ? [] : [difference], warnings, lines: again.lines ?? [] };
  } catch (error) {
    return {
      differences: [`the second build failed: ${error instanceof Error ? error.message : String(error)}`],
      warnings,
      lines: [],
    };
  }
}

/** Tasks made at the top of a file that no flow of this process has called, as sentences. */
export function uncalledTasks(): readonly string[] {
  return neverCalled().map((name) => `task '${name}' is made but no flow calls it`);
}
