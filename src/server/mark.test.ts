/** A task run that a person marks over the API: looked at before, said once, and told for ever. */
import { describe, expect, test } from "vitest";
import { served } from "../../test/support/served.ts";
import { approval, flow, resource, task } from "../index.ts";
import type { ActionPreview, Mark, Problem, RunDetail, TaskRunDetail } from "./contract.ts";

const byAna = { "Caudal-By": "ana" };
const said: Mark = { task: "load-1", as: "Success", reason: "loaded by hand", value: { rows: 7 } };

/** extract → load → report; load fails. */
function etl(calls: string[] = []) {
  const extract = task("extract", () => calls.push("extract"));
  const load = task("load", (_: number): { rows: number } => {
    calls.push("load");
    throw new Error("no such table");
  });
  const report = task("report", ({ rows }: { rows: number }) => `${rows} rows`);
  return { made: flow("etl", () => report(load(extract()))), calls };
}

const isOver = (run: RunDetail) => run.endedAt !== undefined;
const wait = approval("release?");
const asks = flow("asks", () => task("release", (_: boolean) => "out")(wait()));

async function failed() {
  const { made, calls } = etl();
  const on = await served([made, asks]);
  const { id } = (await (await on.post("/flows/etl/runs")).json()) as RunDetail;
  await on.until(`/runs/${id}`, isOver);
  calls.length = 0;
  const drawer = async (name: string) => (await (await on.get(`/runs/${id}/tasks/${name}`)).json()) as TaskRunDetail;
  return { ...on, id, calls, drawer };
}

describe("a mark of a task run of a run that has ended", () => {
  test("has what follows run with its value, in the same run, and says who, when and why", async () => {
    const { post, until, id, calls, drawer } = await failed();

    const answer = await post(`/runs/${id}/mark`, said, byAna);
    const run = await until(`/runs/${id}`, isOver);

    expect([answer.status, run.id, run.state, calls]).toEqual([200, id, "Success", []]);
    expect(run.result?.value).toBe("7 rows");
    const { state, why, result } = await drawer("load-1");
    expect([state, result?.value]).toEqual(["Success", { rows: 7 }]);
    expect(why).toMatchObject({
      code: "marked",
      parameters: { why: "loaded by hand", by: "ana", from: "Failed", at: expect.any(Number) },
      text: expect.stringContaining("as ana marked it at"),
    });
    expect(run.audit[0]).toMatchObject({ action: "mark-success", by: "ana", task: "load-1", why: "loaded by hand" });
  });

  test("is looked at first, without a reason yet: what would run, and what would become of the run", async () => {
    const { post, id } = await failed();
    const { reason: _, ...look } = said;

    const seen = (await (await post(`/runs/${id}/mark/preview`, look)).json()) as ActionPreview;

    expect(seen).toMatchObject({
      action: "mark",
      taskRuns: [
        { id: "load-1", from: "Failed", becomes: "ends", to: "Success" },
        { id: "report-1", from: "TriggerFailed", becomes: "runs", to: "Success" },
      ],
      stays: 1,
      flow: { from: "Failed", to: "Success" },
    });
  });

  test("said again changes nothing, and another one says something else", async () => {
    const { post, until, id } = await failed();
    await post(`/runs/${id}/mark`, said, byAna);
    await until(`/runs/${id}`, isOver);

    const again = (await (await post(`/runs/${id}/mark`, said, byAna)).json()) as RunDetail;
    await post(`/runs/${id}/mark`, { task: "load-1", as: "Failed", reason: "it was not" }, byAna);
    const run = await until(`/runs/${id}`, isOver);

    expect(again.audit.filter(({ action }) => action === "mark-success")).toHaveLength(1);
    expect(run).toMatchObject({ state: "Failed", failedTask: "load-1", errorDetail: { code: "RUN_FAILED" } });
  });

  test("is refused without a reason, with a value of what is no success, and with what is no mark", async () => {
    const { post, id } = await failed();
    const refused = async (body: object) => {
      const answer = await post(`/runs/${id}/mark`, body);
      return [answer.status, ((await answer.json()) as Problem).fields?.map(({ at }) => at)];
    };

    expect(await refused({ ...said, reason: " \n" })).toEqual([400, ["/reason"]]);
    expect(await refused({ task: "load-1", as: "Success" })).toEqual([400, ["/reason"]]);
    expect(await refused({ ...said, as: "Skipped" })).toEqual([400, ["/value"]]);
    expect(await refused({ ...said, as: "Cancelled" })).toEqual([400, ["/as"]]);
    expect(await refused({ ...said, reason: "x".repeat(2_001) })).toEqual([400, ["/reason"]]);
  });
});

