/** Our workflows beside what a real Prefect 1.x did with them (cases.json and observed.json, a copy of the sample). */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test, vi } from "vitest";
import { answerAll } from "./answer.ts";
import { type Case, type Observation, readList } from "./case-format.ts";
import { compareAll, type Deviation, lineOf } from "./compare.ts";
import { report } from "./report.ts";

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const run = promisify(execFile);

const cases = readList<Case>(pathOf("cases.json"));
const observed = readList<Observation>(pathOf("observed.json"));
const deviations = readList<Deviation>(pathOf("deviations.json"));
const answers = await answerAll(cases);
const compared = compareAll(cases, observed, answers, deviations);
const groups = [...new Set(cases.map(({ group }) => group))];

const scratch = mkdtempSync(join(tmpdir(), "caudal-conformance-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("what Prefect did with workflows of the group", () => {
  test.each(groups)("%s: we do too, but for what the design says", (group) => {
    const differing = compared.filter((one) => one.group === group && !one.isTagged);

    expect(differing.flatMap(({ id, differing: list }) => list.map((one) => `${id} ${lineOf(one)}`))).toEqual([]);
  });
});

describe("deviations", () => {
  test("name the place that says so", () => {
    expect(deviations.filter(({ why }) => !/design §\d+|ADR \d{4}/.test(why))).toEqual([]);
  });

  test("are of aspects that are compared", () => {
    const known = ["outcome", "values", "work", "path", "dates"];

    expect(deviations.flatMap(({ aspects }) => aspects).filter((aspect) => !known.includes(aspect))).toEqual([]);
  });
});

describe("a case that cannot be built", () => {
  test("is answered with an error, which agrees with no observed state", async () => {
    const unknown = { id: "x", group: "x", tasks: [{ id: "a", kind: "of another world" }] } as unknown as Case;

    const [answer] = await answerAll([unknown]);

    expect(answer?.runs[0]?.error).toMatchObject({ code: "exception" });
  });
});

describe("the report", () => {
  test("counts every case and schedule of its directory", async () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);

    const { passed, failed } = await report(pathOf("."));

    expect(failed).toBe(0);
    expect(passed).toBeGreaterThan(cases.length);
    expect(printed.mock.lastCall).toEqual([`\n${passed} passed, 0 failed`]);
    printed.mockRestore();
  });
});

describe("the program", () => {
  test("prints the answers to a file of cases", async () => {
    const few = join(scratch, "few.json");
    writeFileSync(few, JSON.stringify({ cases: cases.slice(0, 3) }));

    const { stdout } = await run(process.execPath, [pathOf("../../../scripts/run-ts.mjs"), pathOf("answer.ts"), few]);

    expect((JSON.parse(stdout) as { readonly cases: unknown }).cases).toEqual(
      JSON.parse(JSON.stringify(answers.slice(0, 3))),
    );
  });

  const compare = pathOf("../../../../shared/conformance/compare.mjs");
  test.skipIf(!existsSync(compare))("agrees by the comparison that came with the cases", async () => {
    const actual = join(scratch, "actual.json");
    writeFileSync(actual, JSON.stringify({ cases: answers }));
    const files = [pathOf("cases.json"), pathOf("observed.json"), actual];

    const { stdout } = await run(process.execPath, [
      compare,
      ...files,
      ...["--deviations", pathOf("deviations.json"), "--fail-on", "path"],
    ]);

    expect(stdout).toContain(`${cases.length} passed, 0 failed`);
  });
});
