/** Step 10 of the tutorial: state handlers that say when something failed. */
import { fileURLToPath } from "node:url";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../packed/user-folder.ts";
import { CAUDAL_RUN, EVERYWHERE, installed, type Laptop, PLACES, says } from "./laptop.ts";

const ALERT = `const alertFailed: StateHandler = (subject, _from, to) => {
  if (isFailed(to)) console.log(\`Failed! \${subject.name}: \${to.error.message}\`);
};`;
const TASKS = `const getComplaintData = task("get_complaint_data", () => ["a complaint"]);
const parseComplaintData = task("parse_complaint_data", (raw: string[]): string[] => {
  throw new Error(\`what is \${raw[0]}?\`);
});
const storeComplaints = task("store_complaints", (parsed: string[]) => parsed.length);
`;
const HANDLED = `import { every, flow, isFailed, task, type StateHandler } from "caudal";

${ALERT}
${TASKS}
export const etl = flow(
  { name: "my etl flow", schedule: every("1s"), stateHandlers: [alertFailed], taskStateHandlers: [alertFailed] },
  () => { storeComplaints(parseComplaintData(getComplaintData())); },
);
`;
const RUN = "\nawait etl.run();\n";

/** What one run prints, in the tutorial's order, without the failure screen. */
const printed = (file: string) => [
  says.beginning("my etl flow"),
  ...says.task("get_complaint_data"),
  says.starting("parse_complaint_data"),
  says.exception("parse_complaint_data"),
  "Error: what is a complaint?",
  `    at <folder>/${file}:8:9`,
  "Failed! parse_complaint_data: what is a complaint?",
  says.finished("parse_complaint_data", "Failed"),
  "Failed! store_complaints: trigger all_successful was not met: of 1 upstreams 0 succeeded and 1 failed",
  says.finished("store_complaints", "TriggerFailed"),
  says.failed,
  "Failed! my etl flow: flow 'my etl flow' failed: store_complaints failed",
];
const screen = (file: string) => [
  "",
  "✗ Flow run 'my etl flow' failed after <span>: 1 task failed, 1 did not run",
  "",
  "✗ parse_complaint_data  Failed, attempt 1 of 1",
  '  with raw = ["a complaint"]',
  "",
  "  Error: what is a complaint?",
  "",
  `  at ${file}:8:9`,
  '      7 | const parseComplaintData = task("parse_complaint_data", (raw: string[]): string[] => {',
  "    > 8 |   throw new Error(`what is ${raw[0]}?`);",
  "        |         ^",
  "      9 | });",
  "",
  "  Did not run because of it: store_complaints (TriggerFailed)",
  "  Why: 'parse_complaint_data' failed. It has no retries.",
  "",
  "  npx caudal retry --last    once it is mended: run what failed, and what follows",
  "  npx caudal runs why last   why, for every task",
];

let laptop: Laptop;
beforeAll(async () => {
  laptop = await installed();
}, 300_000);
afterAll(() => laptop?.remove());

describe.concurrent.each(EVERYWHERE)("step 10, parse throws: $title", ({ place, way }) => {
  test("handlers print in the tutorial's order, then the failure screen, exit 1", async () => {
    const folder = await laptop.folder(place, { "etl.ts": HANDLED + RUN });

    const said = await folder.run(way, "etl.ts");

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toEqual([says.oneRun("my etl flow", "1s"), ...printed("etl.ts"), ...screen("etl.ts")]);
  });

  test("the same without a home, an environment or a configuration file", async () => {
    const folder = await laptop.folder(place, { "etl.ts": HANDLED + RUN });
    await mkdir(join(folder.path, "empty home"));

    const said = await folder.run(way, "etl.ts", { onlyEnv: { HOME: join(folder.path, "empty home") } });

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toEqual([says.oneRun("my etl flow", "1s"), ...printed("etl.ts"), ...screen("etl.ts")]);
  });

  test("the schedule goes on at the next tick", async () => {
    const folder = await laptop.folder(place, { "etl.ts": `${HANDLED}\nawait etl.runOnSchedule();\n` });
    const going = await folder.start(way, "etl.ts", { args: way === CAUDAL_RUN ? ["--schedule"] : [] });

    await going.said("Waiting for next scheduled run at", 3);
    going.press();
    const said = await going.ended;

    expect(said).toMatchObject({ code: 130, stderr: "" });
    const once = [says.waiting("my etl flow"), ...printed("etl.ts"), ...screen("etl.ts")];
    expect(said.lines.slice(0, 2 * once.length + 1)).toEqual([...once, ...once, says.waiting("my etl flow")]);
  });
});

