/** Marks at every commit of a run, and processes that die at every commit: what was said holds, or nothing was said. */
import { describe, expect, test } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { storeWith } from "../../../test/support/store-with.ts";
import { type FlowRun, flowRunOf } from "../../flow/flow-run.ts";
import { flow, task } from "../../index.ts";
import type { Store } from "../../ports/store.ts";
import { MemoryDisk, memoryStoreOn } from "../../store/memory.ts";
import { markProgram } from "./mark.ts";
import { resumeProgram } from "./resume.ts";
import { runProgram } from "../run.ts";

const RUN = "run1";
/** More than any of these runs has. */
const COMMITS_MAX = 40;

/** list → each (of which one fails once and is retried) → sum; and what takes another way. */
function shop(calls: string[]) {
  const said = (name: string) => void calls.push(name);
  const list = task("list", () => {
    said("list");
    return [1, 2, 3];
  });
  const each = task({ name: "each", retries: 1, retryDelay: "1s" }, (n: number) => {
    said(`each[${n - 1}]`);
    if (n === 2 && calls.filter((name) => name === "each[1]").length === 1) throw new Error("not yet");
    return n * 10;
  });
  const sum = task("sum", (all: readonly number[]) => {
    said("sum");
    return all.reduce((a, b) => a + b, 0);
  });
  const note = task({ name: "note", trigger: "all_finished" }, (_: number) => said("note"));
  return flow("shop", () => {
    const total = sum(each.map(list()));
    note(total);
    return total;
  });
}

/** A store whose process dies with its commit number `last`, once that is kept; before it, each commit is told. */
function dyingAt(disk: MemoryDisk, last: number, told: (commit: number) => unknown = () => undefined): Store {
  const inner = memoryStoreOn(disk, "first");
  let commits = 0;
  return storeWith(inner, {
    commit: async (batch) => {
      const cursor = await inner.commit(batch);
      await told(++commits);
      if (commits < last) return cursor;
      disk.kill("first");
      return new Promise<never>(() => undefined);
    },
  });
}

interface Ended {
  readonly run: FlowRun;
  /** Bodies that were called after the process had died. */
  readonly after: readonly string[];
}

/** Undefined: it had ended before its process could die there. */
async function died(last: number, told?: (disk: MemoryDisk, commit: number) => unknown) {
  const on = stage();
  const disk = new MemoryDisk();
  const calls: string[] = [];
  const made = shop(calls);
  const store = dyingAt(disk, last, (commit) => told?.(disk, commit));
  const run = runProgram(made.program, { store }, { ports: on, runId: RUN });
  const isDead = async () => {
    while (disk.alive.has("first")) await new Promise((resolve) => setImmediate(resolve));
    return "dead" as const;
  };
  const how = await Promise.race([isDead(), run.then(() => "ended" as const)]);
  return how === "ended" ? undefined : { on, disk, made, calls, before: calls.length };
}

/** Marks a task run of a run whose process died with its commit number `last`. */
async function markedAfter(last: number, name: string): Promise<Ended | undefined> {
  const left = await died(last);
  if (left === undefined) return undefined;
  const { on, disk, made, calls, before } = left;
  const store = memoryStoreOn(disk, "second");
  const mark = { task: name, as: "Success", why: "by hand", value: 5, by: "ana", from: undefined } as const;
  const run = flowRunOf(await markProgram(made.program, RUN, mark, { store }, { ports: on }));
  return { run, after: calls.slice(before) };
}

async function markedAtEvery(name: string): Promise<readonly Ended[]> {
  const all: Ended[] = [];
  for (let last = 1; last <= COMMITS_MAX; last++) {
    const ended = await markedAfter(last, name);
    if (ended === undefined) return all;
    all.push(ended);
  }
  throw new Error("the run has no end");
}

/** Or the code of the error that stands in its place. */
function resultOf({ result }: FlowRun): unknown {
  return typeof result === "object" && result !== null && "code" in result ? result.code : result;
}

describe("a task run of a run whose process died", () => {
  test.each([
    ["list", "TRIGGER_FAILED"],
    ["sum", 5],
    ["note", 60],
  ] as const)(
    "is marked whatever the last commit was: '%s' is not called after that, and the run ends",
    async (name, result) => {
      const all = await markedAtEvery(name);

      expect(all.length).toBeGreaterThan(5);
      expect(all.map(({ after }) => after.filter((called) => called === name))).toEqual(all.map(() => []));
      expect(all.map(({ run }) => run.task(name).state.reason?.code)).toEqual(all.map(() => "marked"));
      expect(all.map(({ run }) => resultOf(run))).toEqual(all.map(() => result));
    },
  );
});

interface Asked {
  readonly run: FlowRun;
  readonly open: number;
}

/** Another process asks for a mark at one commit, and the one that has the run dies at the next; a third goes on. */
async function askedAt(commit: number): Promise<Asked | undefined> {
  const ask = { kind: "mark", task: "sum", as: "Success", why: "by hand", value: 5 } as const;
  const post = (disk: MemoryDisk) => memoryStoreOn(disk, "second").post({ runId: RUN, ask, by: "ana", at: 0 });
  const left = await died(commit + 1, (disk, now) => (now === commit ? post(disk) : undefined));
  if (left === undefined) return undefined;
  const { on, disk, made } = left;
  const store = memoryStoreOn(disk, "third");
  if ((await store.readRun(RUN))?.endedAt !== undefined) return undefined; // its last commit was its end
  const run = flowRunOf(await resumeProgram(made.program, RUN, { store }, { ports: on }));
  return { run, open: (await store.requestsOf(RUN)).length };
}

async function askedAtEvery(): Promise<readonly Asked[]> {
  const all: Asked[] = [];
  for (let commit = 1; commit <= COMMITS_MAX; commit++) {
    const ended = await askedAt(commit);
    if (ended === undefined) return all;
    all.push(ended);
  }
  throw new Error("the run has no end");
}

describe("a mark that is asked for while a process that has the run dies", () => {
  test("is made or refused by whoever goes on with the run, which ends either way", async () => {
    const all = await askedAtEvery();

    expect(all.length).toBeGreaterThan(3);
    expect(all.map(({ open }) => open)).toEqual(all.map(() => 0));
    expect(all.map(({ run }) => run.state.type)).toEqual(all.map(() => "Success"));
    expect(new Set(all.map(({ run }) => run.result))).toEqual(new Set([5, 60]));
  });
});
