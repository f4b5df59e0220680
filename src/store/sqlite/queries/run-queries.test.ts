/** Pages of more runs than one question looks at. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batch, newRun, running } from "../../../../test/conformance/store-rows.ts";
import { storeFolder } from "../../../../test/support/store-folder.ts";
import type { Queries, RunsWanted } from "../../../ports/queries.ts";
import { sqliteDriver } from "../../sqlite-driver.ts";
import { SqliteStore } from "../sqlite-store.ts";

const RUNS = 5_300;
const HOUR_MS = 3_600_000;
/** Run `i` was created at. */
const at = (i: number) => i * HOUR_MS;

/** Columns of a run beside its number, id and name, as the table has them. */
const REST = `copy.flow, version_no, file, origin, parameters, tags, NULL, scheduled_at, n.no * ${HOUR_MS}, state, state_kind,
  state_value, epoch, process_no, owned_at, started_at, ended_at, changed_at, active_ms, first_cursor, last_cursor,
  sum, state_sum`;

let store: SqliteStore;
let queries: Queries;

beforeAll(async () => {
  store = new SqliteStore(storeFolder(), { durability: "process" });
  queries = await store.queries();
  const shape = { fingerprint: "f1", flow: "etl", graph: {}, nodes: [] };
  for (let i = 1; i <= RUNS; i++)
    store.createRun(newRun(`run${i}`, { name: `the ${i}th`, tags: ["nightly"], createdAt: at(i) }), () => shape);
  store.commit(batch("run2", { flow: running }));
}, 60_000);
afterAll(() => store.close());

/** The names of all pages, one after the other, and how many pages there were. */
function allPages(wanted: RunsWanted): { readonly names: readonly string[]; readonly pages: number } {
  const names: string[] = [];
  let beforeNo: number | undefined;
  for (let pages = 1; ; pages++) {
    const page = queries.runs(wanted, { beforeNo, limit: 50 });
    names.push(...page.runs.map(({ row }) => row.name));
    beforeNo = page.nextNo;
    if (beforeNo === undefined) return { names, pages };
  }
}

describe("runs of a tag", () => {
  test("are all there, the newest first, each once", () => {
    const { names } = allPages({ tag: "nightly" });

    expect(names).toHaveLength(RUNS);
    expect(new Set(names).size).toBe(RUNS);
    expect(names[0]).toBe(`the ${RUNS}th`);
  });

  test("and a state are found behind thousands that are in another, a bounded number at a time", () => {
    const { names, pages } = allPages({ tag: "nightly", states: ["Running"] });

    expect(names).toEqual(["the 2th"]);
    expect(pages).toBe(2);
  });

  test("and a time long ago are on the first page", () => {
    const { runs } = queries.runs({ tag: "nightly", from: at(2), to: at(4) }, { limit: 50 });

    expect(runs.map(({ row }) => row.name)).toEqual(["the 4th", "the 3th", "the 2th"]);
  });

  test("are counted in part where they are more than one page looks at", () => {
    expect(queries.countsInPart({ tag: "nightly" })).toBe(true);
    expect(queries.countsInPart({ flow: "etl" })).toBe(false);
  });

  test("are counted by their states", () => {
    expect(queries.counts({ tag: "nightly", from: at(1), to: at(3) }, 100)).toEqual({ Pending: 2, Running: 1 });
  });
});

