/** What people do with runs over the API: each action, looked at before, done, and refused where it cannot be. */
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { approval, context, flow, signals, task } from "../index.ts";
import { served } from "../../test/support/served.ts";
import type {
  ActionPreview,
  AuditList,
  Problem,
  RunDetail,
  StartPreview,
  TaskRunDetail,
  TaskRunList,
} from "./contract.ts";

const extract = task("extract", () => [1, 2, 3]);
let works = false;
const parse = task("parse", (rows: number[]) => {
  if (!works) throw new Error("the rows are no rows");
  return rows.length;
});
const store = task("store", (n: number) => n);
const failing = flow({ name: "failing", parameters: { size: 10 } }, () => store(parse(extract())));

const gate = approval("release?");
const asks = flow("asks", () => {
  gate();
});
const pausing = flow("pausing", () => {
  task("check", () => {
    throw signals.pause("look at it");
  })();
});
/** A body that heeds its signal. */
const untilStopped = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
const forEver = flow("for ever", () => {
  task("wait", () => untilStopped(context().signal))();
});

const isOver = (run: RunDetail) => run.endedAt !== undefined;
const isPaused = (run: RunDetail) => run.state === "Paused";

async function begun(
  post: Awaited<ReturnType<typeof served>>["post"],
  name: string,
  body: unknown = {},
): Promise<RunDetail> {
  return (await (await post(`/flows/${encodeURIComponent(name)}/runs`, body)).json()) as RunDetail;
}

describe("cancel", () => {
  test("ends a run of this process, and is told of in its audit", async () => {
    const { post, until } = await served([forEver]);
    const { id } = await begun(post, "for ever");
    await until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);

    await post(`/runs/${id}/cancel`, {}, { "Caudal-By": "ana" });
    const run = await until(`/runs/${id}`, isOver);

    expect(run).toMatchObject({ state: "Cancelled", why: { code: "cancelled" } });
    expect(run.audit.map(({ action, by }) => [action, by])).toEqual([
      ["cancel", "ana"],
      ["run", "api"],
    ]);
  });

  test("is looked at first: what is in flight would be cancelled", async () => {
    const { post, until } = await served([forEver]);
    const { id } = await begun(post, "for ever");
    await until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);

    const seen = (await (await post(`/runs/${id}/cancel/preview`)).json()) as ActionPreview;

    expect(seen).toMatchObject({
      action: "cancel",
      taskRuns: [{ id: "wait-1", to: "Cancelled" }],
      flow: { to: "Cancelled" },
    });
  });

  test("B39: of a run that has ended is refused with the state it has", async () => {
    const { post, until } = await served([failing]);
    const { id } = await begun(post, "failing");
    await until(`/runs/${id}`, isOver);

    const answer = await post(`/runs/${id}/cancel`);

    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: "RUN_OVER", state: "Failed" });
  });
});

