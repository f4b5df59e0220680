/** Steps 5 to 7 of the tutorial: an HTTP API, an ETL of three tasks, and a library task that comes before one of them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ComplaintsApi, startComplaintsApi } from "../../examples/etl/complaints-api.mjs";
import { openSqlite } from "../../src/tasks/sqlite/open.ts";
import { run } from "../packed/user-folder.ts";
import {
  CAUDAL_RUN,
  CAUDAL_RUN_EVERYWHERE,
  EVERYWHERE,
  type Folder,
  installed,
  type Laptop,
  PLACES,
  says,
} from "./laptop.ts";
import { readPage } from "./pdf-text.ts";

const example = (name: string) => readFile(new URL(`../../examples/etl/${name}`, import.meta.url), "utf8");

/** The answer's keys, as the tutorial writes them. */
const KEYS_PRINTED = [
  "source: the sample API (invented records)",
  "answer: took, timed_out, _shards, hits, aggregations, _meta",
  "answer.hits: total, max_score, hits",
  "answer.hits.hits[0]: _index, _type, _id, _score, _source, sort",
  "answer.hits.hits[0]._source: product, complaint_what_happened, date_sent_to_company, issue, sub_product, zip_code, tags, has_narrative, complaint_id, timely, consumer_consent_provided, company_response, submitted_via, company, date_received, state, consumer_disputed, company_public_response, sub_issue",
];

const COLUMNS =
  "complaint_id TEXT PRIMARY KEY, timestamp TEXT, state TEXT, product TEXT, company TEXT, complaint_what_happened TEXT";

/** Get and parse, as in examples/etl/etl.ts, before the library's tasks are known. */
const GET_AND_PARSE = `import { context, flow, task } from "caudal";
import { openSqlite } from "caudal/tasks/sqlite";

const api = process.env.COMPLAINTS_API;

interface Complaint { complaint_id: string; timestamp: string; state: string; product: string; company: string; complaint_what_happened: string }
interface Hit { _source: Omit<Complaint, "timestamp"> & { date_received: string } }

const getComplaintData = task({ name: "get_complaint_data", timeout: "30s" }, async () => {
  const response = await fetch(\`\${api}?size=25\`, { signal: context().signal });
  if (!response.ok) throw new Error(\`the API answered \${response.status}\`);
  const answer = (await response.json()) as { hits: { hits: Hit[] } };
  return answer.hits.hits;
});

const parseComplaintData = task("parse_complaint_data", (raw: Hit[]): Complaint[] =>
  raw.map(({ _source: { complaint_id, date_received, state, product, company, complaint_what_happened } }) =>
    ({ complaint_id, timestamp: date_received, state, product, company, complaint_what_happened })),
);
`;

const THREE_TASKS = `${GET_AND_PARSE}
const storeComplaints = task("store_complaints", async (parsed: Complaint[]) => {
  const db = openSqlite("cfpbcomplaints.db");
  db.exec("CREATE TABLE IF NOT EXISTS complaint (${COLUMNS})");
  const insert = db.prepare("INSERT OR REPLACE INTO complaint VALUES (?, ?, ?, ?, ?, ?)");
  for (const [i, c] of parsed.entries()) {
    insert.run(c.complaint_id, c.timestamp, c.state, c.product, c.company, c.complaint_what_happened);
    if (i === 12 && process.env.STAY) {
      console.log("in the middle of store");
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    }
  }
  db.close();
});

export const etl = flow("etl", () => {
  storeComplaints(parseComplaintData(getComplaintData()));
});
`;
const RUN = "\nawait etl.run();\n";

let laptop: Laptop;
let api: ComplaintsApi;
beforeAll(async () => {
  api = await startComplaintsApi({ port: 0 });
  laptop = await installed();
}, 300_000);
afterEach(() => api.set({ slow: 0, failNext: 0, garbage: false }));
afterAll(async () => {
  await laptop?.remove();
  await api?.close();
});

const withApi = () => ({ env: { COMPLAINTS_API: api.url } });

/** Rows of the complaint table of a folder's database. */
function rowsIn(folder: Folder): readonly Readonly<Record<string, unknown>>[] {
  const db = openSqlite(join(folder.path, "cfpbcomplaints.db"));
  const rows = db.prepare("SELECT * FROM complaint ORDER BY 1").all() as Readonly<Record<string, unknown>>[];
  db.close();
  return rows;
}

