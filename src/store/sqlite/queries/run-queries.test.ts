/** Pages of more runs than one question looks at. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batch, newRun, running } from "../../../../test/conformance/store-rows.ts";
import { storeFolder } from "../../../../test/support/store-folder.ts";
import type { Queries, RunsWanted } from "../../../ports/queries.ts";
import { SqliteStore } from "../sqlite-store.ts";

const RUNS = 5_300;
const HOUR_MS = 3_600_000;
/** Run `i` was created at. */
const at = (i: number) => i * HOUR_MS;

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

  test("are counted by their states", () => {
    expect(queries.counts({ tag: "nightly", from: at(1), to: at(3) }, 100)).toEqual({ Pending: 2, Running: 1 });
  });
});

describe("runs of a text", () => {
  test("and a time long ago are on the first page", () => {
    const { runs } = queries.runs({ text: "3TH", to: at(40) }, { limit: 50 });

    expect(runs.map(({ row }) => row.name)).toEqual(["the 33th", "the 23th", "the 13th", "the 3th"]);
  });
});
