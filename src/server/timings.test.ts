/** How long tasks usually take, and how often they fail, by the runs there were. */
import { describe, expect, test } from "vitest";
import { served } from "../../test/support/served.ts";
import { flow, task } from "../index.ts";
import { virtualClock } from "../testing.ts";
import type { FlowTimings, RunDetail } from "./contract.ts";

/** Runs of a flow, each taking as long as is said; a negative time fails after it. */
async function ran(times: readonly number[]) {
  const clock = virtualClock({ manual: true, at: 1_000_000 });
  let ms = 0;
  const load = task("load", () => {
    clock.advance(Math.abs(ms)); // the body takes so long
    if (ms < 0) throw new Error("broken");
    return ms;
  });
  const each = task("each", (n: number) => n);
  const store = task("store", (n: number) => n);
  const etl = flow("etl", () => {
    const loaded = load();
    store(loaded);
    each.map([1, 2]);
  });
  const server = await served([etl], { clock });
  for (ms of times) {
    const { id } = (await (await server.post("/flows/etl/runs")).json()) as RunDetail;
    await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
  }
  return server;
}

const timings = async ({ get }: Awaited<ReturnType<typeof ran>>, query = "") =>
  (await (await get(`/flows/etl/timings${query}`)).json()) as FlowTimings;
const of = ({ tasks }: FlowTimings, slug: string) => tasks.find((one) => one.slug === slug);

describe("the timings of a flow", () => {
  test("are the median of the task runs that succeeded, and how many failed", async () => {
    const found = await timings(await ran([100, 900, -5_000, 300]));

    expect(found.runs).toBe(4);
    expect(of(found, "load-1")).toEqual({ slug: "load-1", ended: 4, failed: 1, medianMs: 300 });
  });

  test("count nothing of tasks that were kept from running", async () => {
    const found = await timings(await ran([-10, 20]));

    expect(of(found, "store-1")).toMatchObject({ ended: 1, failed: 0 });
  });

  test("are empty for a version that was never run, and for one that never was", async () => {
    const server = await ran([]);

    expect(await timings(server)).toMatchObject({ flow: "etl", runs: 0, tasks: [] });
    expect((await server.get(`/flows/etl/timings?version=${"0".repeat(32)}`)).status).toBe(404);
    expect((await server.get("/flows/nothing/timings")).status).toBe(404);
  });

  test("are of the last 50 runs", async () => {
    const found = await timings(
      await ran([...Array.from({ length: 6 }, () => 70_000), ...Array.from({ length: 50 }, () => 10)]),
    );

    expect(found.runs).toBe(50);
    expect(of(found, "load-1")).toMatchObject({ ended: 50, medianMs: 10 });
  });
});
