/** `group()`: a name around some tasks. Drawn as a frame; it changes nothing about when they run. */
import { buildingFor, checkBlock, checkReturned } from "./block.ts";
import { checkName } from "../checks/names.ts";
import { misuse } from "../user-line.ts";
import { describeValue } from "../checks/words.ts";

/**
 * Puts the tasks called in `block` into a group, and gives back what it returned. Groups may be nested; two of one
 * name at the same place are one.
 * @throws CaudalError TASK_OUTSIDE_FLOW, NAME_INVALID, BLOCK_INVALID
 */
export function group<B>(name: string, block: () => B): B {
  const what = `group(${describeValue(name)}, …)`;
  const building = buildingFor(what);
  if (typeof name !== "string") throw misuse("BLOCK_INVALID", { what, why: "its name comes first, as text" });
  checkName("a group", name);
  checkBlock(what, block);
  return checkReturned(what, building.inGroup(name, block));
}
