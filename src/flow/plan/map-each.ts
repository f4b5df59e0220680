/** `mapEach()`: a small graph of tasks, once per element of a list. */
import type { Source } from "../../graph/graph.ts";
import { forEachNodeIn } from "../../graph/order.ts";
import { buildingFor, checkBlock, checkReturned } from "./block.ts";
import type { Building } from "./building.ts";
import { controlArgument, controlTask } from "./control-node.ts";
import type { Built } from "./input.ts";
import { type AnyRef, isSettled, makeRef, type Ref, refTarget } from "./ref.ts";
import { sourceOf } from "./source.ts";
import { misuse } from "../user-line.ts";
import { describeValue } from "../checks/words.ts";

const WHAT = "mapEach(…)";

/**
 * Runs the tasks called in `body` once per element of the list, elements independently of each other; `branch` and
 * `merge` in it decide per element. Gives the list of what the body returned. Refs from outside are passed whole.
 * A task that uses no element runs once per element all the same.
 * @throws CaudalError MAP_EACH_BODY, BLOCK_INVALID, TASK_OUTSIDE_FLOW
 */
export function mapEach<T, B>(
  list: Ref<readonly T[]> | readonly (Ref<T> | T)[],
  body: (element: Ref<T>) => B,
): Ref<Built<B>[]> {
  const building = buildingFor(WHAT);
  building.refuseInBody("another mapEach(…) in its body: make the inner part a flow, and call its asTask()");
  checkBlock(WHAT, body);
  const source = listSource(building, list);
  return building.inBody(source, () => {
    const first = building.nodes.length;
    const element = makeRef(building, { kind: "element", of: source, path: [] });
    const returned = checkReturned(WHAT, (body as (element: AnyRef) => unknown)(element));
    return resultOf(building, returned, first);
  });
}

function listSource(building: Building, given: unknown): Source {
  const source = sourceOf(given, { building, task: WHAT, argument: "list" });
  const isList = source.kind === "value" ? Array.isArray(source.value) : source.kind !== "object";
  const target = refTarget(given);
  if (isList && (target === undefined || !isSettled(target.source))) return source;
  const got = target === undefined ? describeValue(given) : "settled(…), which is one object";
  throw misuse("MAP_EACH_BODY", { why: `it maps over a list, or the ref of one, not ${got}` });
}

/** What a task of the body returned is a list already; anything else is put together once per element. */
function resultOf(building: Building, returned: unknown, first: number): AnyRef {
  const source = sourceOf(returned, { building, task: WHAT, argument: "what the body returns" });
  if (source.kind === "element" && source.of.kind === "node" && source.of !== building.list) {
    if (source.path.length === 0 && !source.settled) return building.refOf(source.of.node);
  }
  let holdsRef = false;
  forEachNodeIn(source, (node) => {
    holdsRef ||= node >= first;
  });
  const ends = holdsRef ? [] : building.ends(first, "without cleanups");
  const collected = building.addNode({
    kind: "merge",
    name: "mapEach",
    task: controlTask(building, "merge"),
    arguments: [controlArgument("result", source)],
  });
  for (const end of ends) building.addAfter(collected, end);
  return building.refOf(collected);
}
