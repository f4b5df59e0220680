/** Stands in for `runtime/interrupt.ts`: Ctrl-C of a simulated process. What the runtime does about it is its own. */
import type { Interruptible } from "../../src/runtime/interrupt.ts";
import { atProcessStart } from "./process-memory.ts";

const active = new Set<Interruptible>();
atProcessStart(() => active.clear());

export function onInterrupt(run: Interruptible): () => void {
  active.add(run);
  return () => void active.delete(run);
}

/** Ctrl-C, once; resolves when the process may end. */
export async function interruptAll(): Promise<void> {
  await Promise.allSettled([...active].map((run) => run.interrupt().ended));
}
