/** A text that no index knows: each answer looks at so many runs, says how far back it got, and the next goes on. */
import { beforeAll, describe, expect, test } from "vitest";
import { newRun, version } from "../../test/conformance/store-rows.ts";
import { served, type Served } from "../../test/support/served.ts";
import { storeFolder } from "../../test/support/store-folder.ts";
import { SqliteStore } from "../store/sqlite/sqlite-store.ts";
import type { RunCounts, RunList } from "./contract.ts";

/** More than one page without an index looks at. */
const RUNS = 5_200;
const at = (i: number) => i * 60_000;

let folder: string;

beforeAll(() => {
  folder = storeFolder();
  const store = new SqliteStore(folder, { durability: "process" });
  for (let i = 1; i <= RUNS; i++)
    store.createRun(newRun(`run${i}`, { name: i === 7 ? "the audit" : `load ${i}`, createdAt: at(i) }), version);
  store.close();
}, 60_000);

const json = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;
const withManyRuns = (): Promise<Served> =>
  served([], { store: new SqliteStore(folder, { durability: "process" }), starts: false });

describe("a text that only an old run has", () => {
  test("is not said to be nowhere: the answer says how far back it looked, and the next finds it", async () => {
    const { get } = await withManyRuns();

    const first = await json<RunList>(get("/runs?q=audit"));
    const second = await json<RunList>(get(`/runs?q=audit&after=${first.next}`));

    expect(first).toMatchObject({ runs: [], searchedTo: at(RUNS - 4_999) });
    expect(second.runs.map(({ id }) => id)).toEqual(["run7"]);
    expect([second.next, second.searchedTo]).toEqual([undefined, undefined]);
  });

  test("is counted in part, and the counts say so", async () => {
    const { get } = await withManyRuns();

    const some = await json<RunCounts>(get("/runs/counts?q=load"));
    const all = await json<RunCounts>(get("/runs/counts?flow=etl"));

    expect(some).toMatchObject({ counts: { Pending: 5_000 }, more: ["Pending"] });
    expect(all).toMatchObject({ counts: { Pending: RUNS }, more: [] });
  });
});

test("a page that is full says no more than where the next begins", async () => {
  const { get } = await withManyRuns();

  const page = await json<RunList>(get("/runs?q=load&limit=3"));

  expect(page.runs.map(({ name }) => name)).toEqual(["load 5200", "load 5199", "load 5198"]);
  expect(page.next).toBeDefined();
  expect(page.searchedTo).toBeUndefined();
});
