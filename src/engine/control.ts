/** Control nodes: a branch, the value of its taken case, and merge. The engine answers them itself, from results. */
import { assert } from "../base/assert.ts";
import { type GraphNode, OTHERWISE, type Source } from "../graph/graph.ts";
import { isError, recordOfCode } from "../state/error-text.ts";
import { familyOf, type TaskState } from "../state/task-state.ts";
import { childIndex, type Run, rulesOf, taskRunName, typeOf } from "./run.ts";
import { tallyUpstreams } from "./tally.ts";
import { judge } from "./trigger.ts";
import { gather, isList, kindOf } from "./values.ts";

/** The state of a control node whose upstreams are finished and whose skips were looked at. */
export function control(run: Run, slot: number): TaskState {
  const node = run.plan.graph.nodes[run.owner[slot]!]!;
  switch (node.kind) {
    case "branch":
      return branch(run, slot, node);
    case "choose":
      return choose(run, slot, node);
    case "merge":
      return merge(run, slot);
    case "filter":
      return filter(run, slot, node);
    default:
      assert(false, "only branch, choose, merge and filter are control nodes");
  }
}

function failedTrigger(failed: number, total: number): TaskState {
  const why = `${failed} of the ${total} upstreams it takes its value from failed`;
  return {
    type: "TriggerFailed",
    error: recordOfCode("TRIGGER_FAILED", { why }),
    reason: { code: "trigger", trigger: "not_all_skipped", failed, successful: total - failed, total },
  };
}

/** Its result is the key of the case taken; keys are compared as text of a string, number or boolean. */
function branch(run: Run, slot: number, node: GraphNode): TaskState {
  const seen = tallyUpstreams(run, slot);
  if (seen.failed + seen.cancelled > 0) return failedTrigger(seen.failed + seen.cancelled, seen.total);
  const value = gather(run, slot)[0];
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    const error = recordOfCode("BRANCH_NO_KEY", { got: kindOf(value) });
    return { type: "Failed", error };
  }
  const key = String(value);
  const cases = node.cases ?? [];
  if (cases.includes(key)) return { type: "Success", result: key };
  return {
    type: "Success",
    result: cases.includes(OTHERWISE) ? OTHERWISE : null,
    reason: { code: "no-case-taken", key },
  };
}

/** The branch slot a choose node listens to: the sibling where both are mapped. */
function branchSlot(run: Run, slot: number, branchNode: number): number {
  const child = childIndex(run, slot);
  return child !== undefined && typeOf(run, branchNode) === "Mapped" ? run.childBase[branchNode]! + child : branchNode;
}

/** Whether everything a case returned was skipped; constants and parameters never are. */
function allSkipped(run: Run, slot: number, source: Source): boolean {
  const child = childIndex(run, slot);
  let nodes = 0;
  let skipped = 0;
  const visit = (at: Source): void => {
    if (at.kind === "list") at.items.forEach(visit);
    else if (at.kind === "object") at.values.forEach(visit);
    else if (at.kind === "element") visit(at.of);
    else if (at.kind === "node") {
      const paired =
        child !== undefined && typeOf(run, at.node) === "Mapped" ? run.childBase[at.node]! + child : at.node;
      nodes++;
      if (typeOf(run, paired) === "Skipped") skipped++;
    }
  };
  visit(source);
  return nodes > 0 && skipped === nodes;
}

/** What `branch()` returned: the value of the case taken. Nothing taken, or the taken case skipped: Skipped. */
function choose(run: Run, slot: number, node: GraphNode): TaskState {
  const at = branchSlot(run, slot, node.branchOf ?? -1);
  const type = typeOf(run, at);
  const name = taskRunName(run, at);
  if (familyOf(type) !== "success") return failedTrigger(1, 1);
  if (type === "Skipped")
    return { type: "Skipped", result: null, reason: { code: "upstream-skipped", upstream: name } };
  const seen = tallyUpstreams(run, slot);
  if (seen.failed + seen.cancelled > 0) return failedTrigger(seen.failed + seen.cancelled, seen.total);
  const index = (node.cases ?? []).indexOf(String(run.value[at]));
  const argument = node.arguments[index];
  if (argument === undefined) return { type: "Skipped", result: null, reason: { code: "all-upstreams-skipped" } };
  if (allSkipped(run, slot, argument.source))
    return { type: "Skipped", result: null, reason: { code: "all-upstreams-skipped" } };
  return { type: "Success", result: gather(run, slot)[index] };
}

/** The first result that is not null, in argument order; its trigger is not_all_skipped. */
function merge(run: Run, slot: number): TaskState {
  const seen = tallyUpstreams(run, slot);
  const verdict = judge(rulesOf(run, slot).trigger, seen);
  if (verdict === "skip") return { type: "Skipped", result: null, reason: { code: "all-upstreams-skipped" } };
  if (verdict === "fail") return failedTrigger(seen.failed + seen.cancelled, seen.total);
  const first = gather(run, slot).find((value) => value !== null && value !== undefined);
  return { type: "Success", result: first ?? null };
}

/** What is left of a list without null, and without members whose task run failed or was skipped. */
function filter(run: Run, slot: number, node: GraphNode): TaskState {
  const source = node.arguments[0]?.source;
  const value = gather(run, slot)[0];
  if (source === undefined || !isList(value)) {
    const upstream = source?.kind === "node" ? run.plan.graph.nodes[source.node]!.name : "filter";
    const error = recordOfCode("MAP_UNMAPPABLE", { upstream, got: kindOf(value) });
    return { type: "Failed", error, reason: { code: "unmappable-result", upstream, got: kindOf(value) } };
  }
  const kept = value.filter(
    (member, i) => member !== null && member !== undefined && !isError(member) && !isLost(run, source, i),
  );
  return { type: "Success", result: kept };
}

/** Member `index` of a list comes from a task run that failed, was skipped or cancelled. */
function isLost(run: Run, source: Source, index: number): boolean {
  const slot = memberSlot(run, source, index);
  if (slot === undefined) return false;
  const type = typeOf(run, slot);
  return type === "Skipped" || familyOf(type) !== "success";
}

function memberSlot(run: Run, source: Source, index: number): number | undefined {
  if (source.kind === "node")
    return source.path.length === 0 && typeOf(run, source.node) === "Mapped"
      ? run.childBase[source.node]! + index
      : undefined;
  const item = source.kind === "list" ? source.items[index] : undefined;
  return item?.kind === "node" ? item.node : undefined;
}
