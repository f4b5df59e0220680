/** A run that a person pauses over the API, looked at before, done, and gone on with when it is resumed. */
import { describe, expect, test } from "vitest";
import { served } from "../../test/support/served.ts";
import { approval, flow, task } from "../index.ts";
import type { ActionPreview, Problem, RunDetail } from "./contract.ts";

const gate = approval("release?");
const asks = flow("asks", () => task("release", (_: boolean) => "out")(gate()));

/** A flow whose first body goes on until it is let, and what was called of it. */
function held() {
  const calls: string[] = [];
  let free = (): void => undefined;
  const load = task("load", () => {
    calls.push("load");
    return new Promise<number>((resolve) => (free = () => resolve(1)));
  });
  const report = task("report", (_: number) => calls.push("report"));
  return { flow: flow("held", () => report(load())), calls, free: () => free() };
}

const isOver = (run: RunDetail) => run.endedAt !== undefined;
const isPaused = (run: RunDetail) => run.state === "Paused";
const byAna = { "Caudal-By": "ana" };

async function heldAndServed() {
  const { flow: made, calls, free } = held();
  const on = await served([made, asks]);
  const { id } = (await (await on.post("/flows/held/runs")).json()) as RunDetail;
  await on.until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);
  return { ...on, id, calls, free };
}

describe("a pause", () => {
  test("says at once that the run is being paused, and lets what is in flight come to its end", async () => {
    const { post, until, id, calls, free } = await heldAndServed();

    const answer = await post(`/runs/${id}/pause`, {}, byAna);
    const pausing = (await answer.json()) as RunDetail;
    free();
    const paused = await until(`/runs/${id}`, isPaused);

    expect(answer.status).toBe(200);
    expect(pausing).toMatchObject({ state: "Running", why: { code: "pausing", parameters: { by: "ana" } } });
    expect(paused).toMatchObject({ why: { code: "by-person", parameters: { by: "ana" } }, progress: { finished: 1 } });
    expect(calls).toEqual(["load"]);
    expect(paused.audit[0]).toMatchObject({ action: "pause", by: "ana", run: id });
    expect(paused.actions).toMatchObject({
      pause: { can: false, because: "RUN_PAUSED" },
      resume: { can: true },
      cancel: { can: true },
    });
  });

  test("is looked at first: what is in flight would end, and nothing else begin", async () => {
    const { post, id, free } = await heldAndServed();

    const seen = (await (await post(`/runs/${id}/pause/preview`)).json()) as ActionPreview;
    free();

    expect(seen).toMatchObject({
      action: "pause",
      taskRuns: [{ id: "load-1", from: "Running", to: "Success" }],
      stays: 1,
      flow: { from: "Running", to: "Paused" },
    });
  });

  test("given twice is given once, and the run goes on when it is resumed", async () => {
    const { post, until, id, calls, free } = await heldAndServed();
    await post(`/runs/${id}/pause`, {}, byAna);
    free();
    await until(`/runs/${id}`, isPaused);

    const again = await post(`/runs/${id}/pause`, {}, { "Caudal-By": "ben" });
    const resumed = await post(`/runs/${id}/resume`);
    const run = await until(`/runs/${id}`, isOver);

    expect([again.status, resumed.status]).toEqual([200, 200]);
    expect(run.state).toBe("Success");
    expect(calls).toEqual(["load", "report"]);
    expect(run.audit.map(({ action }) => action)).toEqual(["resume", "pause", "run"]);
  });

  test("holds what is decided meanwhile, and no server takes the run over by itself", async () => {
    const { post, until, server, get } = await served([asks]);
    const { id } = (await (await post("/flows/asks/runs")).json()) as RunDetail;
    await until(`/runs/${id}`, isPaused);
    await post(`/runs/${id}/pause`, {}, byAna);
    await until<RunDetail>(`/runs/${id}`, ({ ownership }) => ownership === "none");

    const approved = await post(`/runs/${id}/approve`);
    const taken = await server.parts.desk.takeOverLost();
    const still = (await (await get(`/runs/${id}`)).json()) as RunDetail;
    await post(`/runs/${id}/resume`);
    const run = await until(`/runs/${id}`, isOver);

    expect([approved.status, taken, still.state, still.ownership]).toEqual([200, 0, "Paused", "none"]);
    expect(run.state).toBe("Success");
  });

  test("of a run nobody has is done where it is, and looked at so", async () => {
    const on = await served([asks], { starts: false });
    const { id } = (await (await on.post("/flows/asks/runs")).json()) as RunDetail;
    await on.until(`/runs/${id}`, isPaused);
    await on.server.drain();
    const nobody = await served([], { store: on.store, folder: on.folder, starts: false });

    const seen = (await (await nobody.post(`/runs/${id}/pause/preview`)).json()) as ActionPreview;
    const run = (await (await nobody.post(`/runs/${id}/pause`, {}, byAna)).json()) as RunDetail;

    expect(seen).toMatchObject({ taskRuns: [], stays: 2, flow: { to: "Paused" } });
    expect(run).toMatchObject({ state: "Paused", why: { code: "by-person" }, ownership: "none" });
  });

  test("ends where the run is cancelled, which a pause does not keep it from", async () => {
    const { post, until, id, free } = await heldAndServed();
    await post(`/runs/${id}/pause`);
    free();
    await until(`/runs/${id}`, isPaused);

    await post(`/runs/${id}/cancel`);

    expect(await until(`/runs/${id}`, isOver)).toMatchObject({ state: "Cancelled" });
  });

  test("of a run that has ended is refused with the state it has", async () => {
    const { post, until, id, free } = await heldAndServed();
    free();
    await until(`/runs/${id}`, isOver);

    const answer = await post(`/runs/${id}/pause`);

    expect([answer.status, (await answer.json()) as Problem]).toMatchObject([409, { code: "RUN_OVER" }]);
  });
});
