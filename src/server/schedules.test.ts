/** Schedules in a server: a run per tick over any number of them, switched off for all, made up after an absence. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CaudalError } from "../base/errors.ts";
import type { Clock } from "../ports/clock.ts";
import { context, every, flow, task } from "../index.ts";
import { virtualClock, type VirtualClock } from "../testing.ts";
import { thisProcess } from "../store/sqlite/process.ts";
import { SqliteStore } from "../store/sqlite/sqlite-store.ts";
import { served } from "../../test/support/served.ts";
import type { RunList, ScheduleDetail, ScheduleList } from "./contract.ts";

const AT = Date.UTC(2026, 10, 23, 10, 0, 30);
const MINUTE = 60_000;

const tick = task("tick", () => context().scheduledAt ?? 0);
const minutely = flow({ name: "minutely", schedule: every("1m") }, () => {
  tick();
});

const opened = new Set<() => void>();
/** Bodies that wait until the test lets them go. */
const gate = task(
  "gate",
  (_n: number) =>
    new Promise<void>((resolve, reject) => {
      opened.add(resolve);
      context().signal.addEventListener("abort", () => reject(new Error("stopped")));
    }),
);
const open = () => {
  for (const resolve of opened) resolve();
  opened.clear();
};
const slow = (overlap: "skip" | "queue" | "allow") =>
  flow({ name: `slow ${overlap}`, schedule: every("1m"), overlap, parameters: { n: 1 } }, ({ n }) => {
    gate(n);
  });

function manual(): VirtualClock {
  return virtualClock({ at: AT, manual: true });
}

