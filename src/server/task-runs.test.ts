/** Task runs over the API: by the names people gave them, from rows that are what was written, within limits of all processes. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { served, type Served } from "../../test/support/served.ts";
import { flow, limit, task } from "../index.ts";
import { setLimit } from "../runtime/answers/limits.ts";
import { sqliteDriver } from "../store/sqlite-driver.ts";
import { SqliteStore } from "../store/sqlite/sqlite-store.ts";
import type { LimitList, Problem, RunDetail, TaskRunDetail, TaskRunList } from "./contract.ts";

const json = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;
const isOver = ({ endedAt }: RunDetail) => endedAt !== undefined;

async function ran(server: Served, name: string): Promise<string> {
  const { id } = await json<RunDetail>(server.post(`/flows/${name}/runs`));
  await server.until(`/runs/${id}`, isOver);
  return id;
}

describe("a task run with a name of its own", () => {
  const city = task({ name: "fetch", taskRunName: "fetch {city}", args: ["city"] }, (name: string) => name.length);
  const cities = flow("cities", () => {
    city.map(["Quito", "Cuenca"]);
    city("Loja");
    task("plain", () => 1)();
  });

  test("is called by it, in lists and alone, by this server and the next", async () => {
    const server = await served([cities]);
    const id = await ran(server, "cities");

    const names = async ({ get }: Pick<Served, "get">) => [
      ...(await json<TaskRunList>(get(`/runs/${id}/tasks`))).taskRuns.map(({ name }) => name),
      ...(await json<TaskRunList>(get(`/runs/${id}/tasks/fetch-1/children`))).taskRuns.map(({ name }) => name),
      (await json<TaskRunDetail>(get(`/runs/${id}/tasks/fetch-1.1`))).name,
    ];
    const before = await names(server);
    await server.close();
    const after = await names(await served([], { folder: server.folder }));

    expect(before).toEqual(["fetch", "fetch Loja", "plain", "fetch Quito", "fetch Cuenca", "fetch Cuenca"]);
    expect(after).toEqual(before);
  });
});

describe("a mapped task with children that failed", () => {
  const half = task("half", (n: number) => {
    if (n % 2 === 1) throw new Error(`${n} is odd`);
    return n / 2;
  });
  const halves = flow("halves", () => half.map([1, 2, 3, 4]));

  test("counts them in the progress of its run, and not itself", async () => {
    const server = await served([halves]);
    const id = await ran(server, "halves");

    const { progress } = await json<RunDetail>(server.get(`/runs/${id}`));

    expect(progress).toMatchObject({ total: 1, finished: 1, failed: 2, children: { Failed: 2, Success: 2 } });
  });

  test("is over in as long as its last attempt took, to the millisecond", async () => {
    const server = await served([halves]);
    const id = await ran(server, "halves");

    const child = await json<TaskRunDetail>(server.get(`/runs/${id}/tasks/half-1.0`));

    const { startedAt, endedAt } = child;
    expect(child.attempts).toEqual([{ attempt: 1, startedAt, endedAt, outcome: "Failed" }]);
  });
});

describe("a row of a task run that is not what was written", () => {
  const two = flow("two", () => {
    task("small", () => "small")();
    task("large", () => "x".repeat(10_000))();
  });

  /** Changes a column of the row as a bad disk would, past the store. */
  function damage(server: Served, slot: number, change: string): void {
    const { DatabaseSync } = sqliteDriver();
    const db = new DatabaseSync(join(server.folder, ".caudal", "caudal.db"), {});
    db.exec(`UPDATE task_run SET ${change} WHERE slot = ${slot}`);
    db.close();
  }
  const refusal = async (answer: Promise<Response>) => {
    const response = await answer;
    return [response.status, ((await response.json()) as Problem).code];
  };

  test.each(["state = state + 1", "attempt = 7", "ended_at = ended_at + 1", "value = '\"smell\"'"])(
    "is refused in lists, alone and by its value (%s), and other runs are shown",
    async (change) => {
      const server = await served([two]);
      const [id, other] = [await ran(server, "two"), await ran(server, "two")];
      damage(server, 0, change);
      const paths = ["tasks", "tasks/small-1", "tasks/small-1/result"].map((path) => `/runs/${id}/${path}`);

      expect(await Promise.all(paths.map((path) => refusal(server.get(path))))).toEqual(
        paths.map(() => [500, "RUN_CORRUPT"]),
      );
      expect((await server.get("/runs")).status).toBe(200);
      expect([id === other, server.logger.lines().some((line) => line.includes("A request failed"))]).toEqual([
        false,
        false,
      ]);
    },
  );

  test("is refused when its value is asked for, where that is too large to be read with lists", async () => {
    const server = await served([two]);
    const id = await ran(server, "two");
    damage(server, 1, "value = replace(value, 'xxx', 'xyx')");

    expect((await server.get(`/runs/${id}/tasks`)).status).toBe(200);
    expect(await refusal(server.get(`/runs/${id}/tasks/large-1/result`))).toEqual([500, "RUN_CORRUPT"]);
  });
});

describe("limits", () => {
  test("are counted over all processes of the store", async () => {
    limit("shared with others", 5);
    setLimit("shared with others", 5);
    let release = () => undefined as void;
    const free = new Promise<void>((resolve) => (release = resolve));
    const holds = task({ name: "holds", limits: ["shared with others"] }, (_n: number) => free);
    const server = await served([flow("holding", () => void holds.map([1, 2]))]);
    const elsewhere = new SqliteStore(join(server.folder, ".caudal"), {
      durability: "process",
      process: { host: "another machine", boot: "1", pid: 7, started: "" },
    });
    const place = { name: "limit/shared with others", max: 5 };
    const { id } = await json<RunDetail>(server.post("/flows/holding/runs"));
    await server.until<RunDetail>(`/runs/${id}`, ({ progress }) => (progress.children.Running ?? 0) === 2);

    elsewhere.claimPlaces([place], Date.now(), Date.now());
    const { limits } = await json<LimitList>(server.get("/limits"));
    release();
    await server.until(`/runs/${id}`, isOver);
    const after = await json<LimitList>(server.get("/limits"));
    elsewhere.close();

    const ours = (list: LimitList["limits"]) => list.find(({ name }) => name === "shared with others");
    expect(ours(limits)).toMatchObject({ slots: 5, held: 3 });
    expect(ours(after.limits)).toMatchObject({ held: 1 });
  });
});
