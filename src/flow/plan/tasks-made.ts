/** Tasks that were made and never called are most often a forgotten line: `check` and the first run say so. */
import type { Building } from "./building.ts";
import { displayName, type TaskDefinition } from "../definition.ts";

/** Programs that make tasks without end must not grow for the sake of a warning. */
const REMEMBERED_MAX = 10_000;
/** Tasks whose line is kept: a stack costs a microsecond or two as long as nobody reads it. */
const LOCATED_MAX = 500;

export interface MadeTask {
  readonly name: string;
  called: boolean;
  /** Its stack says where. */
  readonly made?: Error | undefined;
}

const outside = new Map<object, MadeTask>();

/** Notes a task (all its `with` variants are one) in the flow being built, or in the process. */
export function madeTask(definition: TaskDefinition, building: Building | undefined): void {
  if (outside.has(definition.body)) return;
  const made = building?.made ?? outside;
  if (made.has(definition.body) || made.size >= REMEMBERED_MAX) return;
  const where = made === outside && made.size < LOCATED_MAX ? new Error("made here") : undefined;
  made.set(definition.body, { name: displayName(definition), called: false, made: where });
}

export function calledTask(body: object, building: Building): void {
  const made = building.made.get(body) ?? outside.get(body);
  if (made !== undefined) made.called = true;
}

/** Names of the tasks made inside this flow's build function that it never called. */
export function neverCalledIn(building: Building): string[] {
  return [...building.made.values()].filter((made) => !made.called).map((made) => made.name);
}

/** The tasks made outside build functions that no flow of this process has called so far, by their bodies. */
export function* uncalledTasks(): Iterable<readonly [object, MadeTask]> {
  for (const entry of outside) if (!entry[1].called) yield entry;
}

/** Names of the tasks made outside build functions that no flow of this process has called. */
export function neverCalled(): string[] {
  return Array.from(uncalledTasks(), ([, { name }]) => name);
}
