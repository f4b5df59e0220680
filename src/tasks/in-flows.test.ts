import { join } from "node:path";
import { flow, isFailed, isSuccess, isTimedOut, task } from "caudal";
import { http } from "caudal/tasks/http";
import { sqliteInsert, sqliteQuery, sqliteScript } from "caudal/tasks/sqlite";
import { afterEach, describe, expect, test } from "vitest";
import {
  type ComplaintsApi,
  type ComplaintsApiOptions,
  startComplaintsApi,
} from "../../examples/etl/complaints-api.mjs";
import { scratchDatabase, TABLE } from "../../test/support/scratch-database.ts";

interface Complaint {
  complaint_id: string;
  state: string;
}
interface Answer {
  hits: { hits: { _source: { complaint_id: string; state: string | null } }[] };
}

const { file, folder, all } = scratchDatabase();
const open: ComplaintsApi[] = [];
async function api(options: ComplaintsApiOptions = {}): Promise<ComplaintsApi> {
  const started = await startComplaintsApi({ port: 0, ...options });
  open.push(started);
  return started;
}
afterEach(() => Promise.all(open.splice(0).map((started) => started.close())));

const quiet = { logLevel: "error" } as const;
const rows = task("rows", (): Complaint[] => [
  { complaint_id: "1", state: "CA" },
  { complaint_id: "2", state: "TX" },
]);

describe("SQLite tasks in a flow", () => {
  test("create the table before the rows are stored, and give the same rows after one and two runs", async () => {
    const load = flow("load", () => {
      const table = sqliteScript({ db: file(), script: TABLE.replace("TABLE", "TABLE IF NOT EXISTS") })();
      const store = sqliteInsert<Complaint>({ db: file(), into: "complaint", onConflict: "replace" });
      return store(rows()).setUpstream(table);
    });

    const first = await load.run(quiet);
    const second = await load.run(quiet);

    expect([isSuccess(first) && first.result, isSuccess(second) && second.result]).toEqual([2, 2]);
    expect(await all("SELECT count(*) AS n FROM complaint")).toEqual([{ n: 2 }]);
    expect(first.tasks.map(({ name }) => name)).toEqual(["sqliteScript", "rows", "sqliteInsert"]);
  });

  test("are named after their factory, in order of first use", async () => {
    const scripts = flow("scripts", () => {
      sqliteScript({ db: file(), script: "CREATE TABLE a (b)" })();
      sqliteScript({ db: file(), script: "CREATE TABLE c (d)", name: "make_c" })();
      sqliteScript({ db: file(), script: "CREATE TABLE e (f)" })();
    });

    const run = await scripts.run(quiet);

    expect(run.tasks.map(({ name }) => name)).toEqual(["sqliteScript", "make_c", "sqliteScript 2"]);
  });

  test("write from sixty children at once", async () => {
    const numbers = task("numbers", () =>
      Array.from({ length: 60 }, (_, index) => [{ complaint_id: String(index), state: "CA" }]),
    );
    const many = flow("many", () => {
      const table = sqliteScript({ db: file(), script: TABLE })();
      const store = sqliteInsert<Complaint>({ db: file(), into: "complaint" });
      const count = sqliteQuery<{ n: number }>({
        db: file(),
        sql: "SELECT count(*) AS n FROM complaint",
        rows: "first",
      });
      return count().setUpstream(store.map(numbers()).setUpstream(table));
    });

    const run = await many.run(quiet);

    expect(isSuccess(run) && run.result).toEqual({ n: 60 });
  });

  test("fail with a code and the path when the file cannot be opened", async () => {
    const path = join(folder(), "no", "data.db");
    const broken = flow("broken", () => sqliteScript({ db: path, script: TABLE, name: "create_table" })());

    const run = await broken.run(quiet);
    const { state } = run.task("create_table");

    expect(isFailed(run)).toBe(true);
    expect(state).toMatchObject({
      type: "Failed",
      error: { code: "SQLITE_CANNOT_OPEN", message: expect.stringContaining(path) },
    });
  });
});

describe("HTTP tasks in a flow", () => {
  const asking = (options: Parameters<typeof http>[0]) =>
    flow("asking", () => http<Answer>({ ...options, name: "ask" } as { url: string })());

  test("are tried again after a failure that may pass", async () => {
    const server = await api({ failNext: 2 });

    const run = await asking({ url: server.url, retries: 3, retryDelay: "1ms" }).run(quiet);

    expect(isSuccess(run)).toBe(true);
    expect(server.count()).toBe(3);
  });

  test("are not tried again after one that will not", async () => {
    const server = await api();

    const run = await asking({ url: server.url, query: { size: "ten" }, retries: 3, retryDelay: "1ms" }).run(quiet);

    expect(run.task("ask").state).toMatchObject({
      type: "Failed",
      error: { code: "HTTP_STATUS", message: expect.stringContaining("answered 400") },
    });
    expect(server.count()).toBe(1);
  });

  test("are tried again when retryIf says so", async () => {
    const server = await api({ garbage: true });

    const run = await asking({ url: server.url, retries: 1, retryDelay: "1ms", retryIf: () => true }).run(quiet);

    expect(run.task("ask").state).toMatchObject({ type: "Failed", error: { code: "HTTP_NOT_JSON" } });
    expect(server.count()).toBe(2);
  });

  test("end when their time is up, however slow the server is", async () => {
    const server = await api({ slow: "5m" });

    const run = await asking({ url: server.url, timeout: "50ms" }).run(quiet);

    expect(isTimedOut(run.task("ask").state)).toBe(true);
  });

  test("fail with a code when nobody answers", async () => {
    const server = await api();
    await server.close();

    const run = await asking({ url: server.url }).run(quiet);

    expect(run.task("ask").state).toMatchObject({ type: "Failed", error: { code: "HTTP_FAILED" } });
  });
});