describe("the newest runs of several flows", () => {
  test("come with one question, each flow's newest first, and a flow without runs has none", () => {
    const newest = queries.newestOf(["nobody's", "etl"], 2);

    expect([...newest.keys()]).toEqual(["nobody's", "etl"]);
    expect(newest.get("nobody's")).toEqual([]);
    expect(newest.get("etl")?.map(({ id }) => id)).toEqual([`run${RUNS}`, `run${RUNS - 1}`]);
  });

  test("are asked for anew when this process, or another, has written", async () => {
    const folder = storeFolder();
    const here = new SqliteStore(folder, { durability: "process" });
    const other = new SqliteStore(folder, { durability: "process" });
    const shape = { fingerprint: "f1", flow: "etl", graph: {}, nodes: [] };
    const { newestOf } = await here.queries();
    const ids = () =>
      newestOf(["etl"], 9)
        .get("etl")
        ?.map(({ id, state }) => `${id} ${state}`);
    here.createRun(newRun("own"), () => shape);
    const first = ids();
    const [once, again] = [newestOf(["etl"], 9), newestOf(["etl"], 9)];

    other.createRun(newRun("others"), () => shape);
    const second = ids();
    here.commit(batch("own", { flow: running }));
    const third = ids();
    here.close();
    other.close();

    expect(again).toBe(once);
    expect(first).toEqual(["own Pending"]);
    expect(second).toEqual(["others Pending", "own Pending"]);
    expect(third).toEqual(["others Pending", "own Running"]);
  });

  test("say when they began and ended, as far as they have", () => {
    const oldest = queries.newestOf(["etl"], RUNS).get("etl")?.slice(-2);

    expect(oldest).toEqual([
      { id: "run2", state: "Running", startedAt: expect.any(Number) as number, endedAt: undefined },
      { id: "run1", state: "Pending", startedAt: undefined, endedAt: undefined },
    ]);
  });
});

describe("runs of a text", () => {
  test("and a time long ago are on the first page", () => {
    const { runs } = queries.runs({ text: "3TH", to: at(40) }, { limit: 50 });

    expect(runs.map(({ row }) => row.name)).toEqual(["the 33th", "the 23th", "the 13th", "the 3th"]);
  });
});

describe("a text in a store of more runs than a page looks at", () => {
  let large: SqliteStore;
  let pages: Queries["runs"];

  beforeAll(async () => {
    const folder = storeFolder();
    large = new SqliteStore(folder, { durability: "process" });
    large.createRun(newRun("oldest", { name: "import" }), () => ({
      fingerprint: "f1",
      flow: "etl",
      graph: {},
      nodes: [],
    }));
    new (sqliteDriver().DatabaseSync)(large.name, {}).exec(`
      CREATE TEMP TABLE copy AS SELECT * FROM run;
      WITH RECURSIVE n (no) AS (SELECT 2 UNION ALL SELECT no + 1 FROM n WHERE no < 20100)
      INSERT INTO run SELECT n.no AS run_no, 'run' || n.no, 'import ' || n.no, ${REST} FROM n, copy`);
    ({ runs: pages } = await large.queries());
  }, 60_000);
  afterAll(() => large.close());

  test("finds the run that has it as its name at once, and then those that have it within", () => {
    const first = pages({ text: "import" }, { limit: 50 });
    const second = pages({ text: "import" }, { limit: 50, beforeNo: first.nextNo });
    const last = pages({ text: "import" }, { limit: 50, beforeNo: 10 });

    expect(first.runs.map(({ row }) => row.id)).toEqual(["oldest"]);
    expect(second.runs).toHaveLength(50);
    expect(second.runs[0]?.row.name).toBe("import 20100");
    expect(last.runs.map(({ row }) => row.id)).toEqual([
      "run9",
      "run8",
      "run7",
      "run6",
      "run5",
      "run4",
      "run3",
      "run2",
    ]);
    expect(last.nextNo).toBeUndefined();
  });

  test("says how far back it looked where nobody has it, and goes on from there to the end", () => {
    const told: (number | undefined)[] = [];
    let beforeNo: number | undefined;
    do {
      const page = pages({ text: "nobody's" }, { limit: 50, beforeNo });
      told.push(page.searchedTo);
      beforeNo = page.nextNo;
    } while (beforeNo !== undefined);

    expect(told).toEqual([at(15_101), at(10_101), at(5_101), at(101), undefined]);
  });

  test("finds the run that has it as its id at once", () => {
    const { runs } = pages({ text: "run3" }, { limit: 50 });

    expect(runs.map(({ row }) => row.name)).toEqual(["import 3"]);
  });
});
