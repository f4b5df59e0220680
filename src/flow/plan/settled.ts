/** `settled(ref)` and `filter(ref)`: what failed or was skipped, as data. */
import type { ErrorRecord } from "../../state/error-record.ts";
import { controlArgument, controlTask, refOfThisFlow } from "./control-node.ts";
import { isSettled, makeRef, type Ref } from "./ref.ts";
import { misuse } from "../user-line.ts";

/** Whether there is a result, and it or the error. */
export type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorRecord };

/**
 * The result, or the error in its place, for consumers that run after failures (`trigger: "all_finished"`). No node:
 * it only changes what the consumer is given. A skipped task has settled, with null.
 * @throws CaudalError SETTLED_ARGUMENT
 */
export function settled<T>(ref: Ref<T>): Ref<Settled<T>> {
  const refuse = (why: string) => misuse("SETTLED_ARGUMENT", { why });
  const { building, source } = refOfThisFlow("settled(…)", ref, refuse);
  if (isSettled(source)) throw refuse("this ref is settled already: one settled(…) is enough");
  if (source.kind === "parameter") throw refuse(`'${source.name}' is a parameter, which cannot fail: pass it as it is`);
  return makeRef(building, { ...source, settled: true });
}

/**
 * The list without null and undefined, and without what failed or was skipped. Runs when its list is there, whatever
 * became of single members. Of a list that was not made: Failed.
 * @throws CaudalError FILTER_ARGUMENT
 */
export function filter<T>(ref: Ref<readonly T[]>): Ref<NonNullable<T>[]> {
  const { building, source } = refOfThisFlow("filter(…)", ref, (why) => misuse("FILTER_ARGUMENT", { why }));
  const task = controlTask(building, "filter");
  return building.refOf(
    building.addNode({ kind: "filter", name: "filter", task, arguments: [controlArgument("list", source)] }),
  );
}