describe("an approval", () => {
  test("is shown with its question, and goes on when it is given", async () => {
    const { post, until } = await served([asks]);
    const { id } = await begun(post, "asks");
    const paused = await until(`/runs/${id}`, isPaused);

    const answer = await post(`/runs/${id}/approve`, {}, { "Caudal-By": "ana" });
    const run = await until(`/runs/${id}`, isOver);

    expect(paused.waiting).toMatchObject([{ id: "release?-1", question: "release?" }]);
    expect(answer.status).toBe(200);
    expect(run.state).toBe("Success");
  });

  test.each([{ task: "release?-1" }, {}])(
    "B39: given twice (%j) is given once; another answer is refused with the state",
    async (named) => {
      const { post, until, get } = await served([asks]);
      const { id } = await begun(post, "asks");
      await until(`/runs/${id}`, isPaused);
      await post(`/runs/${id}/approve`, named);
      await until(`/runs/${id}`, isOver);

      const again = await post(`/runs/${id}/approve`, named);
      const other = await post(`/runs/${id}/reject`, { ...named, why: "no" });
      const { lines } = (await (await get(`/audit?run=${id}`)).json()) as AuditList;

      expect(again.status).toBe(200);
      expect(other.status).toBe(409);
      expect(await other.json()).toMatchObject({ code: "TASK_NOT_WAITING", state: "Success" });
      expect(lines.filter(({ action }) => action === "approve")).toHaveLength(1);
    },
  );

  test("B39: given again with the same input is the same, and with another one another", async () => {
    const input = z.object({ version: z.string(), force: z.boolean().default(false) });
    const versions = flow("versions", () => approval("which?", { input })());
    const { post, until } = await served([versions]);
    const { id } = await begun(post, "versions");
    await until(`/runs/${id}`, isPaused);
    await post(`/runs/${id}/approve`, { input: { version: "1.2" } });
    await until(`/runs/${id}`, isOver);

    const answers = await Promise.all(
      [{ input: { version: "1.2" } }, { input: { version: "1.2", force: false } }, { input: { version: "2" } }].map(
        (body) => post(`/runs/${id}/approve`, body),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 409]);
  });

  test("B39: a rejection said again is the same, and with other words another", async () => {
    const { post, until } = await served([asks]);
    const { id } = await begun(post, "asks");
    await until(`/runs/${id}`, isPaused);
    await post(`/runs/${id}/reject`, { why: "not on a Friday" });
    await until(`/runs/${id}`, isOver);

    const answers = [];
    for (const [verb, body] of [
      ["reject", {}],
      ["reject", { why: "not on a Friday" }],
      ["reject", { why: "too late" }],
      ["approve", {}],
    ] as const)
      answers.push((await post(`/runs/${id}/${verb}`, body)).status);

    expect(answers).toEqual([200, 200, 409, 409]);
  });

  test("is rejected with a reason that its task run keeps", async () => {
    const { post, until, get } = await served([asks]);
    const { id } = await begun(post, "asks");
    await until(`/runs/${id}`, isPaused);

    await post(`/runs/${id}/reject`, { why: "not on a Friday" });
    await until(`/runs/${id}`, isOver);
    const asked = (await (await get(`/runs/${id}/tasks/release%3F-1`)).json()) as TaskRunDetail;

    expect(asked).toMatchObject({
      state: "Failed",
      why: { code: "approval-rejected", parameters: { why: "not on a Friday" } },
    });
  });

  test("cannot be given to what does not wait", async () => {
    const { post, until } = await served([forEver]);
    const { id } = await begun(post, "for ever");
    await until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);

    const answer = await post(`/runs/${id}/approve`);

    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([409, "TASK_NOT_WAITING"]);
  });

  test("with an input it does not take is refused before anything changes", async () => {
    const { post, until } = await served([asks]);
    const { id } = await begun(post, "asks");
    await until(`/runs/${id}`, isPaused);

    const answer = await post(`/runs/${id}/approve`, { input: 5 });

    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([422, "APPROVAL_INPUT"]);
  });
});

describe("a paused task run", () => {
  test("goes on when it is resumed, and pauses again if it says so again", async () => {
    const { post, until, get } = await served([pausing]);
    const { id } = await begun(post, "pausing");
    await until(`/runs/${id}`, isPaused);

    const answer = await post(`/runs/${id}/resume`, { task: "check-1" });
    const { taskRuns } = await until<TaskRunList>(`/runs/${id}/tasks`, ({ taskRuns: [first] }) => first?.attempt === 2);

    expect(answer.status).toBe(200);
    expect(taskRuns).toMatchObject([{ id: "check-1", why: { code: "signal", parameters: { why: "look at it" } } }]);
    expect((await get(`/runs/${id}`)).status).toBe(200);
  });
});

