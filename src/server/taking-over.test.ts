/** Whose runs a server goes on with: those that died, and those of schedules, the API and servers; not a person's. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CaudalError } from "../base/errors.ts";
import { approval, context, flow, task } from "../index.ts";
import { realClock } from "../runtime/real-clock.ts";
import { runProgram } from "../runtime/run.ts";
import { SqliteStore } from "../store/sqlite/sqlite-store.ts";
import { thisProcess } from "../store/sqlite/process.ts";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { served } from "../../test/support/served.ts";
import type { Problem, RunDetail, RunList } from "./contract.ts";

let mayEnd = false;
const untilStopped = (signal: AbortSignal) =>
  new Promise<string>((resolve, reject) => {
    if (context().recovered || mayEnd) resolve("went on");
    signal.addEventListener("abort", () => reject(new Error("stopped")));
  });
const waiting = flow("waiting", () => task("wait", () => untilStopped(context().signal))());
const changed = flow("waiting", () => {
  task("other", () => 1)();
  task("wait", () => untilStopped(context().signal))();
});
const asking = flow("asking", () => {
  approval("go on?")();
});

const isOver = (run: RunDetail) => run.endedAt !== undefined;

function folderOfOwn(): string {
  const folder = mkdtempSync(join(tmpdir(), "caudal-taken-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A script's run that is left in its middle: by its process dying, or by somebody who stopped it. */
async function left(folder: string, how: "died" | "stopped"): Promise<string> {
  const identity = how === "died" ? { ...thisProcess(), pid: 4_999_999 } : undefined;
  const store = new SqliteStore(join(folder, ".caudal"), { durability: "process", process: identity });
  const drain = new AbortController();
  let id = "";
  const ended = runProgram(
    waiting.program,
    { store },
    { ports: { logger: recordingLogger() }, drain: drain.signal, begun: (row) => (id = row.id) },
  );
  const isRunning = () => id !== "" && store.readTaskRuns(id).length > 0;
  while (!isRunning()) await new Promise((resolve) => setTimeout(resolve, 1));
  if (how === "stopped") {
    drain.abort();
    await ended;
    store.close();
  } else ended.catch(() => undefined); // a zombie: the new owner's epoch shuts it out
  return id;
}

describe("a run of a script", () => {
  test("that died is gone on with", async () => {
    const folder = folderOfOwn();
    const id = await left(folder, "died");
    const server = await served([waiting], { folder });

    const run = await server.until(`/runs/${id}`, isOver);

    expect(run).toMatchObject({ state: "Success", trigger: "script", result: { value: "went on" } });
  });

  test("of many that died is gone on with after what came meanwhile: each has a turn of its own", async () => {
    const folder = folderOfOwn();
    for (let i = 0; i < 3; i++) await left(folder, "died");
    const turns: (() => void)[] = [];
    const clock = { ...realClock, turn: () => new Promise<void>((resolve) => turns.push(resolve)) };
    const server = await served([waiting], { folder, clock, starts: false });
    const ours = () =>
      server.store.listRuns({ limit: 9 }).filter(({ ownership, epoch }) => ownership === "here" || epoch > 1);

    const all = server.server.parts.desk.takeOverLost();
    await vi.waitFor(() => expect(turns).toHaveLength(1));
    const second = server.server.parts.desk.takeOverLost();

    expect(ours()).toHaveLength(1);
    expect((await server.get("/runs")).status).toBe(200);
    for (let told = 0; told < 3; told++) {
      await vi.waitFor(() => expect(turns.length).toBeGreaterThan(told));
      turns[told]?.();
    }
    expect(await all).toBe(3);
    expect(await second).toBe(0);
  });

  test("that another server took over first is looked at again: that one may die too", async () => {
    const folder = folderOfOwn();
    const server = await served([waiting], { folder });
    const id = await left(folder, "died");
    vi.spyOn(server.store, "takeOver").mockImplementationOnce(() => {
      throw new CaudalError("RUN_OWNED", { run: id, owner: "process 4711" });
    });

    const first = await server.server.parts.desk.takeOverLost();
    const second = await server.server.parts.desk.takeOverLost();

    expect([first, second]).toEqual([0, 1]);
    expect(await server.until(`/runs/${id}`, isOver)).toMatchObject({ state: "Success" });
    expect(server.logger.lines().filter((line) => line.includes("cannot be gone on with"))).toEqual([]);
  });

  test("that a person stopped waits for that person, who may go on with it here", async () => {
    const folder = folderOfOwn();
    const id = await left(folder, "stopped");
    const server = await served([waiting], { folder });

    const before = (await (await server.get(`/runs/${id}`)).json()) as RunDetail;
    mayEnd = true;
    onTestFinished(() => void (mayEnd = false));
    await server.post(`/runs/${id}/resume`);
    const run = await server.until(`/runs/${id}`, isOver);

    expect(before).toMatchObject({
      ownership: "none",
      why: { code: "interrupted" },
      actions: { resume: { can: true } },
    });
    expect(run.state).toBe("Success");
  });

  test("whose flow has changed is left alone", async () => {
    const folder = folderOfOwn();
    const id = await left(folder, "died");
    const server = await served([changed], { folder });

    const run = (await (await server.get(`/runs/${id}`)).json()) as RunDetail;

    expect(run).toMatchObject({ ownership: "gone", code: "changed" });
  });
});

describe("a run that waits for a person", () => {
  test("is answered after the server was started anew", async () => {
    const folder = folderOfOwn();
    const first = await served([asking], { folder });
    const { id } = (await (await first.post("/flows/asking/runs")).json()) as RunDetail;
    await first.until<RunDetail>(`/runs/${id}`, ({ state }) => state === "Paused");
    await first.close();

    const second = await served([asking], { folder });
    await second.post(`/runs/${id}/approve`);
    const run = await second.until(`/runs/${id}`, isOver);

    expect(run.state).toBe("Success");
  });

  test("whose code is gone is not answered, but can be cancelled", async () => {
    const folder = folderOfOwn();
    const first = await served([asking], { folder });
    const { id } = (await (await first.post("/flows/asking/runs")).json()) as RunDetail;
    await first.until<RunDetail>(`/runs/${id}`, ({ state }) => state === "Paused");
    await first.close();
    const second = await served([], { folder });

    const answer = await second.post(`/runs/${id}/approve`);
    const cancelled = await second.post(`/runs/${id}/cancel`);

    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([409, "FLOW_NOT_LOADED"]);
    expect(((await cancelled.json()) as RunDetail).state).toBe("Cancelled");
  });
});

describe("a server that ends", () => {
  test("begins nothing new, and says so", async () => {
    const server = await served([waiting]);
    const { id } = (await (await server.post("/flows/waiting/runs")).json()) as RunDetail;
    await server.until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);

    const draining = server.server.drain();
    const refused = await server.post("/flows/waiting/runs");
    await draining;
    const run = (await (await server.get(`/runs/${id}`)).json()) as RunDetail;
    const runs = (await (await server.get("/runs")).json()) as RunList;

    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(run).toMatchObject({ ownership: "none" });
    expect(runs.runs).toHaveLength(1);
  });
});
