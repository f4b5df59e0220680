/** Step 13 of the tutorial: the process is killed in the middle of store, and the run goes on in another one. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSqlite } from "../../src/tasks/sqlite/open.ts";
import { CAUDAL_RUN, EVERYWHERE, installed, type Laptop, says } from "./laptop.ts";

let laptop: Laptop;
beforeAll(async () => {
  laptop = await installed();
}, 300_000);
afterAll(() => laptop?.remove());

/** No cache. Storing stops in its middle until there is a file `power`. */
const ETL = `import { existsSync } from "node:fs";
import { flow, task } from "caudal";
import { openSqlite } from "caudal/tasks/sqlite";
const get = task("get_complaint_data", () => {
  console.log("asking");
  return ["one", "two", "three"];
});
const parse = task("parse_complaint_data", (raw: string[]) => {
  console.log("parsing");
  return raw.map((text, id) => ({ id, text }));
});
const store = task("store_complaints", async (rows: { id: number; text: string }[]) => {
  const db = openSqlite("complaints.db");
  db.exec("CREATE TABLE IF NOT EXISTS complaint (id INTEGER PRIMARY KEY, text TEXT)");
  for (const { id, text } of rows) {
    db.prepare("INSERT OR REPLACE INTO complaint VALUES (?, ?)").run(id, text);
    console.log("stored", id);
    while (id === 1 && !existsSync("power")) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  db.close();
  return rows.length;
});
export const etl = flow("my etl flow", () => ({ stored: store(parse(get())) }));
`;

function storedIn(folder: string): number {
  const db = openSqlite(join(folder, "complaints.db"));
  const { count } = db.prepare("SELECT count(*) AS count FROM complaint").get() as { count: number };
  db.close();
  return count;
}

describe.concurrent.each(EVERYWHERE)("step 13, a killed run: $title", ({ place, way }) => {
  test("is told of by the next, and resumed: get and parse are not run again, and no row is lost or doubled", async () => {
    const run = way === CAUDAL_RUN ? "" : "await etl.run();\n";
    const folder = await laptop.folder(place, { "etl.ts": ETL + run });
    const going = await folder.start(way, "etl.ts");
    await going.said("stored 1");
    going.press("SIGKILL");
    expect((await going.ended).code).toBe(null);
    await writeFile(join(folder.path, "power"), "");

    const next = await folder.run(way, "etl.ts");
    const resumed = await folder.caudal(["resume"]);

    expect(next.stdout).toMatch(/Run (\w{26}) stopped at \S+ before its end; go on with it: npx caudal resume \1\n/);
    expect(resumed).toMatchObject({ code: 0, stderr: "" });
    expect(resumed.lines).toEqual([
      "[time] INFO - caudal.FlowRunner | Going on with Flow run <id> for 'my etl flow', which stopped at <instant>",
      ...says.task("store_complaints", "stored 0", "stored 1", "stored 2"),
      says.success,
      'Result: {"stored":3}',
    ]);
    expect(storedIn(folder.path)).toBe(3);
  });
});
