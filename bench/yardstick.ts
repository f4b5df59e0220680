/**
 * L0, the yardstick: the smallest dataflow engine over a random graph of 100,000 tasks with 3 upstreams each. It
 * counts unfinished upstreams down, makes one promise per task and keeps results in an array; nothing else.
 *
 * Runs in a process that never touched AsyncLocalStorage: on Node 20 its first use slows every promise.
 */
import { type RandomGraph, randomGraph } from "./random-graph.ts";

async function runSmallest(graph: RandomGraph): Promise<number> {
  const { count, upstreams, ups } = graph;
  const left = new Uint8Array(count).fill(0);
  const downs: number[][] = Array.from({ length: count }, () => []);
  for (let task = 0; task < count; task++) {
    for (let i = 0; i < ups; i++) {
      const up = upstreams[task * ups + i]!;
      if (up < 0) continue;
      left[task]!++;
      downs[up]!.push(task);
    }
  }
  const results = new Array<number>(count);
  const body = async (task: number) => task + 1;
  return new Promise((resolve) => {
    let open = count;
    const start = (task: number) => {
      body(task).then((value) => {
        results[task] = value;
        for (const down of downs[task]!) if (--left[down]! === 0) start(down);
        if (--open === 0) resolve(results.length);
      });
    };
    for (let task = 0, roots = left.slice(); task < count; task++) if (roots[task] === 0) start(task);
  });
}

let graph: RandomGraph | undefined;

/** One round; how many tasks it ran. */
export async function yardstickRound(): Promise<number> {
  graph ??= randomGraph(100_000, 3);
  return runSmallest(graph);
}
