/** What edges of a run carry: type and size, and never a value. */
import { describe, expect, test } from "vitest";
import { served } from "../../test/support/served.ts";
import { flow, task } from "../index.ts";
import type { CarriedValues, RunDetail } from "./contract.ts";

const WORD = "xyzzy-of-the-value";
const extract = task("extract", () => ({ rows: [1, 2, 3], who: { name: WORD } }));
const shout = task("shout", (text: string, all: { rows: number[] }) => `${text} ${all.rows.length}`);
const double = task("double", (n: number) => n * 2);
const sum = task("sum", (all: number[]) => all.length);
const both = task("both", (pair: readonly unknown[]) => pair.length);
const bad = task("bad", () => {
  throw new RangeError(WORD);
});
const after = task({ name: "after", trigger: "all_finished" }, (_: unknown) => "after");
const large = task("large", () => "x".repeat(100_000));
const unkept = task({ name: "unkept", result: "none" }, () => WORD);
const etl = flow("etl", () => {
  const extracted = extract();
  const doubled = double.map(extracted.get("rows"));
  const said = shout(extracted.get("who").get("name"), extracted);
  sum(doubled).setUpstream(said);
  after(bad());
  both([large(), unkept(), said]);
});

async function finished() {
  const server = await served([etl]);
  const { id } = (await (await server.post("/flows/etl/runs")).json()) as RunDetail;
  await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
  return async (from: string, to: string) => {
    const answer = await server.get(`/runs/${id}/tasks/${from}/carried/${to}`);
    const text = await answer.text();
    expect(text).not.toContain(WORD);
    return { status: answer.status, ...(JSON.parse(text) as CarriedValues) };
  };
}

describe("an edge", () => {
  test("carries what was returned, or the member that is taken of it, each by its argument", async () => {
    const carried = await finished();

    expect(await carried("extract-1", "shout-1")).toMatchObject({
      ...{ from: "extract-1", to: "shout-1", state: "Success", carries: 2 },
      values: [
        { label: "text", path: "/who/name", type: "text of 18 characters", bytes: 20, each: false, kept: "kept" },
        { label: "all", type: "object with 2 members", bytes: 52, each: false, kept: "kept" },
      ],
    });
  });

  test("to a mapped task carries the list whose elements its children get; from one, the list of its children", async () => {
    const carried = await finished();

    expect((await carried("extract-1", "double-1")).values).toEqual([
      { label: "n", path: "/rows", type: "list of 3", bytes: 7, each: true, kept: "kept" },
    ]);
    expect((await carried("double-1", "sum-1")).values).toEqual([
      { label: "all", type: "list of 3", each: false, kept: "derived" },
    ]);
  });

  test("that is only the order carries nothing", async () => {
    const carried = await finished();

    expect(await carried("shout-1", "sum-1")).toMatchObject({ carries: 0, values: [] });
  });

  test("from a failed task carries its error, by its name", async () => {
    const carried = await finished();

    expect(await carried("bad-1", "after-1")).toMatchObject({ state: "Failed", values: [{ type: "RangeError" }] });
  });

  test("says what is too large to be counted, and what is not kept", async () => {
    const carried = await finished();

    const [value] = (await carried("large-1", "both-1")).values;
    expect([value?.type, value?.bytes]).toEqual(["text of 100000 characters", undefined]);
    expect((await carried("unkept-1", "both-1")).values).toMatchObject([{ type: "", kept: "not-kept" }]);
  });

  test("that is none is not there", async () => {
    const carried = await finished();

    expect(await carried("sum-1", "extract-1")).toMatchObject({ status: 404, code: "VALUE_NOT_THERE" });
    expect(await carried("sum-9", "extract-1")).toMatchObject({ status: 404, code: "TASK_RUN_UNKNOWN" });
  });
});
