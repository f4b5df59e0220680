/** What `branch`, `merge`, `filter` and their like share: they take refs of the flow being built and add nodes the engine decides itself. */
import type { Argument, Source } from "../../graph/graph.ts";
import { type Building, currentBuilding } from "./building.ts";
import { type RefSource, refTarget } from "./ref.ts";
import { type ControlKind, controlEntry } from "./rules.ts";
import { misuse } from "../user-line.ts";
import { describeValue } from "../checks/words.ts";

export interface TakenRef {
  readonly building: Building;
  readonly source: RefSource;
}

/**
 * A ref given to `what`, as a source of the flow that is being built.
 * @param refuse makes the error for anything else than a ref
 */
export function refOfThisFlow(what: string, ref: unknown, refuse: (why: string) => Error): TakenRef {
  const target = refTarget(ref);
  if (target === undefined) throw refuse(`it takes refs (results of task calls), not ${describeValue(ref)}`);
  const building = currentBuilding();
  if (building === undefined) throw misuse("FLOW_SEALED", { flow: target.owner.name, what });
  return { building, source: building.own(target) };
}

/** Index of the one entry all nodes of this kind share. */
export function controlTask(building: Building, kind: ControlKind): number {
  const before = building.controls.get(kind);
  if (before !== undefined) return before;
  const index = building.entries.push(controlEntry(kind, building.settings)) - 1;
  building.controls.set(kind, index);
  return index;
}

export function controlArgument(label: string, source: Source): Argument {
  return { label, source, each: false, flatten: false };
}
