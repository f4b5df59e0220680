/** A person marks a task run: of a run another process has, of one that was left, and of one that has ended. */
import { describe, expect, test } from "vitest";
import { fakeRandom } from "../../../test/support/fake-random.ts";
import { type AnyFlow, stage, type Stage, typesOf } from "../../../test/support/play.ts";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { storeWith } from "../../../test/support/store-with.ts";
import { type FlowRun, flowRunOf } from "../../flow/flow-run.ts";
import { approval, branch, flow, task } from "../../index.ts";
import type { Batch, Store } from "../../ports/store.ts";
import { sqliteStore } from "../../flow/sqlite-store.ts";
import { MemoryDisk, memoryStoreOn } from "../../store/memory.ts";
import { type MarkOrder, markProgram } from "./mark.ts";
import { pauseKept } from "./pause-kept.ts";
import { type ResumeOptions, resumeProgram } from "./resume.ts";
import { retryProgram } from "./retry.ts";
import { runProgram } from "../run.ts";

const RUN = "run1";
const said: MarkOrder = { task: "load", as: "Success", why: "loaded by hand", value: 7, by: "ana", from: "script" };

function twoProcesses() {
  const disk = new MemoryDisk();
  return { disk, first: memoryStoreOn(disk, "first"), second: memoryStoreOn(disk, "second"), calls: [] as string[] };
}

async function mark(on: Stage, made: AnyFlow, id: string, more: Partial<MarkOrder> = {}, options: ResumeOptions = {}) {
  const { clock, logger, store } = on;
  const ports = { clock, logger, random: fakeRandom() };
  return flowRunOf(await markProgram(made.program, id, { ...said, ...more }, { store, ...options }, { ports }));
}

/** extract → load → report, of which load fails. */
function etl(calls: string[] = []) {
  const extract = task("extract", () => {
    calls.push("extract");
    return 1;
  });
  const load = task("load", (_: number): number => {
    calls.push("load");
    throw new Error("no such table");
  });
  const report = task("report", (rows: number) => {
    calls.push("report");
    return `${rows} rows`;
  });
  return { made: flow("etl", () => report(load(extract()))), calls };
}

const lasting = () => stage({ store: memoryStoreOn(new MemoryDisk(), "this process") });
const linesOf = async (store: Store, run: FlowRun, slot: number) =>
  (await store.readLogs(run.id, slot)).map(({ text }) => text);

