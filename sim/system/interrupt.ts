/** Stands in for `runtime/interrupt.ts`: Ctrl-C of a simulated process. What the runtime does about it is its own. */
import type { Interruptible } from "../../src/runtime/interrupt.ts";
import { isOfProcess } from "./process-memory.ts";

let active = new Set<Interruptible>();
isOfProcess(
  () => new Set<Interruptible>(),
  (memory) => (active = memory),
);

export function onInterrupt(run: Interruptible): () => void {
  const own = active;
  own.add(run);
  return () => void own.delete(run);
}

/** Ctrl-C, once; resolves when the process may end. */
export async function interruptAll(): Promise<void> {
  await Promise.allSettled([...active].map((run) => run.interrupt().ended));
}
