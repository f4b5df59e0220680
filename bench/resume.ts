/**
 * Going on with a run of 100,000 tasks × 3 upstreams of which half have finished, from opening the store to the first
 * body; and the floor under it: the same file opened, the finished rows read, counters rebuilt from flat arrays of
 * edges, a task that is ready found. Of a flow that the process has run before, its own flat arrays and its
 * fingerprint are there; of a new one they are made within the time.
 */
import { chmodSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { flow, type Ref, task } from "caudal";
import type { Batch } from "../src/ports/store.ts";
import { sqliteDriver } from "../src/store/sqlite-driver.ts";
import { SqliteStore } from "../src/store/sqlite/sqlite-store.ts";
import { benchFolder } from "./durable-folder.ts";
import { type RandomGraph, randomGraph } from "./random-graph.ts";
import { type Round, stopwatch, type Work } from "./worker.ts";

const TASKS = 100_000;
const UPSTREAMS = 3;
/** What the default executor runs at once. */
const IN_FLIGHT = 64;

class Stopped extends Error {}

/** A store whose process stops counting at some point: whatever comes then is refused. */
class StoppingStore extends SqliteStore {
  stops = false;

  override commit(batch: Batch): number {
    if (this.stops) throw new Stopped();
    return super.commit(batch);
  }
}

const open = (folder: string) => new StoppingStore(folder, { durability: "process" });

function graphFlow({ count, ups, upstreams }: RandomGraph, body: (xs: readonly number[]) => number) {
  const sum = task("sum", body);
  return flow("half", () => {
    const refs: Ref<number>[] = [];
    for (let node = 0; node < count; node++) {
      const of: Ref<number>[] = [];
      for (let i = 0; i < ups; i++) {
        const up = upstreams[node * ups + i]!;
        if (up >= 0) of.push(refs[up]!);
      }
      refs.push(sum(of));
    }
  });
}

async function untilStopped(run: Promise<unknown>): Promise<void> {
  await run.catch((error: unknown) => {
    if (!(error instanceof Stopped)) throw error;
  });
}

/** A store with such a run; its folder. */
async function halfDone(graph: RandomGraph, folder: string): Promise<string> {
  const store = open(join(folder, "half"));
  let bodies = 0;
  const half = graphFlow(graph, (xs) => {
    store.stops ||= ++bodies > graph.count / 2 + IN_FLIGHT; // what is in flight then is lost
    return xs.length;
  });
  await untilStopped(half.run({ logLevel: "off", store }));
  store.close();
  return join(folder, "half");
}

export async function resumeRow({ isNewFlow }: { readonly isNewFlow: boolean }): Promise<Work> {
  const graph = randomGraph(TASKS, UPSTREAMS);
  const folder = benchFolder();
  const half = await halfDone(graph, folder);
  const copy = join(folder, "copy");
  let began: () => void = () => undefined;
  const made = () =>
    graphFlow(graph, (xs) => {
      began();
      return xs.length;
    });
  let rest = made();
  return {
    prepare: () => {
      rmSync(copy, { recursive: true, force: true });
      cpSync(half, copy, { recursive: true });
      chmodSync(copy, 0o700);
      if (isNewFlow) rest = made();
      collectGarbage(); // of the building, which is not measured here
    },
    round: async () => {
      let took: Round | undefined;
      const stop = stopwatch();
      const store = open(copy);
      began = () => {
        took ??= stop(1);
        store.stops = true;
      };
      await untilStopped(rest.resume("last", { logLevel: "off", store }));
      store.close();
      if (took === undefined) throw new Error("the run did not go on");
      return took;
    },
  };
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

export async function resumeFloor(): Promise<Work> {
  const graph = randomGraph(TASKS, UPSTREAMS);
  const file = join(await halfDone(graph, benchFolder()), "caudal.db");
  return {
    round: async () => {
      const db = new (sqliteDriver().DatabaseSync)(file, {});
      const rows = db.prepare("SELECT slot, state FROM task_run WHERE run_no = ?").all(1) as { slot: number }[];
      const ready = firstReady(graph, rows);
      db.close();
      if (ready < 0 || rows.length < TASKS / 2) throw new Error("nothing is ready");
      return 1;
    },
  };
}

function firstReady({ count, ups, upstreams }: RandomGraph, rows: readonly { readonly slot: number }[]): number {
  const isDone = new Uint8Array(count);
  for (const { slot } of rows) isDone[slot] = 1;
  const left = new Uint8Array(count);
  for (let at = 0; at < upstreams.length; at++)
    if (upstreams[at]! >= 0 && isDone[upstreams[at]!] === 0) left[Math.floor(at / ups)]!++;
  for (let node = 0; node < count; node++) if (isDone[node] === 0 && left[node] === 0) return node;
  return -1;
}
