/** Who asks: the page says that it is the page, and whoever asks may give a name. Both are kept, and neither is believed. */
import { describe, expect, test } from "vitest";
import { served } from "../../test/support/served.ts";
import { flow, task } from "../index.ts";
import type { Problem, RunDetail, RunList } from "./contract.ts";

const hello = flow("hello", () => {
  task("say", () => "hello")();
});
const RUNS = "/flows/hello/runs";
const PAGE = { "Caudal-From": "page" };

describe("a run that is started", () => {
  test.each([
    ["over the API", {}, ["serve", undefined, "api", "127.0.0.1"]],
    ["over the API, by somebody", { "Caudal-By": "ana" }, ["serve", "ana", "ana", "127.0.0.1"]],
    ["on the page", PAGE, ["page", undefined, "page", "page, 127.0.0.1"]],
    ["on the page, by somebody", { ...PAGE, "Caudal-By": "ana" }, ["page", "ana", "ana", "page, 127.0.0.1"]],
    [
      "by somebody whose name no header can hold as it is",
      { ...PAGE, "Caudal-By": encodeURIComponent("Łukasz O'Hara 陈") },
      ["page", "Łukasz O'Hara 陈", "Łukasz O'Hara 陈", "page, 127.0.0.1"],
    ],
  ])("%s, is kept so, in lists and in full", async (_how, headers, expected) => {
    const { get, post } = await served([hello]);

    const run = (await (await post(RUNS, {}, headers as Record<string, string>)).json()) as RunDetail;
    const [listed] = ((await (await get("/runs")).json()) as RunList).runs;

    const [line] = run.audit;
    expect([run.trigger, run.startedBy, line?.by, line?.from]).toEqual(expected);
    expect([listed?.trigger, listed?.startedBy]).toEqual(expected.slice(0, 2));
  });

  test("again and for later keeps who asked for it, not who asked for the first", async () => {
    const { post } = await served([hello]);
    const first = (await (await post(RUNS, {}, { "Caudal-By": "ana" })).json()) as RunDetail;

    const again = await post(`/runs/${first.id}/again`, {}, { ...PAGE, "Caudal-By": "ben" });
    const later = await post(RUNS, { at: Date.now() + 3_600_000 }, { ...PAGE, "Caudal-By": "eva" });

    expect(await again.json()).toMatchObject({ trigger: "page", startedBy: "ben" });
    expect(await later.json()).toMatchObject({ state: "Scheduled", trigger: "page", startedBy: "eva" });
  });

  test("is found by the way it was started", async () => {
    const { get, post } = await served([hello]);
    await post(RUNS);
    const { id } = (await (await post(RUNS, {}, PAGE)).json()) as RunDetail;

    const { runs } = (await (await get("/runs?by=page")).json()) as RunList;

    expect(runs.map((run) => run.id)).toEqual([id]);
  });
});

describe("a name that is none", () => {
  test.each([
    ["nothing", ""],
    ["a space", "%20"],
    ["too much", "a".repeat(61)],
    ["a line end", "ana%0ALevel: error"],
    ["what colours a terminal", "%1b[31mana"],
    ["what turns text around", "%E2%80%AEana"],
    ["markup", "<b>ana"],
    ["broken encoding", "%C5%"],
  ])("%s is refused, and nothing is started", async (_what, name) => {
    const { get, post } = await served([hello]);

    const answer = await post(RUNS, {}, { "Caudal-By": name });

    expect(answer.status).toBe(400);
    expect((await answer.json()) as Problem).toMatchObject({
      code: "FIELD_INVALID",
      detail: expect.stringContaining("Caudal-By: must be a name"),
    });
    expect(((await (await get("/runs")).json()) as RunList).runs).toEqual([]);
  });

  test("nor may anything but the page say where it comes from", async () => {
    const { post } = await served([hello]);

    const answer = await post(RUNS, {}, { "Caudal-From": "cron" });

    expect(await answer.json()).toMatchObject({ code: "FIELD_INVALID" });
  });
});

describe("a request that says it is the page", () => {
  test.each([
    ["from another site", { Origin: "http://evil.test" }, "ORIGIN_REFUSED"],
    ["without the header of a write", { "X-Caudal": "" }, "HEADER_MISSING"],
  ])("%s is refused like any other", async (_how, headers, code) => {
    const { post } = await served([hello]);

    const answer = await post(RUNS, {}, { ...PAGE, "Caudal-By": "ana", ...headers });

    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code });
  });
});
