/** Step 11 of the tutorial: signals thrown in parse decide how it ends. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CAUDAL_RUN, EVERYWHERE, type Ended, installed, type Laptop, type Place, says, type Way } from "./laptop.ts";

/** Get, parse and store; parse prints, does this, and would print again. */
const flowWhereParse = (does: string) => `import { flow, signals, task } from "caudal";

let calls = 0;
const getComplaintData = task("get_complaint_data", () => ["one", "two"]);
const parseComplaintData = task("parse_complaint_data", (raw: string[]): string[] => {
  calls += 1;
  console.log("parsing");
  ${does}
  console.log("the rest of the body");
  return raw;
});
const storeComplaints = task("store_complaints", (parsed: string[]) => {
  console.log("storing", parsed.length);
});
export const etl = flow("etl", () => {
  storeComplaints(parseComplaintData(getComplaintData()));
});
await etl.run();
`;

let laptop: Laptop;
beforeAll(async () => {
  laptop = await installed();
}, 300_000);
afterAll(() => laptop?.remove());

async function runWhereParse(does: string, place: Place, way: Way): Promise<Ended> {
  const folder = await laptop.folder(place, { "etl.ts": flowWhereParse(does) });
  return folder.run(way, "etl.ts");
}

const BEGUN = [says.beginning("etl"), ...says.task("get_complaint_data")];

describe.concurrent.each(EVERYWHERE)("step 11: $title", ({ place, way }) => {
  test("throw signals.success(value) ends parse Success with that value, without the rest of its body", async () => {
    const said = await runWhereParse("if (raw.length > 0) throw signals.success(raw.slice(1));", place, way);

    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.lines).toEqual([
      ...BEGUN,
      ...says.task("parse_complaint_data", "parsing"),
      ...says.task("store_complaints", "storing 1"),
      says.success,
    ]);
  });

  test("throw signals.success() gives undefined: a warning names who gets it, and the last screen shows it", async () => {
    const said = await runWhereParse("if (raw.length > 0) throw signals.success();", place, way);

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toEqual([
      ...BEGUN,
      says.starting("parse_complaint_data"),
      "parsing",
      "[time] WARNING - caudal.TaskRunner | Task 'parse_complaint_data': signals.success() thrown without a value, so undefined goes to 'store_complaints' (parsed); to pass one: signals.success(value)",
      says.finished("parse_complaint_data", "Success"),
      says.starting("store_complaints"),
      says.exception("store_complaints"),
      "TypeError: Cannot read properties of undefined (reading 'length')",
      "    at <folder>/etl.ts:13:33",
      says.finished("store_complaints", "Failed"),
      says.failed,
      "",
      "✗ Flow run 'etl' failed after <span>: 1 task failed",
      "",
      "✗ store_complaints  Failed, attempt 1 of 1",
      "  with parsed = undefined",
      "",
      "  TypeError: Cannot read properties of undefined (reading 'length')",
      "",
      "  at etl.ts:13:33",
      '      12 | const storeComplaints = task("store_complaints", (parsed: string[]) => {',
      '    > 13 |   console.log("storing", parsed.length);',
      "         |                                 ^",
      "      14 | });",
      "",
      "  Why: 'store_complaints' failed. It has no retries.",
      "",
      "  npx caudal retry --last    once it is mended: run what failed, and what follows",
      "  npx caudal runs why last   why, for every task",
    ]);
  });

  test("throw signals.skip(why) ends parse Skipped, and store with it: nothing failed", async () => {
    const said = await runWhereParse('if (raw.length > 0) throw signals.skip("nothing new");', place, way);

    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.lines).toEqual([
      ...BEGUN,
      says.starting("parse_complaint_data"),
      "parsing",
      says.signal("parse_complaint_data", "signals.skip thrown: nothing new"),
      says.finished("parse_complaint_data", "Skipped"),
      says.finished("store_complaints", "Skipped"),
      says.success,
    ]);
  });

  test("throw signals.fail(why) ends parse Failed without a stack, and store TriggerFailed", async () => {
    const said = await runWhereParse('if (raw.length > 0) throw signals.fail("no complaints");', place, way);

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toEqual([
      ...BEGUN,
      says.starting("parse_complaint_data"),
      "parsing",
      says.signal("parse_complaint_data", "signals.fail thrown: no complaints"),
      says.finished("parse_complaint_data", "Failed"),
      says.finished("store_complaints", "TriggerFailed"),
      says.failed,
      "",
      "✗ Flow run 'etl' failed after <span>: 1 task failed, 1 did not run",
      "",
      "✗ parse_complaint_data  Failed, attempt 1 of 1",
      '  with raw = ["one", "two"]',
      "",
      "  SIGNAL_FAILED: no complaints",
      "",
      "  Did not run because of it: store_complaints (TriggerFailed)",
      "  Why: 'parse_complaint_data' failed by its own signal (no complaints). It has no retries.",
      "",
      "  npx caudal retry --last    once it is mended: run what failed, and what follows",
      "  npx caudal runs why last   why, for every task",
    ]);
  });

  test("throw signals.retry({ in }) calls parse again, without using up retries", async () => {
    const said = await runWhereParse('if (calls < 3) throw signals.retry({ in: "10ms" });', place, way);

    const notYet = [
      says.starting("parse_complaint_data"),
      "parsing",
      says.signal("parse_complaint_data", "signals.retry thrown: not yet, again in 10ms"),
      says.finished("parse_complaint_data", "Retrying"),
    ];
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.lines).toEqual([
      ...BEGUN,
      ...notYet,
      ...notYet,
      ...says.task("parse_complaint_data", "parsing", "the rest of the body"),
      ...says.task("store_complaints", "storing 2"),
      says.success,
    ]);
  });
});

describe("signals.success() where nobody uses the result", () => {
  test("warns of nothing", async () => {
    const folder = await laptop.folder("Workflows", { "quiet.ts": NOBODY_USES_IT });

    const said = await folder.run(CAUDAL_RUN, "quiet.ts");

    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.lines).toEqual([
      says.beginning("quiet"),
      ...says.task("done_early"),
      ...says.task("after"),
      says.success,
    ]);
  });
});

const NOBODY_USES_IT = `import { flow, signals, task } from "caudal";
const doneEarly = task("done_early", () => { throw signals.success(); });
const after = task("after", () => {});
export const quiet = flow("quiet", () => { after().setUpstream(doneEarly()); });
`;
