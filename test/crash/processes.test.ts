/** Processes that are killed, stopped and asked to stop, and several at once, on real stores. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage } from "../examples/workspace.ts";
import { LEASE_MS } from "../../src/store/sqlite/process-table.ts";
import { complaintsAtEnd } from "./checks.ts";
import { type Place, Workspace } from "./rig.ts";
import type { Stored } from "./stored.ts";
import { until, zombie } from "./zombie.ts";

let workspace: Workspace;
beforeAll(async () => {
  await buildPackage();
  workspace = await Workspace.make({});
});
afterAll(() => workspace.remove());

const statesOf = (stored: Stored) =>
  Object.fromEntries(
    stored.runs.flatMap(({ taskRuns }) =>
      [...taskRuns.values()].map(({ name, row }) => [name.slice(name.indexOf("/") + 1), row.state] as const),
    ),
  );

const inFlight = (place: Place, count: number) =>
  until(() => place.journal().notes.filter(([, what]) => what === "in flight").length >= count);

describe("R15 a process killed with 20 bodies in flight", () => {
  test("is followed at once by one on the same machine: nobody waits for a lease", async () => {
    const place = workspace.place();
    const first = place.start("inflight", {});
    await inFlight(place, 20);
    first.child.kill("SIGKILL");
    await first.ended;
    const killedAt = process.hrtime.bigint();

    const second = await place.start("inflight", { resumeLast: true }).ended;

    const again = place.journal().starts.filter(({ at }) => at > killedAt);
    expect({ code: second.code, err: second.err }).toEqual({ code: 0, err: "" });
    expect(again.length).toBe(20);
    expect(Number(again.at(-1)!.at - killedAt) / 1e6).toBeLessThan(LEASE_MS / 3);
    expect(complaintsAtEnd(place.stored(), place.journal(), 1)).toEqual([]);
  });
});

describe("R31 a body that kills its process each time", () => {
  test("does so maxLost + 1 times; then it has failed as poison, and the rest of the run ends by its rules", async () => {
    const place = workspace.place();
    let deaths = 0;
    let ended = await place.start("poison", {}).ended;
    for (; ended.signal === "SIGKILL" && deaths < 10; deaths++) ended = await place.start("poison", {}).ended;

    expect({ deaths, code: ended.code }).toEqual({ deaths: 4, code: 0 });
    expect(statesOf(place.stored())).toMatchObject({
      "poison-1": { type: "Failed", reason: { code: "poison", count: 4 } },
      "neighbour-1": { type: "Success", result: "fine" },
      "after-1": { type: "Success", result: "noted" },
    });
    expect(place.journal().starts.filter(({ taskRun }) => taskRun.endsWith("/poison-1"))).toHaveLength(4);
    expect(complaintsAtEnd(place.stored(), place.journal(), deaths)).toEqual([]);
  });
});

describe("R32 a process that is asked to stop by SIGTERM", () => {
  test("keeps what its bodies still end with, gives up the others at the grace, and none of them is lost", async () => {
    const place = workspace.place();
    const first = place.start("drains", {});
    await inFlight(place, 2);
    first.child.kill("SIGTERM");
    const stopped = await first.ended;
    const between = statesOf(place.stored());

    const second = await place.start("drains", { resumeLast: true }).ended;

    expect({ code: stopped.code, err: stopped.err }).toEqual({ code: 143, err: "" });
    expect(stopped.out).toContain("npx caudal resume");
    expect(between).toMatchObject({ "works-1": { type: "Success", result: "worked" }, "stays-1": { type: "Pending" } });
    expect(second.code).toBe(0);
    expect(statesOf(place.stored())["last-1"]).toMatchObject({
      result: ["worked", { recovered: false, attempt: 2 }],
    });
  });
});

describe("R33 a second Ctrl-C", () => {
  test("ends the process now, with 130 and no stack, and the run goes on later", async () => {
    const place = workspace.place();
    const first = place.start("drains", {}, { GRACE: "60s" });
    await inFlight(place, 2);
    first.child.kill("SIGINT");
    await until(() => first.said.out.includes("Interrupted"));
    first.child.kill("SIGINT");
    const stopped = await first.ended; // far before its grace is over

    const second = await place.start("drains", { resumeLast: true }).ended;

    expect({ code: stopped.code, err: stopped.err }).toEqual({ code: 130, err: "" });
    expect(second.code).toBe(0);
    expect(complaintsAtEnd(place.stored(), place.journal(), 1)).toEqual([]);
  });
});

describe("R23 eight processes on one store", () => {
  test("that all want the same 200 runs make each of them once", async () => {
    const place = workspace.place();
    const started = Array.from({ length: 8 }, () => place.start("many", {}));
    const ended = await Promise.all(started.map((worker) => worker.ended));
    const last = await place.start("many", {}).ended;

    const { starts } = place.journal();
    const stored = place.stored();
    expect(ended.map(({ code, err }) => ({ code, err }))).toEqual(ended.map(() => ({ code: 0, err: "" })));
    expect(stored.runs).toHaveLength(200);
    expect(new Set(stored.runs.map(({ row }) => row.state.type))).toEqual(new Set(["Success"]));
    expect(new Set(starts.map(({ taskRun }) => taskRun)).size).toBe(starts.length);
    expect(starts).toHaveLength(400);
    expect(complaintsAtEnd(stored, place.journal(), 0)).toEqual([]);
    expect(last.code).toBe(0);
  }, 120_000);
});

describe("R24 a process that is stopped for longer than its lease and wakes", () => {
  test.each([
    ["with a result to write", "writes"],
    ["and only notices that others wrote", "looks"],
  ] as const)(
    "%s is refused with STALE_EPOCH, its bodies are told to stop, and nothing of it is written",
    async (_, wakes) => {
      expect(await zombie(workspace, wakes)).toEqual([]);
    },
  );
});
