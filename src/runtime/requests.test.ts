/** What was asked of a run while nobody had it is done by whoever takes it over, before anything else. */
import { describe, expect, test } from "vitest";
import { stage } from "../../test/support/play.ts";
import { virtualClock } from "../../test/support/virtual-clock.ts";
import { flow, task } from "../index.ts";
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
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