describe("a task run of a run that has ended", () => {
  test("is what it was marked as, what follows runs with its value, in the same run, and nothing else", async () => {
    const on = lasting();
    const { made, calls } = etl();
    const failed = await on.run(made);
    calls.length = 0;

    const run = await mark(on, made, failed.id);

    expect([run.id, run.state.type, run.result, calls]).toEqual([failed.id, "Success", "7 rows", ["report"]]);
    expect(await on.store.readRun(run.id)).toMatchObject({ epoch: 2, state: { type: "Success" }, ownership: "none" });
  });

  test("tells for ever who said it, when, why and what it was before: in its state, its log and the audit", async () => {
    const on = lasting();
    const { made } = etl();
    const failed = await on.run(made);
    await on.clock.sleep(500);

    const run = await mark(on, made, failed.id);

    const reason = { code: "marked", why: "loaded by hand", by: "ana", at: on.clock.now(), from: "Failed" };
    expect((await on.store.readTaskRuns(run.id))[1]?.state).toEqual({ type: "Success", result: 7, reason });
    expect(await linesOf(on.store, run, 1)).toEqual(["Marked Success by ana, when it was Failed: loaded by hand"]);
    expect(on.logger.lines().join("\n")).toContain("final state: 'Success' (marked by ana: loaded by hand)");
  });

  test("is what listeners are told of, and not what followed well before", async () => {
    const on = lasting();
    const told: (readonly string[])[] = [];
    const load = task("load", () => 1);
    const report = task("report", (rows: number) => rows);
    const made = flow(
      {
        name: "told",
        onFailure: (_subject, _state, info) => void told.push(info.failures().named.map((one) => one.name)),
      },
      () => report(load()),
    );
    const { id } = await on.run(made);

    await mark(on, made, id, { as: "Failed", value: undefined });

    expect(told).toEqual([["load"]]);
  });

  test("is kept with its line in one commit, so that nobody sees the one without the other", async () => {
    const on = lasting();
    const { made } = etl();
    const failed = await on.run(made);
    const kept: Batch[] = [];
    const store = storeWith(on.store, {
      commit: (batch) => {
        kept.push(batch);
        return on.store.commit(batch);
      },
    });

    await mark({ ...on, store }, made, failed.id);

    const [first] = kept;
    expect(first?.taskRuns.find(({ slot }) => slot === 1)?.state).toMatchObject({ reason: { code: "marked" } });
    expect(first?.logs).toMatchObject([{ slot: 1, text: expect.stringContaining("loaded by hand") }]);
  });

  test("was never marked where the process dies before it said so, and its run goes on as any other", async () => {
    const { disk, first, second, calls } = twoProcesses();
    const on = stage({ store: first });
    const { made } = etl(calls);
    const failed = await on.run(made);
    const dying = storeWith(first, { commit: () => new Promise(() => undefined) });
    void mark({ ...on, store: dying }, made, failed.id);
    await expect.poll(async () => (await second.readRun(failed.id))?.state.type).toBe("Running");
    disk.kill("first");

    const run = await resumeProgram(made.program, "last", { store: second }, { ports: on });

    expect([run.id, run.state.type, calls]).toEqual([failed.id, "Failed", ["extract", "load"]]);
  });

  test("keeps the line in its log when it runs again later", async () => {
    const on = lasting();
    const { made, calls } = etl();
    const failed = await on.run(made);
    await mark(on, made, failed.id);
    calls.length = 0;

    const from = { slug: "load-1", child: undefined };
    await retryProgram(made.program, failed.id, { store: on.store, from }, { ports: on });

    expect(calls).toEqual(["load"]);
    expect(await linesOf(on.store, failed, 1)).toContain("Marked Success by ana, when it was Failed: loaded by hand");
  });

  test("ends its run anew where nothing follows", async () => {
    const on = lasting();
    const { made, calls } = etl();
    const failed = await on.run(made);
    calls.length = 0;

    const run = await mark(on, made, failed.id, { task: "report", as: "Skipped", value: undefined });

    expect([run.state.type, calls]).toEqual(["Success", []]);
    expect(typesOf(run)).toEqual({ extract: "Success", load: "Failed", report: "Skipped" });
  });

  test("has the run fail where it is marked Failed, with the reason", async () => {
    const on = lasting();
    const made = flow("good", () => task("load", () => 1)());
    const good = await on.run(made);

    const run = await mark(on, made, good.id, { as: "Failed", why: "the numbers are wrong", value: undefined });

    expect(run.state.type).toBe("Failed");
    expect(run.task("load").state).toMatchObject({
      error: { code: "MARKED_FAILED", message: "marked Failed by ana: the numbers are wrong" },
    });
  });

  test("may be a child of a mapped one, by its index", async () => {
    const on = lasting();
    const parse = task("parse", (x: number) => {
      if (x === 2) throw new Error("odd");
      return x;
    });
    const sum = task("sum", (xs: number[]) => xs.reduce((a, b) => a + b, 0));
    const made = flow("mapped", () => sum(parse.map([1, 2, 3])));
    const failed = await on.run(made);

    const run = await mark(on, made, failed.id, { task: "parse[1]", value: 20 });

    expect([run.state.type, run.result]).toEqual(["Success", 24]);
    await expect(mark(on, made, failed.id, { task: "parse" })).rejects.toMatchObject({
      code: "TASK_NOT_MARKABLE",
      message: "'parse' (Mapped) cannot be marked: it is mapped; mark its children, each by itself",
    });
  });

  test("is refused with a code where that cannot be, and nothing is written", async () => {
    const on = lasting();
    const { made } = etl();
    const other = flow("other", () => task("load", () => 1)());
    const failed = await on.run(made);

    const refused = (more: Partial<MarkOrder>, of: AnyFlow = made, id = failed.id) =>
      expect(mark(on, of, id, more)).rejects;
    await refused({ task: "laod" }).toMatchObject({ code: "TASK_UNKNOWN" });
    await refused({}, made, "nowhere").toMatchObject({ code: "RUN_UNKNOWN" });
    await refused({}, other).toMatchObject({ code: "RUN_OF_ANOTHER_FLOW" });
    expect(await on.store.readRun(failed.id)).toMatchObject({ epoch: 1 });
  });

  test("of a flow that changed in what would run again is marked when told to", async () => {
    const on = lasting();
    const { made } = etl();
    const failed = await on.run(made);
    const load = task("load", () => 1);
    const changed = flow("etl", () => task("summary", (rows: number) => rows)(load()));

    await expect(mark(on, changed, failed.id)).rejects.toMatchObject({
      code: "RUN_CODE_CHANGED",
      data: { command: `mark ${failed.id} load` },
    });
    const run = await mark(on, changed, failed.id, {}, { acceptChanges: true });

    expect(run.result).toBe(7);
  });
});

