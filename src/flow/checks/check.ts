/** For `caudal check`: builds a flow again and says what differs, and what looks like a mistake. */
import type { FlowObject } from "../flow-object.ts";
import type { RegisteredFlow } from "../registry.ts";

export interface CheckedFlow {
  /** Why the two builds are not the same flow, as sentences; empty when they are. */
  readonly differences: readonly string[];
  /** What looks like a mistake, as sentences. */
  readonly warnings: readonly string[];
  /** Tasks made outside build functions that no flow of this process has called so far. */
  readonly uncalledTasks: readonly string[];
  /** The user's line of each node, as `file:line:column`. */
  readonly lines: readonly (string | undefined)[];
}

/**
 * Builds the flow once more, with the user's lines. Never throws for what the flow does wrong. The flow's own copy
 * of this package does it: the command line's may be another one.
 */
export function buildTwice(flow: RegisteredFlow): CheckedFlow {
  const { buildAgain } = flow as Partial<FlowObject>;
  return buildAgain?.call(flow as FlowObject) ?? { differences: [], warnings: [], uncalledTasks: [], lines: [] };
}