describe.each(EVERYWHERE)("step 5, a look at the API: $title", ({ place, way }) => {
  test("prints the source and the answer's keys", async () => {
    const folder = await laptop.folder(place, { "look.ts": await example("look.ts") });

    const said = await folder.run(way, "look.ts", withApi());

    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.lines).toEqual([
      says.beginning("look at the complaints"),
      ...says.task("ask_api"),
      ...says.task("look", ...KEYS_PRINTED),
      says.success,
    ]);
  });
});

describe.each(EVERYWHERE)("step 6, an ETL of three tasks: $title", ({ place, way }) => {
  test("says three times Success, and stores each complaint once, however often it runs", async () => {
    const folder = await laptop.folder(place, { "etl.ts": THREE_TASKS + RUN });

    const first = await folder.run(way, "etl.ts", withApi());
    const once = rowsIn(folder);
    const second = await folder.run(way, "etl.ts", withApi());

    const lines = [
      says.beginning("etl"),
      ...says.task("get_complaint_data"),
      ...says.task("parse_complaint_data"),
      ...says.task("store_complaints"),
      says.success,
    ];
    expect(first).toMatchObject({ code: 0, stderr: "", lines });
    expect(second).toMatchObject({ code: 0, stderr: "", lines });
    expect(once).toHaveLength(25);
    expect(rowsIn(folder)).toEqual(once);
    expect(Object.values(once[0] ?? {}).filter((cell) => typeof cell !== "string" || cell === "")).toEqual([]);
  });
});

describe("step 6, killed in the middle of store and started again", () => {
  test("there are as many rows as complaints", async () => {
    const folder = await laptop.folder(PLACES[1], { "etl.ts": THREE_TASKS + RUN });
    const going = await folder.start(CAUDAL_RUN, "etl.ts", { env: { ...withApi().env, STAY: "yes" } });
    await going.said("in the middle of store");
    going.press("SIGKILL");
    await going.ended;
    const atTheKill = rowsIn(folder).length;

    const again = await folder.run(CAUDAL_RUN, "etl.ts", withApi());

    expect(atTheKill).toBe(13);
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(rowsIn(folder)).toHaveLength(25);
  });
});

describe.each(PLACES)("step 6, drawn in a folder named %s", (place) => {
  test("is a chain whose edges are labelled raw and parsed", async () => {
    const folder = await laptop.folder(place, { "etl.ts": THREE_TASKS + RUN });

    const [pdf, dot] = await Promise.all([
      folder.caudal(["visualize", "etl.ts"]),
      folder.caudal(["visualize", "etl.ts", "--out", "etl.dot"]),
    ]);

    expect(pdf).toMatchObject({ lines: ["Drawn: <folder>/etl.pdf"], code: 0, stderr: "" });
    expect(dot).toMatchObject({ lines: ["Drawn: <folder>/etl.dot"], code: 0, stderr: "" });
    const { texts, ellipses } = readPage(await readFile(join(folder.path, "etl.pdf")));
    expect(texts).toEqual(
      expect.arrayContaining(["get_complaint_data", "raw", "parse_complaint_data", "parsed", "store_complaints"]),
    );
    expect(ellipses).toBe(3);
    expect((await readFile(join(folder.path, "etl.dot"), "utf8")).match(/\w+ -> .*/g)).toEqual([
      'n0 -> n1 [id="e0", label="raw"];',
      'n1 -> n2 [id="e1", label="parsed"];',
    ]);
  });
});

const TYPOS = `import { task } from "caudal";
interface Hit { _source: { date_received: string; state: string } }

export const source = task("source", (raw: Hit[]) =>
  // @ts-expect-error the member is called _source
  raw.map((hit) => hit.source));
export const received = task("received", (raw: Hit[]) =>
  // @ts-expect-error it is called date_received
  raw.map(({ _source }) => _source.date_recieved));
`;

const MISSPELT_COLUMN = `import { flow, task } from "caudal";
import { sqliteInsert, sqliteScript } from "caudal/tasks/sqlite";
const db = "cfpbcomplaints.db";
const table = sqliteScript({ db, script: "CREATE TABLE complaint (date_received TEXT, state TEXT)" });
const parse = task("parse_complaint_data", () => [{ date_recieved: "2026-01-01", state: "PR" }]);
const store = sqliteInsert({ name: "store_complaints", args: ["parsed"], db, into: "complaint" });
export const etl = flow("etl", () => { store(parse()).setUpstream(table()); });
`;

