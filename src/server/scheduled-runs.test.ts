/** Runs that are asked to begin at a later time: kept, shown, begun once by whoever is there, cancelled before. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { served } from "../../test/support/served.ts";
import { context, flow, task } from "../index.ts";
import { virtualClock } from "../testing.ts";
import type { Problem, RunDetail, RunList } from "./contract.ts";

const AT = Date.UTC(2026, 10, 23, 10, 3, 53);
const HOUR = 3_600_000;
const clockOf = () => virtualClock({ at: AT, manual: true });
const isOver = (run: RunDetail) => run.endedAt !== undefined;

/** A flow that tells what it was called with, and when it was to begin. */
function greeting() {
  const calls: string[] = [];
  const greet = task("greet", (name: string) => void calls.push(`${name} ${context().scheduledAt}`));
  return { calls, flow: flow({ name: "greeting", parameters: { name: "Ana" } }, ({ name }) => greet(name)) };
}

async function scheduled(body: object = {}) {
  const clock = clockOf();
  const { calls, flow: made } = greeting();
  const on = await served([made], { clock });
  const answer = await on.post("/flows/greeting/runs", { at: AT + HOUR, ...body });
  return { ...on, clock, calls, flow: made, status: answer.status, run: (await answer.json()) as RunDetail };
}

describe("a run that is to begin in an hour", () => {
  test("is Scheduled, says when, and has nobody", async () => {
    const { status, run, get, calls } = await scheduled({ parameters: { name: "Ben" } });

    const { runs } = (await (await get("/runs?state=Scheduled")).json()) as RunList;

    expect([status, calls]).toEqual([201, []]);
    expect(run).toMatchObject({
      ...{ state: "Scheduled", scheduledAt: AT + HOUR, ownership: "none", parameters: { name: "Ben" } },
      why: { code: "starts-at", parameters: { at: AT + HOUR }, text: "The run begins at 2026-11-23T11:03:53+00:00." },
      actions: { cancel: { can: true }, resume: { can: true } },
    });
    expect(run.startedAt).toBeUndefined();
    expect(runs.map(({ id }) => id)).toEqual([run.id]);
  });

  test("begins then, once, with what it was given", async () => {
    const { run, clock, until, calls } = await scheduled({ parameters: { name: "Ben" } });

    clock.advance("59m");
    const before = await until<RunDetail>(`/runs/${run.id}`, () => true);
    clock.advance("1m");
    const after = await until(`/runs/${run.id}`, isOver);

    expect(before.state).toBe("Scheduled");
    expect(after).toMatchObject({ state: "Success", startedAt: AT + HOUR, scheduledAt: AT + HOUR });
    expect(calls).toEqual([`Ben ${AT + HOUR}`]);
  });

  test("asked for twice with one key is one run, and another wish with that key is refused", async () => {
    const { run, post } = await scheduled({ idempotencyKey: "once" });

    const again = await post("/flows/greeting/runs", { at: AT + HOUR, idempotencyKey: "once" });
    const other = await post("/flows/greeting/runs", {
      at: AT + HOUR,
      idempotencyKey: "once",
      parameters: { name: "x" },
    });

    expect([again.status, ((await again.json()) as RunDetail).id]).toEqual([200, run.id]);
    expect([other.status, ((await other.json()) as Problem).code]).toEqual([409, "IDEMPOTENCY_CONFLICT"]);
  });

  test("does not begin once it was cancelled, and never counts as begun", async () => {
    const { run, post, until, clock, calls } = await scheduled();

    await post(`/runs/${run.id}/cancel`);
    clock.advance("2h");
    const over = await until(`/runs/${run.id}`, isOver);

    expect(over).toMatchObject({ state: "Cancelled", progress: { nodes: { Cancelled: 1 } } });
    expect([over.startedAt, calls]).toEqual([undefined, []]);
  });

  test("begins before its time when a person resumes it", async () => {
    const { run, post, until, calls } = await scheduled();

    await post(`/runs/${run.id}/resume`);
    const over = await until(`/runs/${run.id}`, isOver);

    expect([over.state, over.startedAt, calls]).toEqual(["Success", AT, [`Ana ${AT + HOUR}`]]);
  });

  test("stays where it is when a person pauses it, until it is resumed", async () => {
    const { run, post, until, clock, calls } = await scheduled();

    await post(`/runs/${run.id}/pause`);
    clock.advance("2h");
    const paused = await until<RunDetail>(`/runs/${run.id}`, () => true);
    await post(`/runs/${run.id}/resume`);
    const over = await until(`/runs/${run.id}`, isOver);

    expect([paused.state, over.state, calls.length]).toEqual(["Paused", "Success", 1]);
  });

  test("is refused at once with parameters its flow does not take", async () => {
    const { post, get } = await scheduled();

    const refused = await post("/flows/greeting/runs", { at: AT + HOUR, parameters: { name: 7 } });

    expect(((await refused.json()) as Problem).code).toBe("PARAMETER_INVALID");
    expect(((await (await get("/runs")).json()) as RunList).runs).toHaveLength(1);
  });

  test.each([
    ["seconds in place of milliseconds", AT / 1_000],
    ["microseconds", AT * 1_000],
    ["the last instant there is", 8_640_000_000_000_000],
  ])("B40: is refused at %s, and nothing is kept", async (_name, at) => {
    const { post, get } = await served([greeting().flow], { clock: clockOf() });

    const refused = await post("/flows/greeting/runs", { at: Math.floor(at) });

    expect(await refused.json()).toMatchObject({ status: 400, code: "FIELD_INVALID" });
    expect(((await (await get("/runs")).json()) as RunList).runs).toEqual([]);
  });

  test("has nothing to wait for where the time has passed", async () => {
    const { post, until } = await scheduled();

    const { id } = (await (await post("/flows/greeting/runs", { at: AT - HOUR })).json()) as RunDetail;
    const over = await until(`/runs/${id}`, isOver);

    expect([over.state, over.scheduledAt]).toEqual(["Success", undefined]);
  });
});

