/**
 * The flow of `npm run demo:crash`: it asks, parses and stores, slowly enough to be killed in the middle of storing.
 * Each call of a body is noted in calls.txt, so that one can count them whatever became of the process. No cache.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { flow, task } from "caudal";
import { openSqlite } from "caudal/tasks/sqlite";

const ROWS = 6;
const noteCall = (name) => appendFileSync("calls.txt", `${name}\n`);

const get = task("get", async () => {
  noteCall("get");
  await sleep(300);
  return Array.from({ length: ROWS }, (_, i) => ({ id: i + 1, text: `complaint ${i + 1}` }));
});

const parse = task("parse", (complaints) => {
  noteCall("parse");
  return complaints.map(({ id, text }) => ({ id, text: text.toUpperCase() }));
});

const store = task("store", async (complaints) => {
  noteCall("store");
  const db = openSqlite("complaints.db");
  db.exec("CREATE TABLE IF NOT EXISTS complaint (id INTEGER PRIMARY KEY, text TEXT)");
  // A key, and a row that is written twice is there once: this body may be called again.
  const insert = db.prepare("INSERT OR REPLACE INTO complaint (id, text) VALUES (?, ?)");
  for (const [i, { id, text }] of complaints.entries()) {
    insert.run(id, text);
    console.log(`stored row ${i + 1} of ${complaints.length}`);
    await sleep(150);
  }
  db.close();
  return complaints.length;
});

export const nightly = flow("nightly load", () => ({ stored: store(parse(get())) }));
