/** What was asked of a run while nobody had it is done by whoever takes it over, before anything else. */
import { describe, expect, test, vi } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { approval, flow, type StateHandler, task } from "../../index.ts";
import { MemoryDisk, memoryStoreOn } from "../../store/memory.ts";
import { cancelKept } from "./cancel-kept.ts";
import { flowVersionOf, programFingerprint } from "./flow-version.ts";
import { readKeptRun } from "./kept-run.ts";
import { resumeProgram } from "./resume.ts";

const calls: string[] = [];
const note = (name: string) => task(name, () => calls.push(name));
const made = flow("asked", () => {
  note("second")().setUpstream(note("first")());
});

/** A run that its process created, and no more, before it died. */
async function neverBegun() {
  const disk = new MemoryDisk();
  const { program } = made;
  const first = memoryStoreOn(disk, "first");
  const fingerprint = programFingerprint(program);
  const about = { id: "run1", name: "run1", flow: "asked", fingerprint, file: undefined, origin: "script" } as const;
  const rest = { parameters: {}, tags: [], idempotencyKey: undefined, scheduledAt: undefined, createdAt: 1 };
  await first.createRun({ ...about, ...rest }, () => flowVersionOf(program));
  disk.kill("first");
  calls.length = 0;
  return { program, store: memoryStoreOn(disk, "second") };
}

describe("a cancel of a run that had not begun when its process died", () => {
  test("ends it without calling anything", async () => {
    const { program, store } = await neverBegun();
    await store.post({ runId: "run1", ask: { kind: "cancel" }, by: "ana", at: 2 });

    const run = await resumeProgram(program, "run1", { store }, { ports: stage() });

    expect([run.state.type, calls]).toEqual(["Cancelled", []]);
  });

  test("ends it without its code too, every task run Cancelled and every request answered", async () => {
    const { store } = await neverBegun();
    await store.post({ runId: "run1", ask: { kind: "cancel" }, by: "ana", at: 2 });
    const row = (await store.readRun("run1"))!;

    await cancelKept(store, row, await readKeptRun(store, row), { ...virtualClock(), now: () => 3 });

    expect(await store.readRun("run1")).toMatchObject({ state: { type: "Cancelled" }, endedAt: 3, ownership: "none" });
    expect((await store.readTaskRuns("run1")).map(({ state }) => state.type)).toEqual(["Cancelled", "Cancelled"]);
    expect(await store.requestsOf("run1")).toEqual([]);
  });
});

describe("a person's word about which a handler is asked when its process dies", () => {
  test("is heard by the next owner", async () => {
    const disk = new MemoryDisk();
    const [here, next] = [memoryStoreOn(disk, "here"), memoryStoreOn(disk, "next")];
    let asked = () => undefined as void;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const slow: StateHandler = (_subject, from) => {
      if (from.type !== "Paused" || !disk.alive.has("here")) return undefined;
      asked();
      return new Promise(() => undefined);
    };
    const f = flow("asks", () => void approval("go on?", { stateHandlers: [slow] })());
    const first = stage({ store: here });
    first.run(f, { wait: true }).catch(() => undefined); // a dead process's last words are refused
    const waits = async () => (await next.listRuns({ states: ["Paused"], limit: 1 }))[0];
    await vi.waitFor(async () => expect(await waits()).toBeDefined());
    const { id: runId } = (await waits())!;
    await next.post({ runId, ask: { kind: "reject", task: "go on?", why: "not today" }, by: "ana", at: 2 });
    await isAsked;
    await first.clock.sleep(10);

    disk.kill("here");
    const run = await resumeProgram(f.program, runId, { store: next }, { ports: stage() });

    expect(run.taskState(0)).toMatchObject({ type: "Failed", reason: { why: "not today", by: "ana" } });
    expect(await next.requestsOf(runId)).toEqual([]);
  });
});
