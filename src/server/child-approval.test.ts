/** A flow that is called as a task asks a person: shown and answered at its own run, and at the run around it. */
import { describe, expect, test } from "vitest";
import { served } from "../../test/support/served.ts";
import type { StandardSchema } from "../flow/parameters/standard-schema.ts";
import { approval, flow, task } from "../index.ts";
import type { RunDetail, RunList } from "./contract.ts";

const gate = approval("release?");
const inner = flow("inner", () => task("release", (_: boolean) => "out")(gate()));
const outer = flow("outer", () => inner.asTask()());

const isOver = (run: RunDetail) => run.endedAt !== undefined;
const isPaused = (run: RunDetail) => run.state === "Paused";

async function bothPaused() {
  const on = await served([outer, inner]);
  const { id } = (await (await on.post("/flows/outer/runs")).json()) as RunDetail;
  const paused = await on.until(`/runs/${id}`, isPaused);
  const { runs } = (await (await on.get("/runs?flow=inner")).json()) as RunList;
  return { ...on, id, paused, child: runs[0]!.id };
}

describe("an approval in a flow that is called as a task", () => {
  test("is shown with its question in both runs, and can be answered at the run around it", async () => {
    const { post, until, get, id, paused, child } = await bothPaused();
    const own = (await (await get(`/runs/${child}`)).json()) as RunDetail;

    const answer = await post(`/runs/${id}/approve`, {}, { "Caudal-By": "ana" });
    const run = await until(`/runs/${id}`, isOver);

    expect(paused.waiting).toMatchObject([
      { id: "inner-1", question: "release?", why: { code: "child-run", parameters: { run: child } } },
    ]);
    expect(paused.actions.approve).toEqual({ can: true });
    expect(own.waiting).toMatchObject([{ id: "release?-1", question: "release?" }]);
    expect([answer.status, run.state]).toEqual([200, "Success"]);
  });

  test("can be answered at its own run: the run around it goes on", async () => {
    const { post, until, id, child } = await bothPaused();

    const answer = await post(`/runs/${child}/approve`, {}, { "Caudal-By": "ana" });
    const run = await until(`/runs/${id}`, isOver);

    expect([answer.status, run.state]).toEqual([200, "Success"]);
  });

  test("refuses at the run around it what it would refuse at its own", async () => {
    const takes = flow("takes", () => approval("release?", { input: schemaOf("number") })());
    const around = flow("around", () => takes.asTask()());
    const on = await served([around, takes]);
    const { id } = (await (await on.post("/flows/around/runs")).json()) as RunDetail;
    await on.until(`/runs/${id}`, isPaused);
    const { runs } = (await (await on.get("/runs?flow=takes")).json()) as RunList;

    const own = await on.post(`/runs/${runs[0]!.id}/approve`, { input: "many" });
    const above = await on.post(`/runs/${id}/approve`, { input: "many" });

    expect([above.status, await above.json()]).toMatchObject([own.status, { code: "APPROVAL_INPUT" }]);
    expect((await on.post(`/runs/${id}/approve`, { input: 3 })).status).toBe(200);
    expect(await on.until(`/runs/${id}`, isOver)).toMatchObject({ state: "Success" });
  });
});

/** Takes values of one type. */
function schemaOf(type: string): StandardSchema {
  const validate = (value: unknown) =>
    typeof value === type ? { value } : { issues: [{ message: `must be a ${type}` }] };
  return { "~standard": { version: 1, vendor: "test", validate } };
}