describe.concurrent.each(EVERYWHERE.filter(({ way }) => way !== CAUDAL_RUN))(
  "a script that fails: $title",
  ({ place, way }) => {
    const exitCodeOf = async (end: string) => {
      const folder = await laptop.folder(place, {
        "etl.ts": HANDLED.replace("flow, isFailed", "flow, isFailed, isSuccess") + end,
      });
      const { code, stderr } = await folder.run(way, "etl.ts");
      return { code, stderr };
    };

    test("ends with exit code 1 when it reads nothing of the run", async () => {
      expect(await exitCodeOf("await etl.run();")).toEqual({ code: 1, stderr: "" });
    });

    test("and when it only keeps it", async () => {
      expect(await exitCodeOf("const run = await etl.run(); console.log(run.name);")).toEqual({ code: 1, stderr: "" });
    });

    test("ends with 0 when it asks isFailed(run)", async () => {
      expect(await exitCodeOf("console.log(isFailed(await etl.run()));")).toEqual({ code: 0, stderr: "" });
    });

    test("ends with 0 when it asks isSuccess(run)", async () => {
      expect(await exitCodeOf("console.log(isSuccess(await etl.run()));")).toEqual({ code: 0, stderr: "" });
    });

    test("keeps an exit code of its own", async () => {
      expect(await exitCodeOf("process.exitCode = 7; await etl.run();")).toEqual({ code: 7, stderr: "" });
    });
  },
);

/** The student's listing, as plain JavaScript. */
const TYPO = `import { flow, task } from "caudal";
const alert_failed = (subject, old_state, new_state) => {
  if (new_state.isfailed()) console.log(\`Failed! \${subject.name}\`);
};
const get = task("get_complaint_data", () => 1);
`;
const ON_THE_FLOW = `${TYPO}export const etl = flow({ name: "my etl flow", stateHandlers: [alert_failed] }, () => { get(); });\nawait etl.run();\n`;
const ON_THE_TASKS = `${TYPO}export const etl = flow({ name: "my etl flow", taskStateHandlers: [alert_failed] }, () => { get(); });\nawait etl.run();\n`;

describe.concurrent.each(EVERYWHERE)("the typo new_state.isfailed(), in JavaScript: $title", ({ place, way }) => {
  test("on the flow, the line names the handler and the property", async () => {
    const folder = await laptop.folder(place, { "etl.js": ON_THE_FLOW });

    const said = await folder.run(way, "etl.js");

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines.slice(0, 3)).toEqual([
      says.beginning("my etl flow"),
      "[time] ERROR - caudal.FlowRunner | Flow 'my etl flow': state handler 'alert_failed' of 'my etl flow' failed: new_state.isfailed is not a function",
      "[time] INFO - caudal.FlowRunner | Flow run FAILED: state handler 'alert_failed' of 'my etl flow' failed: new_state.isfailed is not a function",
    ]);
    expect(said.lines).toContain("  at etl.js:3:17");
  });

  test("on the tasks too, and their bodies are not called", async () => {
    const folder = await laptop.folder(place, { "etl.js": ON_THE_TASKS });

    const said = await folder.run(way, "etl.js");

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^\[time\] ERROR - caudal\.TaskRunner \| Task 'get_complaint_data': .*state handler 'alert_failed' of 'get_complaint_data' failed: new_state\.isfailed is not a function/,
        ),
        says.finished("get_complaint_data", "Failed"),
        says.failed,
        "  at etl.js:3:17",
      ]),
    );
  });
});

const TYPED = `import { flow, isFailed, task, type StateHandler } from "caudal";
export const called: StateHandler = (_subject, _from, to) => {
  // @ts-expect-error states have no such method
  if (to.isfailed()) console.log("Failed!");
};
export const imported: StateHandler = (_subject, _from, to) => {
  // @ts-expect-error an error is there only once it is known to have failed
  console.log(to.error);
  if (isFailed(to)) console.log(to.error.message);
};
// @ts-expect-error the option is called taskStateHandlers
export const etl = flow({ name: "etl", taskStateHandler: [imported] }, () => { task("get", () => 1)(); });
`;

describe("the typo to.isfailed(), in TypeScript", () => {
  test("does not compile", async () => {
    const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
    const strict = ["--strict", "--noEmit", "--target", "es2023", "--module", "nodenext", "--ignoreConfig"];
    const folder = await laptop.folder(PLACES[0], { "typo.ts": TYPED });

    const said = await run(process.execPath, [tsc, ...strict, "typo.ts"], { cwd: folder.path });

    expect(said).toMatchObject({ code: 0, stdout: "" });
  });
});

const TWO_LINES = `import { flow, task } from "caudal";

${TASKS}
const onFailure = (subject: { name: string }) => console.log(\`Failed! \${subject.name}\`);
export const etl = flow({ name: "my etl flow", onFailure, taskDefaults: { onFailure } }, () => {
  storeComplaints(parseComplaintData(getComplaintData()));
});
`;

describe.concurrent.each(EVERYWHERE)("step 10 ends with two lines of onFailure: $title", ({ place, way }) => {
  test("each failure is told once, after it is final", async () => {
    const folder = await laptop.folder(place, { "etl.ts": TWO_LINES + RUN });

    const said = await folder.run(way, "etl.ts");

    expect(said).toMatchObject({ code: 1, stderr: "" });
    expect(said.lines.filter((line) => line.startsWith("Failed!"))).toEqual([
      "Failed! parse_complaint_data",
      "Failed! store_complaints",
      "Failed! my etl flow",
    ]);
  });
});