describe("a run that failed", () => {
  test("shows the error and the task it came from", async () => {
    works = false;
    const { post, until } = await served([failing]);
    const { id } = await begun(post, "failing");

    const run = await until(`/runs/${id}`, isOver);

    expect(run).toMatchObject({
      state: "Failed",
      failedTask: "parse-1",
      actions: { retry: { can: true }, cancel: { can: false, because: "RUN_OVER" } },
    });
  });

  test("is retried: the preview says what then happens, and what finished keeps its times", async () => {
    works = false;
    const { post, until, get } = await served([failing]);
    const { id } = await begun(post, "failing");
    await until(`/runs/${id}`, isOver);
    const before = (await (await get(`/runs/${id}/tasks`)).json()) as TaskRunList;
    const seen = (await (await post(`/runs/${id}/retry/preview`)).json()) as ActionPreview;

    works = true;
    await post(`/runs/${id}/retry`);
    const run = await until(`/runs/${id}`, isOver);
    const after = (await (await get(`/runs/${id}/tasks`)).json()) as TaskRunList;

    expect(seen.taskRuns.map(({ id: of, becomes }) => [of, becomes])).toEqual([
      ["parse-1", "runs"],
      ["store-1", "runs"],
    ]);
    expect(run).toMatchObject({ state: "Success", progress: { finished: 3, failed: 0 } });
    expect(after.taskRuns[0]).toEqual(before.taskRuns[0]);
    expect(after.taskRuns.map(({ attempt }) => attempt)).toEqual([1, 2, 1]);
  });

  test("is run again with its own parameters, as a run of its own", async () => {
    works = true;
    const { post, until } = await served([failing]);
    const { id } = await begun(post, "failing", { parameters: { size: 7 }, tags: ["x"] });
    await until(`/runs/${id}`, isOver);

    const answer = await post(`/runs/${id}/again`, { idempotencyKey: "k" });
    const again = (await answer.json()) as RunDetail;
    const twice = await post(`/runs/${id}/again`, { idempotencyKey: "k" });

    expect([answer.status, again.parameters, again.tags]).toEqual([201, { size: 7 }, ["x"]]);
    expect(again.id).not.toBe(id);
    expect([twice.status, ((await twice.json()) as RunDetail).id]).toEqual([200, again.id]);
  });
});

describe("run from here", () => {
  test("runs a task again and what follows from it", async () => {
    works = true;
    const { post, until, get } = await served([failing]);
    const { id } = await begun(post, "failing");
    await until(`/runs/${id}`, isOver);

    const seen = (await (await post(`/runs/${id}/run-from/preview`, { task: "parse-1" })).json()) as ActionPreview;
    await post(`/runs/${id}/run-from`, { task: "parse-1" });
    await until(`/runs/${id}`, isOver);
    const { taskRuns } = (await (await get(`/runs/${id}/tasks`)).json()) as TaskRunList;

    expect(seen.taskRuns.map(({ id: of }) => of)).toEqual(["parse-1", "store-1"]);
    expect(taskRuns.map(({ attempt }) => attempt)).toEqual([1, 2, 2]);
  });

  test("of a run that goes on is refused", async () => {
    const { post, until } = await served([forEver]);
    const { id } = await begun(post, "for ever");
    await until<RunDetail>(`/runs/${id}`, ({ progress }) => progress.running === 1);

    const answer = await post(`/runs/${id}/run-from`, { task: "wait-1" });

    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([409, "RUN_NOT_OVER"]);
  });
});

describe("a start", () => {
  test("with parameters that are wrong says which, by pointer, and begins nothing", async () => {
    const { post, get } = await served([failing]);

    const answer = await post("/flows/failing/runs", { parameters: { size: "ten", sise: 1 } });
    const problem = (await answer.json()) as Problem;

    expect([answer.status, problem.code]).toEqual([422, "PARAMETER_INVALID"]);
    expect(problem.fields?.map(({ at }) => at)).toEqual(["/parameters/sise", "/parameters/size"]);
    expect(await (await get("/runs")).json()).toMatchObject({ runs: [] });
  });

  test("is looked at first: parameters are completed, and nothing begins", async () => {
    const { post, get } = await served([failing]);

    const seen = (await (await post("/flows/failing/runs/preview")).json()) as StartPreview;

    expect(seen).toEqual({ parameters: { size: 10 }, flow: "failing", tasks: 3 });
    expect(await (await get("/runs")).json()).toMatchObject({ runs: [] });
  });

  test("with a key that is known gives that run, and refuses other parameters for it", async () => {
    works = true;
    const { post } = await served([failing]);
    const first = await begun(post, "failing", { idempotencyKey: "once" });

    const same = await post("/flows/failing/runs", { idempotencyKey: "once" });
    const other = await post("/flows/failing/runs", { idempotencyKey: "once", parameters: { size: 1 } });

    expect([same.status, ((await same.json()) as RunDetail).id]).toEqual([200, first.id]);
    expect([other.status, ((await other.json()) as Problem).code]).toEqual([409, "IDEMPOTENCY_CONFLICT"]);
  });
});
