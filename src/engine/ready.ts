/** Task runs that may start, as a binary heap: by rank of their node (priority, depth, node order), then by slot. */
import type { Run } from "./run.ts";

function before(run: Run, a: number, b: number): boolean {
  const rankA = run.plan.rank[run.owner[a]!]!;
  const rankB = run.plan.rank[run.owner[b]!]!;
  return rankA < rankB || (rankA === rankB && a < b);
}

export function pushReady(run: Run, slot: number): void {
  const heap = run.ready;
  let at = heap.length;
  heap.push(slot);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(run, slot, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = slot;
}

/** All others are to start no more. What stays is put in order anew: O(ready), where a person did something about it. */
export function keepReady(run: Run, stays: (slot: number) => boolean): void {
  const rest = run.ready.filter(stays);
  run.ready = [];
  for (const slot of rest) pushReady(run, slot);
}

export function popReady(run: Run): number | undefined {
  const heap = run.ready;
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(run, heap[child + 1]!, heap[child]!)) child++;
    if (!before(run, heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}
