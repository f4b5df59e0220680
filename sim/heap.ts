/** What is going to happen, by virtual time; what is due at one instant comes in an order that chance decides. */
import type { SimProcess } from "./sim-process.ts";

export interface Happening {
  readonly at: number;
  /** Chance, then order: two things of one instant have no order of their own. */
  readonly tie: number;
  readonly order: number;
  /** It keeps nothing alive: a look now and then. */
  readonly background: boolean;
  /** Whose it is: it does not happen once that is dead. */
  readonly process: SimProcess | undefined;
  readonly action: () => void;
}

function before(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && (a.tie < b.tie || (a.tie === b.tie && a.order < b.order)));
}

export class HappeningHeap {
  readonly #heap: Happening[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(happening);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(happening, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = happening;
  }

  pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
