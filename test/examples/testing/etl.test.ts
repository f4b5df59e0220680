/** How a user tests examples/etl/etl.ts, with `caudal/testing` and no complaints API. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isSuccess } from "../../../src/index.ts";
import { openSqlite } from "../../../src/tasks/sqlite/open.ts";
import { expectStates, type LogRecord, runFlow, runFlowOnSchedule, virtualClock } from "../../../src/testing.ts";
import { type FlowFile, flowFile } from "./flow-file.ts";

const hit = (complaint_id: string) => ({
  _source: {
    complaint_id,
    date_received: "2026-06-30T12:00:00-05:00",
    state: "PR",
    product: "Mortgage",
    company: "Peñasco Credit Union",
    complaint_what_happened: "",
  },
});

let file: FlowFile<{ readonly size?: number }, { readonly stored: number }>;
beforeEach(async () => {
  file = await flowFile("etl/etl.ts");
});
afterEach(() => file.remove());

const stored = () => {
  const db = openSqlite(join(file.folder, "cfpbcomplaints.db"));
  const rows = db.prepare("SELECT * FROM complaint ORDER BY complaint_id").all();
  db.close();
  return rows;
};

describe("the ETL", () => {
  test("stores what the API gave", async () => {
    const run = await runFlow(file.flow, { mocks: { get_complaint_data: () => [hit("1"), hit("2")] } });

    expect(isSuccess(run) && run.result.stored).toBe(2);
    expect(stored()).toMatchObject([
      { complaint_id: "1", timestamp: "2026-06-30T12:00:00-05:00", company: "Peñasco Credit Union" },
      { complaint_id: "2", state: "PR" },
    ]);
  });

  test("stores nothing when the answer cannot be parsed, and alerts", async () => {
    const logs: LogRecord[] = [];

    const run = await runFlow(file.flow, { logs, mocks: { get_complaint_data: () => [{ _source: undefined }] } });

    expectStates(run, {
      sqliteScript: "Success",
      get_complaint_data: "Cached",
      parse_complaint_data: "Failed",
      store_complaints: "TriggerFailed",
    });
    expect(stored()).toEqual([]);
    const alerts = logs.map(({ message }) => message).filter((message) => message.startsWith("Failed! "));
    expect(alerts[0]).toMatch(/^Failed! parse_complaint_data: Cannot /);
  });

  test("asks the API four times, two seconds apart, before it gives up", async () => {
    const clock = virtualClock({ at: 0 });

    const run = await runFlow(file.flow, { clock, failAt: { get_complaint_data: "the API answered 503" } });

    expectStates(run, { get_complaint_data: "Failed", store_complaints: "TriggerFailed" });
    expect([run.task("get_complaint_data").attempts, clock.now()]).toEqual([4, 6_000]);
  });

  test("asks the API once a day, though it runs every minute", async () => {
    let asked = 0;
    const clock = virtualClock({ at: "2026-11-24T00:00:00Z" });
    const mocks = {
      get_complaint_data: () => [hit(String(++asked))],
      sqliteScript: () => undefined,
      store_complaints: (rows: readonly unknown[]) => rows.length,
    };

    const runs = await runFlowOnSchedule(file.flow, { clock, mocks, until: "2026-11-25T00:00:00Z" });

    expect([runs.length, runs.every(isSuccess), asked]).toEqual([1_440, true, 1]);
  });
});
