import { describe, expect, test, vi } from "vitest";
import { fakeRandom } from "../../test/support/fake-random.ts";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { virtualClock } from "../../test/support/virtual-clock.ts";
import { context, every, flow, task } from "../index.ts";
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
import { runProgramOnSchedule } from "./run-on-schedule.ts";

/** One process that follows a schedule; processes share a disk and the time. */
function processOn(disk: MemoryDisk, name: string, clock = virtualClock()) {
  const logger = recordingLogger();
  const store = memoryStoreOn(disk, name);
  const ports = { clock, logger, random: { ...fakeRandom(), runId: () => `${name}-run-${++runs}` } };
  const follow = (program: Parameters<typeof runProgramOnSchedule>[0], more: { runs?: number; signal?: AbortSignal }) =>
    runProgramOnSchedule(program, { store, ...more }, { ports });
  return { clock, logger, store, follow };
}
let runs = 0;

describe("a schedule whose process died in a run", () => {
  test("is followed by another process, which takes that run up first", async () => {
    const calls: string[] = [];
    const disk = new MemoryDisk();
    const clock = virtualClock();
    const first = processOn(disk, "first", clock);
    const load = task("load", async () => {
      calls.push(`${context().runId} attempt ${context().attempt}`);
      if (context().runId.startsWith("first") && context().attempt === 1) {
        disk.kill("first");
        await new Promise(() => undefined);
      }
    });
    const { program } = flow({ name: "minutely", schedule: every("1m") }, () => load());

    first.follow(program, { runs: 1 }).catch(() => undefined); // a dead process's last words are refused
    await vi.waitFor(() => expect(calls.length).toBe(1));
    await processOn(disk, "second", clock).follow(program, { runs: 1 });

    expect(calls).toEqual([
      "first-run-1 attempt 1",
      "first-run-1 attempt 2",
      expect.stringMatching(/^second-run-\d+ attempt 1$/),
    ]);
  });

  test("has one run per tick, whoever watches", async () => {
    const calls: string[] = [];
    const disk = new MemoryDisk();
    const clock = virtualClock();
    const stop = new AbortController();
    const load = task("load", () => {
      if (calls.push(context().runId) === 3) stop.abort();
    });
    const { program } = flow({ name: "minutely", schedule: every("1m") }, () => load());
    const [one, other] = [processOn(disk, "one", clock), processOn(disk, "other", clock)];

    const { signal } = stop;
    await Promise.all([one.follow(program, { signal }), other.follow(program, { signal })]);

    const ticks = (await one.store.listRuns({ limit: 9 })).map(({ scheduledAt }) => scheduledAt);
    expect(new Set(ticks).size).toBe(3);
    expect(ticks.length).toBe(3);
    expect([...one.logger.lines(), ...other.logger.lines()].join()).toContain("was taken by");
  });
});
