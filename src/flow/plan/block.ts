/** Blocks: functions given to `use`, `group` and their like, called at once while the flow is built. */
import { isThenable } from "../../base/thenable.ts";
import { type Building, currentBuilding } from "./building.ts";
import { refTarget } from "./ref.ts";
import { misuse } from "../user-line.ts";
import { describeValue } from "../checks/words.ts";

/** The flow being built. @throws CaudalError TASK_OUTSIDE_FLOW */
export function buildingFor(what: string): Building {
  const building = currentBuilding();
  if (building === undefined) throw misuse("TASK_OUTSIDE_FLOW", { task: what });
  return building;
}

/** Refuses what is no function. @throws CaudalError BLOCK_INVALID */
export function checkBlock(what: string, block: unknown): asserts block is (...refs: never[]) => unknown {
  if (typeof block !== "function")
    throw misuse("BLOCK_INVALID", {
      what,
      why: `its last argument is a function that calls tasks, not ${describeValue(block)}`,
    });
}

/** What a block returned, unless it is a promise. @throws CaudalError BLOCK_INVALID */
export function checkReturned<B>(what: string, returned: B): B {
  if (refTarget(returned) !== undefined || !isThenable(returned)) return returned;
  // Its rejection (a ref that was awaited) is part of the mistake told here, not another one.
  if (returned instanceof Promise) returned.catch(() => undefined);
  throw misuse("BLOCK_INVALID", {
    what,
    why: "the function is async: it only draws the graph, remove 'async' and 'await'",
  });
}
