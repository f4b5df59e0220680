/** The flows of the benchmark, built through the public API, each once. */
import { flow, inline, type Ref, task } from "caudal";
import { memoryStore } from "../src/store/memory.ts";
import { randomGraph } from "./random-graph.ts";

const FAN = 10_000;

/** These figures are of the engine: nothing is kept. */
const store = memoryStore();

/** What all of them are: something to run, and how many tasks it has. */
export interface Row {
  readonly tasks: number;
  run(): Promise<unknown>;
}

const root = task("root", async () => 1);
const plus = task("plus", async (x: number) => x + 1);
const join = task("join", async (xs: readonly number[]) => xs.length);
const sum3 = task("sum", async (xs: readonly number[]) => xs.length);

function fanOut(concurrency: number | undefined): Row {
  const fan = flow("fan-out", () => {
    const one = root();
    return join(Array.from({ length: FAN }, () => plus(one)));
  });
  const executor = concurrency === undefined ? inline({ maxAttempts: 100_000 }) : inline({ maxAttempts: concurrency });
  return { tasks: FAN + 2, run: () => fan.run({ logLevel: "off", store, executor }) };
}

/** Small runs are repeated within a round, so that a round is long enough to be timed. */
function repeated(row: Row, times: number): Row {
  return {
    tasks: row.tasks * times,
    run: async () => {
      for (let i = 0; i < times; i++) await row.run();
    },
  };
}

function dag(count: number): Row {
  const { upstreams, ups } = randomGraph(count, 3);
  const graph = flow("random graph", () => {
    const refs: Ref<number>[] = [];
    for (let t = 0; t < count; t++) {
      const of: Ref<number>[] = [];
      for (let i = 0; i < ups; i++) {
        const up = upstreams[t * ups + i]!;
        if (up >= 0) of.push(refs[up]!);
      }
      refs.push(sum3(of));
    }
  });
  return { tasks: count, run: () => graph.run({ logLevel: "off", store, executor: inline({ maxAttempts: 100_000 }) }) };
}

function chain(length: number): Row {
  const long = flow("chain", () => {
    let at = root();
    for (let i = 1; i < length; i++) at = plus(at);
    return at;
  });
  return { tasks: length, run: () => long.run({ logLevel: "off", store }) };
}

function build(count: number): Row {
  return {
    tasks: count,
    run: async () => {
      flow(`built ${Math.random()}`, () => {
        let at = root();
        for (let i = 1; i < count; i++) at = plus(at);
      });
    },
  };
}

/** A million children of one mapped task, all states held: live heap per task (needs --expose-gc). */
export async function mappedMillion(): Promise<{ readonly tasks: number; readonly bytesPerTask: number }> {
  const tasks = 1_000_000;
  const list = task("list", () => Array.from({ length: tasks }, (_, i) => i));
  const wide = flow("a million children", () => plus.map(list()));
  const gc = (globalThis as { readonly gc?: () => void }).gc ?? (() => undefined);
  gc();
  const before = process.memoryUsage();
  const run = await wide.run({ logLevel: "off", store });
  gc();
  const after = process.memoryUsage();
  if (run.state.type !== "Success") throw new Error(`the wide run ended ${run.state.type}`);
  return { tasks, bytesPerTask: (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / tasks };
}

export const ROWS: Readonly<Record<string, () => Row>> = {
  "fan-out 1 → 10,000 → 1": () => repeated(fanOut(undefined), 5),
  "fan-out, 16 at once": () => repeated(fanOut(16), 5),
  "random graph 100,000 × 3": () => dag(100_000),
  "random graph 5,000 × 3": () => repeated(dag(5_000), 20),
  "chain of 1,000": () => repeated(chain(1_000), 50),
  "building a chain of 100,000": () => build(100_000),
};
