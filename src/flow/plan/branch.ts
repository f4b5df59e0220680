/** `branch` and `merge`: nodes the engine decides itself, so that a plan can be drawn and explained before it runs. */
import { isThenable } from "../../base/thenable.ts";
import { isPlainObject } from "../../base/json.ts";
import { type NodeId, OTHERWISE, type Source } from "../../graph/graph.ts";
import { forEachNodeIn } from "../../graph/order.ts";
import type { Building } from "./building.ts";
import { controlArgument as argument, controlTask, refOfThisFlow } from "./control-node.ts";
import type { Built, Why } from "./input.ts";
import { type AnyRef, type Ref, refTarget } from "./ref.ts";
import { sourceOf } from "./source.ts";
import { misuse } from "../user-line.ts";
import { describeValue } from "../checks/words.ts";

type IsWide<K> = string extends K ? true : number extends K ? true : false;
type CaseOf<K> = K extends string | number ? K : K extends boolean ? `${K}` : never;
type Cases<K> = [K] extends [string | number | boolean]
  ? IsWide<K> extends true
    ? Why<"this ref can be any text or number: give `otherwise` as the third argument">
    : { readonly [C in CaseOf<K>]: () => unknown }
  : Why<"branch needs a ref of text, a number or a boolean">;
type SomeCases<K> = [K] extends [string | number | boolean | null | undefined]
  ? IsWide<NonNullable<K>> extends true
    ? { readonly [key: string]: () => unknown }
    : { readonly [C in CaseOf<NonNullable<K>>]?: () => unknown }
  : Why<"branch needs a ref of text, a number or a boolean">;
type NoOther<C, Allowed> = { readonly [K in Exclude<keyof C, keyof Allowed>]: Why<"the ref never has this value"> };
type ReturnOf<C> = { [K in keyof C]: C[K] extends () => infer R ? Built<R> : never }[keyof C];

type CaseBuild = () => unknown;

/**
 * Runs the nodes of the case that the ref's value names, and skips those of the others. Every value of a closed
 * union needs its case; keys are compared as text of a string, a number or a boolean. Gives the value of the
 * case taken; a case that returns no ref counts as done when its last nodes are.
 * @throws CaudalError BRANCH_CASES
 */
export function branch<K, C extends Cases<K>>(ref: Ref<K>, cases: C & NoOther<C, Cases<K>>): Ref<ReturnOf<C>>;
/** With `otherwise` for every value that has no case. */
export function branch<K, C extends SomeCases<K>, O>(
  ref: Ref<K>,
  cases: C,
  otherwise: () => O,
): Ref<ReturnOf<C> | Built<O>>;
export function branch(ref: unknown, cases: unknown, otherwise?: unknown): AnyRef {
  const { building, source } = refOfThisFlow("branch(…)", ref, (why) => misuse("BRANCH_CASES", { why }));
  const builds = readCases(cases, otherwise);
  const keys = [...builds.keys()];
  const task = controlTask(building, "branch");
  const decision = building.addNode({
    kind: "branch",
    name: "branch",
    task,
    arguments: [argument("value", source)],
    cases: keys,
  });
  const waits: NodeId[] = [];
  const values = keys.map((key) =>
    argument(key === OTHERWISE ? "otherwise" : key, buildCase(building, decision, key, builds.get(key), waits)),
  );
  const choice = building.addNode({
    kind: "choose",
    name: "choose",
    task: controlTask(building, "choose"),
    arguments: values,
    cases: keys,
    branchOf: decision,
  });
  for (const end of waits) building.addAfter(choice, end);
  return building.refOf(choice);
}

function buildCase(
  building: Building,
  decision: NodeId,
  key: string,
  build: CaseBuild | undefined,
  waits: NodeId[],
): Source {
  const first = building.nodes.length;
  const name = key === OTHERWISE ? "otherwise" : JSON.stringify(key);
  const returned = building.inCase(decision, key, () => build?.());
  if (refTarget(returned) === undefined && isThenable(returned)) {
    if (returned instanceof Promise) returned.catch(() => undefined);
    throw misuse("BRANCH_CASES", { why: `case ${name} is async: it only draws the graph, remove 'async' and 'await'` });
  }
  const source = sourceOf(returned, { building, task: `branch, case ${name}`, argument: "what the case returns" });
  let holdsRef = false;
  forEachNodeIn(source, () => {
    holdsRef = true;
  });
  // Nothing returned would carry the wait: without these edges "after the branch" would be before it.
  if (!holdsRef) waits.push(...building.ends(first, "without cleanups"));
  return source;
}

function readCases(cases: unknown, otherwise: unknown): Map<string, CaseBuild> {
  if (!isPlainObject(cases))
    throw misuse("BRANCH_CASES", {
      why: `cases are an object of functions, not ${describeValue(cases)}: { sms: () => …, mail: () => … }`,
    });
  const builds = new Map<string, CaseBuild>();
  for (const key of Object.keys(cases)) {
    const build = cases[key];
    if (build === undefined) continue;
    if (typeof build !== "function")
      throw misuse("BRANCH_CASES", {
        why: `case ${JSON.stringify(key)} must be a function that calls tasks, not ${describeValue(build)}`,
      });
    builds.set(key, build as CaseBuild);
  }
  if (otherwise !== undefined) {
    if (typeof otherwise !== "function")
      throw misuse("BRANCH_CASES", {
        why: `otherwise must be a function that calls tasks, not ${describeValue(otherwise)}`,
      });
    builds.set(OTHERWISE, otherwise as CaseBuild);
  }
  if (builds.size === 0) throw misuse("BRANCH_CASES", { why: "it has no case" });
  return builds;
}

/**
 * The first result that is not null, in argument order; of nothing taken: Skipped.
 * @throws CaudalError MERGE_ARGUMENTS
 */
export function merge<const R extends readonly AnyRef[]>(...refs: R): Ref<Built<R[number]>> {
  const [first] = refs;
  if (first === undefined) throw misuse("MERGE_ARGUMENTS", { why: "it needs at least one ref" });
  const taken = (ref: unknown) => refOfThisFlow("merge(…)", ref, (why) => misuse("MERGE_ARGUMENTS", { why }));
  const { building } = taken(first);
  const parts = refs.map((ref, i) => argument(String(i), taken(ref).source));
  const task = controlTask(building, "merge");
  return building.refOf(building.addNode({ kind: "merge", name: "merge", task, arguments: parts })) as Ref<
    Built<R[number]>
  >;
}

/**
 * Chooses the tasks whose states decide the flow's state; without it, those that nothing waits for.
 * @throws CaudalError REFERENCE_UNKNOWN
 */
export function referenceTasks(...refs: readonly AnyRef[]): void {
  if (refs.length === 0) throw misuse("REFERENCE_UNKNOWN", { what: "nothing" });
  for (const ref of refs) {
    const refuse = () => misuse("REFERENCE_UNKNOWN", { what: describeValue(ref) });
    const { building, source } = refOfThisFlow("referenceTasks(…)", ref, refuse);
    const from =
      source.kind === "element" && source.of.kind === "node" && source.of !== building.list ? source.of : source;
    if (from.kind !== "node")
      throw misuse("REFERENCE_UNKNOWN", { what: source.kind === "element" ? "an element of a list" : "a parameter" });
    building.references.add(from.node);
  }
}