describe("the typos of step 6", () => {
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const strict = ["--strict", "--noEmit", "--target", "es2023", "--module", "nodenext", "--ignoreConfig"];

  test("source for _source, and date_recieved, do not compile", async () => {
    const folder = await laptop.folder(PLACES[0], { "typos.ts": TYPOS });

    const said = await run(process.execPath, [tsc, ...strict, "typos.ts"], { cwd: folder.path });

    expect(said).toMatchObject({ code: 0, stdout: "" });
  });

  test("in JavaScript a column that is not there fails the task, with the nearest name", async () => {
    const folder = await laptop.folder(PLACES[0], { "etl.js": MISSPELT_COLUMN });

    const said = await folder.run(CAUDAL_RUN, "etl.js");

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toContain(says.finished("store_complaints", "Failed"));
    expect(said.stdout).toContain("SQLITE_COLUMN_UNKNOWN: ");
    expect(said.stdout).toContain("table 'complaint' has no column 'date_recieved'; did you mean 'date_received'?");
    expect(rowsIn(folder)).toEqual([]);
  });
});

/** The example's flow without what its last lines do. */
const etlFlow = async () => (await example("etl.ts")).split("\nawait ")[0] ?? "";

describe.each(EVERYWHERE)("step 7, a library task, order only: $title", ({ place, way }) => {
  test("creates the table before the rows are stored, and twice leaves as many rows as once", async () => {
    const folder = await laptop.folder(place, {
      "etl.ts": `${await etlFlow()}\nawait etl.run({ parameters: { size: 25 } });\n`,
    });
    const options = { ...withApi(), args: way === CAUDAL_RUN ? ["--param", "size=25"] : [] };

    const first = await folder.run(way, "etl.ts", options);
    const once = rowsIn(folder);
    const second = await folder.run(way, "etl.ts", options);

    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(second).toMatchObject({ code: 0, stderr: "" });
    const tableLines = says.task("sqliteScript");
    expect(first.lines.filter((line) => !tableLines.includes(line))).toEqual([
      says.oneRun("my etl flow", "1m"),
      says.beginning("my etl flow"),
      says.starting("get_complaint_data"),
      "I actually requested this time!",
      says.finished("get_complaint_data", "Cached", " (stored until <instant>)"),
      ...says.task("parse_complaint_data"),
      ...says.task("store_complaints"),
      says.success,
      ...(way === CAUDAL_RUN ? ['Result: {"stored":25}'] : []),
    ]);
    expect(first.lines.filter((line) => tableLines.includes(line))).toEqual(tableLines);
    expect(first.lines.indexOf(says.finished("sqliteScript", "Success"))).toBeLessThan(
      first.lines.indexOf(says.starting("store_complaints")),
    );
    expect(once).toHaveLength(25);
    expect(rowsIn(folder)).toEqual(once);
  });
});

