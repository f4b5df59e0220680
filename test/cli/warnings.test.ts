/** What the environment says, what of it is a slip, and what else a run warns of, as real processes. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, FLOW, type Folder, userFolder } from "./user-folder.ts";

let folder: Folder;
beforeAll(async () => {
  await buildPackage();
  folder = userFolder({ "first.ts": FLOW });
});
afterAll(() => folder.remove());

describe("caudal config", () => {
  const env = {
    CAUDAL_LOG_LEVEL: "warn",
    CAUDAL_ZONE: "",
    CAUDAL_SECRET_API_KEY: "hunter2",
    CAUDAL_ZNE: "UTC",
    CAUDAL_SECERT_B: "x",
  };

  test("prints every setting with where it comes from, no secret, and what is none", async () => {
    const ended = await folder.caudal(["config"], { env });

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toMatch(/^CAUDAL_LOG_LEVEL +warn +environment +lines of runs/);
    expect(ended.out).toMatch(/\nCAUDAL_LOG_FORMAT +text +default /);
    expect(ended.out).toMatch(/\nCAUDAL_ZONE +this computer's +default /);
    expect(ended.out).toMatch(/\nCAUDAL_SECRET_API_KEY +\[secret\] +environment /);
    expect(ended.out).not.toContain("hunter2");
    expect(ended.out).toContain(
      "\nwarning: CAUDAL_ZNE is no setting; did you mean CAUDAL_ZONE?\nwarning: CAUDAL_SECERT_B is no setting; did you mean CAUDAL_SECRET_B?\n",
    );
  });

  test("--json gives the same as data", async () => {
    const { out } = await folder.caudal(["config", "--json"], { env });

    expect(JSON.parse(out)).toMatchObject({
      settings: expect.arrayContaining([
        expect.objectContaining({ name: "CAUDAL_LOG_LEVEL", value: "warn", from: "environment" }),
      ]),
      warnings: [
        "CAUDAL_ZNE is no setting; did you mean CAUDAL_ZONE?",
        "CAUDAL_SECERT_B is no setting; did you mean CAUDAL_SECRET_B?",
      ],
    });
  });
});

describe("a task that is made and never called", () => {
  const forgets = {
    "lib.ts": `import { task } from "caudal";
export const used = task("used", () => 1);
export const unused = task("unused", () => 2);
const listed = task("listed", () => 3);
export { listed };
`,
    "forgets.ts": `import { flow, task } from "caudal";
import { used } from "./lib.ts";
const forgotten = task("forgotten", () => 1);
const ran = task("ran", () => 1);
const later = task("later", () => 1);
const first = flow("first", () => used());
ran.run();
await first.run();
export const second = flow("second", () => later());
`,
  };

  test("is told once with its line; not those that are exported, or named again anywhere", async () => {
    const used = userFolder(forgets);

    const ended = await used.caudal(["run", "forgets.ts"]);

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out.match(/made but never called/g)).toHaveLength(1);
    expect(ended.out).toContain(
      `WARNING - caudal.first | task 'forgotten' is made but never called (${join(used.path, "forgets.ts")}:3:19)`,
    );
    used.remove();
  });
});

describe("a slip in the environment", () => {
  test("is told once by a run, with the nearest name; somebody else's variable is not", async () => {
    const env = { CAUDAL_LOG_LEVLE: "debug", CAUDAL_LOG_FORMAT: "jsn", CAUDAL_HOST: "here" };

    const ended = await folder.caudal(["run", "first.ts"], { env });

    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out.split("\n").slice(0, 3)).toEqual([
      "[time] WARNING - caudal | CAUDAL_LOG_LEVLE is no setting; did you mean CAUDAL_LOG_LEVEL? (npx caudal config lists them all)",
      '[time] WARNING - caudal | CAUDAL_LOG_FORMAT is "jsn", but it can be text, json; text is used (npx caudal config lists them all)',
      "[time] INFO - caudal.FlowRunner | Beginning Flow run for 'first'",
    ]);
    expect(ended.out).not.toContain("CAUDAL_HOST");
  });
});