describe("a task run of a run that a process has", () => {
  /** A run in the first process, whose first task waits to be let go, and what the second one says of the second task. */
  async function marked(more: Partial<MarkOrder>) {
    const on = stage();
    const { first, second, calls } = twoProcesses();
    let letGo = (): void => undefined;
    const extract = task("extract", async () => {
      calls.push("extract");
      await new Promise<void>((resolve) => (letGo = resolve));
      return 1;
    });
    const load = task("load", (_: number) => calls.push("load"));
    const report = task("report", (rows: number) => `${rows} rows`);
    const made = flow("lives", () => report(load(extract())));
    const run = runProgram(made.program, { store: first }, { ports: on, runId: RUN });
    await expect.poll(() => calls).toEqual(["extract"]);
    const seen = await mark({ ...on, store: second }, made, RUN, more);
    letGo();
    return { on, seen, calls, ended: flowRunOf(await run), second };
  }

  test("is marked by that process, and never called", async () => {
    const { seen, ended, calls } = await marked({});

    expect(seen.task("load").state).toMatchObject({ type: "Success", reason: { code: "marked", by: "ana" } });
    expect([ended.state.type, ended.result, calls]).toEqual(["Success", "7 rows", ["extract"]]);
  });

  test("is left alone while its body is called, and the process says why", async () => {
    const { on, ended, calls, second } = await marked({ task: "extract" });

    expect([ended.state.type, calls]).toEqual(["Success", ["extract", "load"]]);
    expect(on.logger.lines().join("\n")).toContain(
      "What ana asked for (mark extract) was refused: 'extract' (Running) cannot be marked",
    );
    expect(await second.requestsOf(RUN)).toEqual([]);
  });
});

describe("a mark of which handlers are being told when their process dies", () => {
  test("is not answered yet, and made by whoever goes on with the run", async () => {
    const on = stage();
    const { disk, first, second, calls } = twoProcesses();
    const told: string[] = [];
    const stateHandlers = [
      (_: unknown, __: unknown, to: { readonly type: string }) => {
        told.push(to.type);
        return told.length === 1 ? new Promise<undefined>(() => undefined) : undefined;
      },
    ];
    const extract = task("extract", () => (calls.push("extract") === 1 ? new Promise<number>(() => undefined) : 1));
    const load = task({ name: "load", stateHandlers }, (_: number): number => calls.push("load"));
    const made = flow("tells", () => load(extract()));
    runProgram(made.program, { store: first }, { ports: on, runId: RUN }).catch(() => undefined); // its process dies
    await expect.poll(() => calls).toEqual(["extract"]);
    const { task: name, as, why, value } = said;
    await second.post({ runId: RUN, ask: { kind: "mark", task: name, as, why, value }, by: "ana", at: 1 });
    await expect.poll(() => told).toEqual(["Success"]);
    const open = await second.requestsOf(RUN);
    disk.kill("first");

    const run = flowRunOf(await resumeProgram(made.program, RUN, { store: second }, { ports: on }));

    expect([open.length, run.result, calls]).toEqual([1, 7, ["extract", "extract"]]);
    expect(run.task("load").state.reason).toMatchObject({ code: "marked", by: "ana" });
  });
});