describe.each(PLACES)("step 7, drawn in a folder named %s", (place) => {
  test("has one dashed edge without a label, from sqliteScript to the store", async () => {
    const folder = await laptop.folder(place, { "etl.ts": await example("etl.ts") });

    await Promise.all(["dot", "svg"].map((format) => folder.caudal(["visualize", "etl.ts", "--out", `etl.${format}`])));

    const dot = await readFile(join(folder.path, "etl.dot"), "utf8");
    expect(dot).toMatch(/n0 \[.*label="sqliteScript"/);
    expect(dot.match(/\w+ -> .*/g)).toEqual([
      'p0 -> n1 [id="e0", label="size"];',
      'n1 -> n2 [id="e1", label="raw"];',
      'n2 -> n3 [id="e2", label="parsed"];',
      expect.stringMatching(/^n0 -> n3 \[id="e3", style="dashed"(?!.*label)/),
    ]);
    const svg = await readFile(join(folder.path, "etl.svg"), "utf8");
    expect(svg.match(/<title>.*? → .*?<\/title><path [^>]*stroke-dasharray/g)).toEqual([
      expect.stringContaining("<title>sqliteScript → store_complaints (order only)</title>"),
    ]);
    expect([...svg.matchAll(/<g class="label">.*?<text [^>]*>([^<]*)/g)].map(([, label]) => label)).toEqual([
      "size",
      "raw",
      "parsed",
    ]);
  });

  test("the library task can be named", async () => {
    const named = (await example("etl.ts")).replace("sqliteScript({", 'sqliteScript({ name: "create_table",');
    const folder = await laptop.folder(place, { "etl.ts": named });

    await folder.caudal(["visualize", "etl.ts", "--out", "etl.dot"]);

    expect(await readFile(join(folder.path, "etl.dot"), "utf8")).toMatch(/n0 \[.*label="create_table"/);
  });
});

/** Get and parse alone, with this time for the API to answer in. */
const etlWith = (timeout: string) => `${GET_AND_PARSE.replace('"30s"', `"${timeout}"`)}
export const etl = flow("etl", () => { parseComplaintData(getComplaintData()); });
`;

describe.each(CAUDAL_RUN_EVERYWHERE)("when the API misbehaves: $title", ({ place, way }) => {
  test("slow: the task ends TimedOut, what needs it does not start, exit 1", async () => {
    api.set({ slow: "1m" });
    const folder = await laptop.folder(place, { "etl.ts": etlWith("200ms") });

    const said = await folder.run(way, "etl.ts", withApi());

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines.slice(0, 7)).toEqual([
      says.beginning("etl"),
      says.starting("get_complaint_data"),
      says.exception("get_complaint_data"),
      expect.stringContaining("the attempt did not end within 200ms"),
      says.finished("get_complaint_data", "TimedOut"),
      says.finished("parse_complaint_data", "TriggerFailed"),
      says.failed,
    ]);
  });

  test("down: the task ends Failed and says why, exit 1", async () => {
    const gone = await startComplaintsApi({ port: 0 });
    await gone.close();
    const folder = await laptop.folder(place, { "etl.ts": etlWith("30s") });

    const said = await folder.run(way, "etl.ts", { env: { COMPLAINTS_API: gone.url } });

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toEqual(
      expect.arrayContaining([
        says.exception("get_complaint_data"),
        "TypeError: fetch failed",
        expect.stringMatching(/^Caused by Error: connect ECONNREFUSED 127\.0\.0\.1:\d+$/),
        says.finished("get_complaint_data", "Failed"),
        says.finished("parse_complaint_data", "TriggerFailed"),
        says.failed,
      ]),
    );
  });

  test("answering 500: the task ends Failed with the status, exit 1", async () => {
    api.set({ failNext: 1 });
    const folder = await laptop.folder(place, { "etl.ts": etlWith("30s") });

    const said = await folder.run(way, "etl.ts", withApi());

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toEqual(
      expect.arrayContaining(["Error: the API answered 500", says.finished("get_complaint_data", "Failed")]),
    );
  });

  test("answering garbage: the task ends Failed, on the line that reads the answer, exit 1", async () => {
    api.set({ garbage: true });
    const folder = await laptop.folder(place, { "etl.ts": etlWith("30s") });

    const said = await folder.run(way, "etl.ts", withApi());

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^SyntaxError: Unexpected token '<'/),
        says.finished("get_complaint_data", "Failed"),
        says.failed,
      ]),
    );
    expect(said.stdout).toMatch(/\n {4}> \d+ \| {3}const answer = \(await response\.json\(\)\)/);
  });
});

describe.each(CAUDAL_RUN_EVERYWHERE)("a database in a folder that does not exist: $title", ({ place, way }) => {
  test("fails the library task with a code and what to do, exit 1", async () => {
    const lost = (await etlFlow()).replace('"cfpbcomplaints.db"', '"no such folder/complaints.db"');
    const folder = await laptop.folder(place, { "etl.ts": lost });

    const said = await folder.run(way, "etl.ts", withApi());

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toEqual(
      expect.arrayContaining([
        says.finished("sqliteScript", "Failed"),
        says.finished("store_complaints", "TriggerFailed"),
        says.failed,
      ]),
    );
    expect(said.lines).not.toContain(says.starting("store_complaints"));
    expect(said.lines.join("\n")).toContain(
      "  SQLITE_CANNOT_OPEN: cannot use the database <folder>/no such folder/complaints.db: its folder <folder>/no such folder is not there. Make the folder, or correct the path",
    );
  });
});
