/** A task called inside a flow: one more node, and a ref of its result. */
import type { Argument } from "../../graph/graph.ts";
import { type Building, currentBuilding } from "./building.ts";
import { displayName, labelOf, type TaskDefinition } from "../definition.ts";
import { noteLimits } from "../limit.ts";
import type { AnyRef } from "./ref.ts";
import { entryOf } from "./rules.ts";
import { sourceOf } from "./source.ts";
import { calledTask } from "./tasks-made.ts";
import { misuse } from "../user-line.ts";
import { describeValue } from "../checks/words.ts";
import { nameOfWrapped, Wrapped } from "./wrapped.ts";

export function callTask(definition: TaskDefinition, inputs: readonly unknown[]): AnyRef {
  const entered = enterFlow(definition);
  const { building, task, name } = entered;
  const parts = plainArguments(definition, entered, inputs);
  return building.refOf(building.addNode({ kind: "task", name, task, arguments: parts }));
}

/** Arguments of a call that is not mapped. */
export function plainArguments(
  definition: TaskDefinition,
  { building, name }: Entered,
  inputs: readonly unknown[],
): Argument[] {
  const parts: Argument[] = new Array<Argument>(inputs.length);
  for (let i = 0; i < inputs.length; i++) parts[i] = plainArgument(building, definition, name, inputs[i], i);
  return parts;
}

export function mapTask(definition: TaskDefinition, inputs: readonly unknown[]): AnyRef {
  const { building, task, name } = enterFlow(definition);
  building.refuseInBody(`'${name}' is mapped in the body, which is already once per element: call it plainly`);
  const parts = inputs.map((input, i) => mappedArgument(building, definition, name, input, i));
  if (!parts.some((part) => part.each)) {
    throw misuse("MAP_ARGUMENTS", {
      task: name,
      why: "nothing to map over: give at least one list that is not unmapped(…)",
    });
  }
  return building.refOf(building.addNode({ kind: "task", name, task, arguments: parts, mapped: true }));
}

function plainArgument(
  building: Building,
  definition: TaskDefinition,
  task: string,
  given: unknown,
  index: number,
): Argument {
  const label = labelOf(definition, index);
  const place = { building, task, argument: label };
  if (!(given instanceof Wrapped)) return { label, source: sourceOf(given, place), each: false, flatten: false };
  if (!given.each)
    throw misuse("MAP_ARGUMENTS", { task, why: `${nameOfWrapped(given)} only means something in .map(…)` });
  return { label, source: sourceOf(given.input, place), each: false, flatten: true };
}

function mappedArgument(
  building: Building,
  definition: TaskDefinition,
  task: string,
  given: unknown,
  index: number,
): Argument {
  const label = labelOf(definition, index);
  const says = given instanceof Wrapped ? given : new Wrapped(given, {});
  const source = sourceOf(says.input, { building, task, argument: label });
  if (says.each && source.kind === "node" && source.settled)
    throw misuse("MAP_ARGUMENTS", { task, why: `argument '${label}' is settled(…), which is one object, not a list` });
  const isList = source.kind !== "object" && (source.kind !== "value" || Array.isArray(source.value));
  if (!isList && (says.each || says.flatten)) {
    const got = source.kind === "value" ? describeValue(source.value) : "an object";
    throw misuse("MAP_ARGUMENTS", {
      task,
      why: `argument '${label}' is ${got}, not a list: wrap it in unmapped(…) to pass it whole to every child`,
    });
  }
  return { label, source, each: says.each, flatten: says.flatten };
}

export interface Entered {
  readonly building: Building;
  readonly task: number;
  readonly name: string;
}

/** The task's entry in the flow being built, made at its first call. @throws CaudalError TASK_OUTSIDE_FLOW, TASK_NAME_TWICE */
export function enterFlow(definition: TaskDefinition): Entered {
  const building = currentBuilding();
  if (building === undefined) throw misuse("TASK_OUTSIDE_FLOW", { task: displayName(definition) });
  const task = building.entryOf.get(definition) ?? addEntry(building, definition);
  const name = building.entries[task]?.rules.name ?? displayName(definition);
  return { building, task, name };
}

function addEntry(building: Building, definition: TaskDefinition): number {
  const name = definition.name ?? factoryName(building, definition);
  const meaning = building.meaningOf.get(name);
  if (meaning === undefined) building.meaningOf.set(name, definition.body);
  else if (meaning !== definition.body) throw misuse("TASK_NAME_TWICE", { flow: building.name, task: name });
  noteLimits(building.name, building.limits, definition.options.limits ?? building.settings.defaults.limits);
  calledTask(definition.body, building);
  const index = building.entries.push(entryOf(definition, name, building.settings)) - 1;
  building.entryOf.set(definition, index);
  return index;
}

/** `sqliteScript`, `sqliteScript 2`, … in order of first use in the flow; names taken by others are passed over. */
function factoryName(building: Building, definition: TaskDefinition): string {
  const before = building.factoryNames.get(definition.body);
  if (before !== undefined) return before;
  const factory = displayName(definition);
  let name = factory;
  for (let count = (building.factoryCounts.get(factory) ?? 0) + 1; ; count++) {
    name = count === 1 ? factory : `${factory} ${count}`;
    if (building.meaningOf.has(name)) continue;
    building.factoryCounts.set(factory, count);
    break;
  }
  building.factoryNames.set(definition.body, name);
  return name;
}