function folderOfOwn(): string {
  const folder = mkdtempSync(join(tmpdir(), "caudal-ticks-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const ended = (count: number) => (list: RunList) =>
  list.runs.filter(({ endedAt }) => endedAt !== undefined).length === count;
const ticksOf = (list: RunList) => list.runs.map(({ scheduledAt }) => ((scheduledAt ?? 0) - AT + 30_000) / MINUTE);

describe("a schedule that is served", () => {
  test("U08: has a run for each tick, in order, and none once it is off", async () => {
    const clock = manual();
    const { until, post, get } = await served([minutely], { clock });
    const { schedules } = (await (await get("/schedules")).json()) as ScheduleList;

    for (let i = 1; i <= 3; i++) {
      clock.advance("1m");
      await until("/runs", ended(i));
    }
    const off = (await (
      await post(`/schedules/${schedules[0]?.id}/off`, {}, { "Caudal-By": "ana" })
    ).json()) as ScheduleDetail;
    clock.advance("5m");
    const runs = (await (await get("/runs")).json()) as RunList;

    expect(schedules).toMatchObject([
      { flow: "minutely", text: "every 1m", on: true, overlap: "skip", catchUp: "last" },
    ]);
    expect(schedules[0]?.next).toHaveLength(10);
    expect(off).toMatchObject({ on: false, changedBy: "ana", lastTick: { run: runs.runs[0]?.id } });
    expect(ticksOf(runs)).toEqual([3, 2, 1]);
    expect(runs.runs.every(({ trigger, state }) => trigger === "schedule" && state === "Success")).toBe(true);
  });

  test("goes on when it is switched on, without making up what it was off for", async () => {
    const clock = manual();
    const { until, post, get } = await served([minutely], { clock });
    const { schedules } = (await (await get("/schedules")).json()) as ScheduleList;
    await post(`/schedules/${schedules[0]?.id}/off`);
    clock.advance("10m");

    await post(`/schedules/${schedules[0]?.id}/on`);
    clock.advance("1m");
    const runs = await until("/runs", ended(1));

    expect(ticksOf(runs)).toEqual([11]);
  });

  test("that is not there cannot be switched", async () => {
    const { post } = await served([minutely], { clock: manual() });

    expect((await post("/schedules/nothing/off")).status).toBe(404);
  });
});

describe("several servers on one store", () => {
  test("make one run of a tick between them, and off is off for all", async () => {
    const folder = folderOfOwn();
    const clock = manual();
    const servers = [
      await served([minutely], { clock, folder }),
      await served([minutely], { clock, folder }),
      await served([minutely], { clock, folder }),
    ];
    const [first, second] = servers;

    for (let i = 1; i <= 5; i++) {
      clock.advance("1m");
      await first!.until("/runs", ended(i));
    }
    const { schedules } = (await (await first!.get("/schedules")).json()) as ScheduleList;
    await second!.post(`/schedules/${schedules[0]?.id}/off`);
    clock.advance("3m");
    const runs = (await (await first!.get("/runs")).json()) as RunList;

    expect(ticksOf(runs)).toEqual([5, 4, 3, 2, 1]);
  });
});

describe("ticks that passed while nobody watched", () => {
  test("are one run, of the last, by default", async () => {
    const folder = folderOfOwn();
    const clock = manual();
    const before = await served([minutely], { clock, folder });
    clock.advance("1m");
    await before.until("/runs", ended(1));
    await before.close();

    clock.advance("1h");
    const after = await served([minutely], { clock, folder });
    const runs = await after.until("/runs", ended(2));

    expect(ticksOf(runs)).toEqual([61, 1]);
  });

  test("are none where the schedule was never watched before", async () => {
    const clock = manual();
    const { get } = await served([minutely], { clock });

    expect(((await (await get("/runs")).json()) as RunList).runs).toEqual([]);
  });

  test.each([
    ["none", []],
    ["all", [4, 3, 2, 1]],
  ] as const)("with catchUp %s are %o", async (catchUp, wanted) => {
    const folder = folderOfOwn();
    const clock = manual();
    const caught = flow({ name: "caught", schedule: every("1m"), catchUp, overlap: "allow" }, () => {
      tick();
    });
    await (await served([caught], { clock, folder })).close();

    clock.advance("4m");
    const { until } = await served([caught], { clock, folder });
    const runs = await until("/runs", ended(wanted.length));

    expect(ticksOf(runs)).toEqual(wanted);
  });
});

/** A machine that sleeps: timers that fall due meanwhile are heard when it wakes. */
function sleeper(clock: VirtualClock): { readonly clock: Clock; sleep(duration: "4m"): void } {
  const due: (() => void)[] = [];
  let asleep = false;
  return {
    clock: {
      now: () => clock.now(),
      turn: () => clock.turn(),
      at: (at, callback) => clock.at(at, () => (asleep ? void due.push(callback) : callback())),
    },
    sleep(duration) {
      asleep = true;
      clock.advance(duration);
      asleep = false;
      for (const callback of due) callback();
    },
  };
}

describe("a server whose machine slept past several ticks", () => {
  test.each([
    ["none", [1]],
    ["last", [4, 1]],
    ["all", [4, 3, 2, 1]],
  ] as const)(
    "makes up the ones that catchUp %s says, after the one it had waited for: %o",
    async (catchUp, wanted) => {
      const { clock, sleep } = sleeper(manual());
      const caught = flow({ name: "caught", schedule: every("1m"), catchUp, overlap: "allow" }, () => {
        tick();
      });
      const { until } = await served([caught], { clock });

      sleep("4m");
      const runs = await until("/runs", ended(wanted.length));

      expect(ticksOf(runs)).toEqual(wanted);
    },
  );
});

describe("a tick whose run cannot be kept", () => {
  test("is tried again until it can: the store was busy, or its disk full", async () => {
    const clock = manual();
    const { until, store, logger } = await served([minutely], { clock });
    vi.spyOn(store, "createRun").mockImplementationOnce(() => {
      throw new CaudalError("STORE_BUSY", { store: store.name });
    });

    clock.advance("1m");
    await vi.waitFor(() => expect(logger.lines().join("\n")).toContain("could not be carried out yet"));
    clock.advance("1s");
    const runs = await until("/runs", ended(1));

    expect(ticksOf(runs)).toEqual([1]);
  });
});

describe("a tick while the run before it goes on", () => {
  test("is skipped, and that is kept", async () => {
    const clock = manual();
    const { until, get } = await served([slow("skip")], { clock });
    clock.advance("1m");
    await until<RunList>("/runs", ({ runs }) => runs.length === 1);

    clock.advance("1m");
    const { schedules } = (await (await get("/schedules")).json()) as ScheduleList;
    const detail = await until<ScheduleDetail>(`/schedules/${schedules[0]?.id}`, ({ ticks }) => ticks.length === 2);
    open();
    await until("/runs", ended(1));
    clock.advance("1m");
    open();
    const runs = await until<RunList>("/runs", ({ runs: all }) => all.length === 2);
    open();

    expect(detail.ticks.map(({ outcome }) => outcome)).toEqual(["skipped", "run"]);
    expect(ticksOf(runs)).toEqual([3, 1]);
  });

  test("runs beside it with overlap allow", async () => {
    const clock = manual();
    const { until } = await served([slow("allow")], { clock });

    clock.advance("1m");
    await until<RunList>("/runs", ({ runs }) => runs.length === 1);
    clock.advance("1m");
    const runs = await until<RunList>("/runs", ({ runs: all }) => all.length === 2);
    open();

    expect(runs.runs.map(({ endedAt }) => endedAt)).toEqual([undefined, undefined]);
  });

  test("waits for it with overlap queue", async () => {
    const clock = manual();
    const { until } = await served([slow("queue")], { clock });
    clock.advance("1m");
    await until<RunList>("/runs", ({ runs }) => runs.length === 1 && opened.size === 1);
    clock.advance("1m");
    await until<RunList>("/runs", ({ runs }) => runs.length === 1);

    open();
    await until("/runs", ended(1));
    clock.advance("1s");
    const runs = await until<RunList>("/runs", ({ runs: all }) => all.length === 2);
    open();

    expect(ticksOf(runs)).toEqual([2, 1]);
  });
});

describe("a process that dies with a tick in its hands", () => {
  test("loses none: the run is there with the tick, and the next server goes on with it", async () => {
    const folder = folderOfOwn();
    const clock = manual();
    // To everybody else it is a process of this machine that is gone.
    const dead = { ...thisProcess(), pid: 4_999_999 };
    const store = new SqliteStore(join(folder, ".caudal"), { durability: "process", process: dead });
    const doomed = await served([slow("skip")], { clock, folder, store });
    clock.advance("1m");
    await doomed.until<RunList>("/runs", ({ runs }) => runs.length === 1);

    const { until } = await served([slow("skip")], { clock, folder });
    await until<RunList>("/runs", ({ runs }) => runs[0]?.ownership === "here");
    open();
    const runs = await until("/runs", ended(1));

    expect(ticksOf(runs)).toEqual([1]);
  });
});