describe("a mark of a task run of a run that goes on", () => {
  async function held() {
    let free = (): void => undefined;
    const load = task("load", (_: number) => new Promise<number>((resolve) => (free = () => resolve(1))));
    const report = task("report", (rows: number) => `${rows} rows`);
    const session = resource("session", { setup: () => 1, cleanup: () => undefined });
    const made = flow("held", () => session.use((db) => report(load(db))));
    const on = await served([made]);
    const { id } = (await (await on.post("/flows/held/runs")).json()) as RunDetail;
    await on.until<TaskRunDetail>(`/runs/${id}/tasks/load-1`, ({ state }) => state === "Running");
    const drawer = async (name: string) => (await (await on.get(`/runs/${id}/tasks/${name}`)).json()) as TaskRunDetail;
    return { ...on, id, free: () => free(), drawer };
  }

  test("is taken by the process that has it: it never runs, and the rest goes on", async () => {
    const { post, until, id, free, drawer } = await held();

    const answer = await post(`/runs/${id}/mark`, { task: "report-1", as: "Success", reason: "sent", value: "9" });
    const marked = await drawer("report-1");
    free();
    const run = await until(`/runs/${id}`, isOver);

    expect([answer.status, marked.state, marked.attempts]).toEqual([200, "Success", []]);
    expect([run.state, run.result?.value]).toEqual(["Success", "9"]);
  });

  test("is refused with the state and the reason where a body is called, and the drawer says so before", async () => {
    const { post, id, free, drawer } = await held();

    const answer = await post(`/runs/${id}/mark`, { task: "load-1", as: "Success", reason: "done" });
    const seen = await post(`/runs/${id}/mark/preview`, { task: "load-1", as: "Success" });
    const [load, report, setup] = [await drawer("load-1"), await drawer("report-1"), await drawer("session.setup-1")];
    free();

    expect([answer.status, seen.status]).toEqual([409, 409]);
    expect((await answer.json()) as Problem).toMatchObject({
      code: "TASK_NOT_MARKABLE",
      state: "Running",
      detail: "'load-1' (Running) cannot be marked: its body is being called; wait for its end, or cancel the run",
    });
    expect([load.mark, report.mark]).toEqual([{ can: false, because: "TASK_UNDER_WAY" }, { can: true }]);
    expect(setup.mark).toEqual({ can: false, because: "TASK_RESOURCE" });
  });

  test("answers a question to a person in that person's place", async () => {
    const { post, until } = await failed();
    const { id } = (await (await post("/flows/asks/runs")).json()) as RunDetail;
    await until<RunDetail>(`/runs/${id}`, ({ state }) => state === "Paused");

    await post(`/runs/${id}/mark`, { task: "release?-1", as: "Skipped", reason: "not today" });

    expect(await until(`/runs/${id}`, isOver)).toMatchObject({ state: "Success", waiting: [] });
  });
});

describe("a mark where this server has not the code", () => {
  test("is refused, and the drawer and the run say why", async () => {
    const { store, folder, server, id } = await failed();
    await server.drain();
    const without = await served([], { store, folder, starts: false });

    const answer = await without.post(`/runs/${id}/mark`, said);
    const run = (await (await without.get(`/runs/${id}`)).json()) as RunDetail;
    const drawer = (await (await without.get(`/runs/${id}/tasks/load-1`)).json()) as TaskRunDetail;

    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([409, "FLOW_NOT_LOADED"]);
    expect([run.actions.mark, drawer.mark]).toEqual([
      { can: false, because: "FLOW_NOT_LOADED" },
      { can: false, because: "FLOW_NOT_LOADED" },
    ]);
  });
});
