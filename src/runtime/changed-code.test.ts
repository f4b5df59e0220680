/** A run that goes on with other code, and an owner that dies at once. */
import { describe, expect, test } from "vitest";
import { fakeRandom } from "../../test/support/fake-random.ts";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { virtualClock } from "../../test/support/virtual-clock.ts";
import { flow } from "../flow/flow.ts";
import { task } from "../flow/task.ts";
import type { Store } from "../ports/store.ts";
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
import { resumeProgram } from "./kept/resume.ts";
import { runProgram } from "./run.ts";

describe("a run that goes on with more tasks than it began with", () => {
  test("is read rightly though its owner died between taking it over and its first commit", async () => {
    const disk = new MemoryDisk();
    const clock = virtualClock();
    const extra = { ports: { clock, random: fakeRandom(), logger: recordingLogger() } };
    const called: string[] = [];
    const named = (name: string, body: () => unknown = () => name) =>
      task(name, () => {
        called.push(name);
        return body();
      });
    const never = () => new Promise(() => undefined);
    const before = flow("etl", () => void named("load", never)().setUpstream(named("extract")()));
    const after = flow("etl", () => {
      named("audit")();
      named("load")().setUpstream(named("extract")());
    });
    void runProgram(before.program, { store: memoryStoreOn(disk, "one") }, extra);
    while (called.length < 2) await clock.turn();
    disk.kill("one");
    const [run] = await memoryStoreOn(disk, "reader").listRuns({ limit: 1 });
    const second: Store = memoryStoreOn(disk, "two");
    second.commit = never as Store["commit"];
    void resumeProgram(after.program, run!.id, { store: second, acceptChanges: true }, extra);
    while (disk.runs.get(run!.id)?.owner !== "two") await clock.turn();
    disk.kill("two");

    const third = await resumeProgram(
      after.program,
      run!.id,
      { store: memoryStoreOn(disk, "three"), acceptChanges: true },
      extra,
    );

    expect(third.state.type).toBe("Success");
    expect(called.toSorted()).toEqual(["audit", "extract", "load", "load"]);
  });
});
