/** The API over real HTTP: flows listed, run by a request, and looked at while they run. */
import { describe, expect, test } from "vitest";
import { flow, task } from "../index.ts";
import { served } from "../../test/support/served.ts";
import type { FlowList, RunDetail, RunList, TaskRunList } from "./contract.ts";

const double = task("double", (n: number) => n * 2);
const list = task("list", (n: number) => Array.from({ length: n }, (_, i) => i));
const add = task("add", (ns: number[]) => {
  console.log(`adding ${ns.length}`);
  return ns.reduce((sum, n) => sum + n, 0);
});
const sums = flow({ name: "sums", tags: ["math"], parameters: { n: 3 } }, ({ n }) => add(double.map(list(n))));

const isOver = (run: RunDetail) => run.endedAt !== undefined;

describe("a flow that is served", () => {
  test("is listed with what it is", async () => {
    const { get } = await served([sums]);

    const flows = (await (await get("/flows")).json()) as FlowList;

    expect(flows.flows).toMatchObject([{ name: "sums", tags: ["math"], loaded: true, tasks: 3, lastRuns: [] }]);
  });

  test("is run by a request, and its run is there at once and to its end", async () => {
    const { post, until, get } = await served([sums]);

    const answer = await post("/flows/sums/runs", { parameters: { n: 4 } });
    const begun = (await answer.json()) as RunDetail;
    const run = await until(`/runs/${begun.id}`, isOver);
    const tasks = (await (await get(`/runs/${begun.id}/tasks`)).json()) as TaskRunList;
    const runs = (await (await get("/runs")).json()) as RunList;

    expect(answer.status).toBe(201);
    expect(run).toMatchObject({
      state: "Success",
      trigger: "serve",
      parameters: { n: 4 },
      result: { value: 12 },
      logLines: 1,
    });
    expect(run.progress).toMatchObject({ total: 3, finished: 3, failed: 0, children: { Success: 4 } });
    expect(tasks.taskRuns.map(({ id, state }) => [id, state])).toEqual([
      ["list-1", "Success"],
      ["double-1", "Mapped"],
      ["add-1", "Success"],
    ]);
    expect(runs.runs.map(({ id }) => id)).toEqual([begun.id]);
  });
});