describe("servers that come and go", () => {
  test("begin a run that was scheduled in another one, late where nobody was there in time", async () => {
    const folder = mkdtempSync(join(tmpdir(), "caudal-later-"));
    const { calls, flow: made } = greeting();
    const first = await served([made], { clock: clockOf(), folder });
    const { id } = (await (await first.post("/flows/greeting/runs", { at: AT + HOUR })).json()) as RunDetail;
    await first.close();

    const second = await served([made], { clock: virtualClock({ at: AT + 3 * HOUR, manual: true }), folder });
    const over = await second.until(`/runs/${id}`, isOver);

    expect([over.state, over.startedAt, calls.length]).toEqual(["Success", AT + 3 * HOUR, 1]);
  });

  test("begin it once, however many are there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "caudal-later-"));
    const clock = clockOf();
    const { calls, flow: made } = greeting();
    const first = await served([made], { clock, folder });
    const { id } = (await (await first.post("/flows/greeting/runs", { at: AT + HOUR })).json()) as RunDetail;
    await served([made], { clock, folder });
    await served([made], { clock, folder });

    clock.advance("1h");
    const over = await first.until(`/runs/${id}`, isOver);

    expect([over.state, calls.length]).toEqual(["Success", 1]);
  });

  test("begin it with the flow as it is then", async () => {
    const clock = clockOf();
    const { flow: made } = greeting();
    const calls: string[] = [];
    const changed = flow({ name: "greeting", parameters: { name: "Ana" } }, ({ name }) => {
      task("shout", (who: string) => void calls.push(who.toUpperCase()))(name);
    });
    const { post, change, until } = await served([made], { clock });
    const { id } = (await (await post("/flows/greeting/runs", { at: AT + HOUR })).json()) as RunDetail;

    change([changed]);
    clock.advance("1h");
    const over = await until(`/runs/${id}`, isOver);

    expect([over.state, calls]).toEqual(["Success", ["ANA"]]);
  });
});