describe("a task run of a run that was left before its end", () => {
  test("is marked though its attempt was lost, where its task would fail for that", async () => {
    const on = stage();
    const { disk, first, second, calls } = twoProcesses();
    const load = task({ name: "load", onLost: "fail" }, () => {
      calls.push("load");
      return new Promise<number>(() => undefined);
    });
    const made = flow("dies", () => task("report", (rows: number) => `${rows} rows`)(load()));
    runProgram(made.program, { store: first }, { ports: on, runId: RUN }).catch(() => undefined); // its process dies
    await expect.poll(() => calls).toEqual(["load"]);
    await expect.poll(async () => (await second.readHistory(RUN)).length).toBeGreaterThan(0);
    disk.kill("first");

    const run = await mark({ ...on, store: second }, made, RUN);

    expect([run.state.type, run.result, calls]).toEqual(["Success", "7 rows", ["load"]]);
  });

  test("answers its question to a person in its place, and the run goes on", async () => {
    const on = lasting();
    const gate = approval("release?");
    const made = flow("asks", () => task("release", (go: boolean) => go)(gate()));
    const paused = await on.run(made);

    const run = await mark(on, made, paused.id, { task: "release?", value: true });

    expect([paused.state.type, run.state.type, run.result]).toEqual(["Paused", "Success", true]);
  });

  test("stays marked, and its run Paused, where a person had paused it, until that is resumed", async () => {
    const on = lasting();
    const { first, second, calls } = twoProcesses();
    const gate = approval("release?");
    const load = task("load", (_: boolean): number => calls.push("load"));
    const made = flow("held", () => task("report", (rows: number) => `${rows} rows`)(load(gate())));
    await runProgram(made.program, { store: first }, { ports: on, runId: RUN });
    await pauseKept({ store: second, clock: on.clock }, (await second.readRun(RUN))!, "eva");
    const there = { ...on, store: second };

    const held = await mark(there, made, RUN);
    await mark(there, made, RUN, { task: "release?", value: true });
    const resumed = await resumeProgram(made.program, RUN, { store: second }, { ports: on });

    expect(held.state).toEqual({ type: "Paused", reason: { code: "by-person", by: "eva" } });
    expect(held.task("load").state).toMatchObject({ type: "Success", reason: { by: "ana" } });
    expect([resumed.state.type, calls]).toEqual(["Success", []]);
  });
});

describe("a mark in the file of a store", () => {
  cleanStoreFolders();

  test("is there in the next process, with its value, also where that follows from others or is not kept", async () => {
    const folder = storeFolder();
    const first = await sqliteStore({ path: folder });
    const on = stage({ store: first });
    const pick = task({ name: "pick", result: "none" }, (): "a" | "b" => {
      throw new Error("no table");
    });
    const made = flow("branches", () =>
      branch(pick(), { a: () => task("a", () => 1)(), b: () => task("b", () => 2)() }),
    );
    const failed = await on.run(made);
    const run = await mark(on, made, failed.id, { task: "pick", value: "b" });
    const audit = (await first.queries!()).audit({ runId: run.id, limit: 9 });
    await first.close();

    const next = await sqliteStore({ path: folder });
    const rows = await next.readTaskRuns(run.id);
    const again = await mark({ ...on, store: next }, made, run.id, { task: "a", value: 10, why: "once more" });
    await next.close();

    expect(rows[0]).toMatchObject({
      value: "kept",
      state: { type: "Success", result: "b", reason: { code: "marked" } },
    });
    expect(typesOf(again)).toMatchObject({ pick: "Success", a: "Success", b: "Success" });
    expect(audit).toMatchObject([
      { by: "ana", action: "mark-success", task: "pick-1", why: "loaded by hand", from: "script" },
    ]);
  });
});

describe("flow.mark()", () => {
  test("says all that is wrong with what it was told, before anything happens", async () => {
    const { made } = etl();
    const wrong = { as: "Done", reason: " ", value: 1, tags: [] } as never;

    await expect(made.mark("", "load", wrong)).rejects.toMatchObject({
      code: "OPTION_INVALID",
      data: {
        complaints: [
          "the run is missing: give its id",
          `as must be one of "Success", "Failed", "Skipped", not "Done"`,
          "reason must not be blank: say why",
          "'tags' is no option",
          "value is for a Success only",
        ],
      },
    });
  });
});
