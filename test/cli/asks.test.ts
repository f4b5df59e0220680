/** `caudal run` and the person at its terminal: a pseudo terminal where there is one, pipes everywhere. */
import { spawn, spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { environmentFor } from "../support/nodes.ts";
import { buildPackage, CLI, type Folder, NPM_INIT, userFolder } from "./user-folder.ts";

const RELEASE = `import { approval, flow, task } from "caudal";
const gate = approval("release to production?");
const count = task("count", () => console.log("counted"));
const ship = task("ship", (approved) => "shipped " + approved);
export const release = flow("release", () => {
  count();
  return ship(gate());
});
`;

/** Says when there is nothing left to do but to wait. */
const STAYS = `import { approval, flow } from "caudal";
const gate = approval("release to production?");
const release = flow("release", () => gate());
process.once("beforeExit", () => console.log("nothing else to do"));
await release.run({ wait: true });
`;

/** Of util-linux: gives a program a terminal of its own. Debian has it in an essential package. */
const HAS_TERMINAL =
  process.platform === "linux" && (spawnSync("script", ["--version"]).stdout ?? "").toString().includes("util-linux");

let folder: Folder;
beforeAll(async () => {
  await buildPackage();
  folder = userFolder({ "package.json": NPM_INIT, "release.ts": RELEASE, "stays.mjs": STAYS });
  folder.installCopy("."); // for the file that is no flow file of the CLI
});
afterAll(() => folder.remove());

/** Types an answer each time the screen ends in a question; "^C" and "^D" are the keys. */
function atTerminal(...answers: readonly string[]): Promise<{ readonly code: number | null; readonly screen: string }> {
  const words = [process.execPath, CLI, "run", "release.ts"].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", words, "/dev/null"], {
    cwd: folder.path,
    env: { ...environmentFor(process.execPath), NO_COLOR: "1", TERM: "dumb" },
  });
  const left = answers.map((answer) => ({ "^C": "\u0003", "^D": "\u0004" })[answer] ?? `${answer}\n`);
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    if (/\? (\(y\/n\) )?$/.test(screen)) child.stdin.write(left.shift() ?? "\u0004");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, screen: screen.replaceAll("\r\n", "\n") }));
  });
}

describe("caudal run where nobody sits", () => {
  test("exits 3 when the rest is done, with a line that says who waits", async () => {
    const { code, out, err } = await folder.caudal(["run", "release.ts"]);

    expect({ code, err }).toEqual({ code: 3, err: "" });
    expect(out).toContain("counted\n");
    expect(out).toMatch(/Flow run PAUSED: 'release to production\?' waits for a person.*\n$/);
  });

  test("says it with --json too", async () => {
    const { code, out } = await folder.caudal(["run", "release.ts", "--json"]);

    expect([code, JSON.parse(out)]).toMatchObject([3, { state: "Paused" }]);
  });
});

describe("a program that stays with wait: true", () => {
  test("is not ended for want of anything else to do", async () => {
    const child = spawn(process.execPath, ["stays.mjs"], { cwd: folder.path, env: environmentFor(process.execPath) });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("nothing else to do")) child.kill("SIGINT");
    });

    const code = await new Promise((resolve) => child.on("close", resolve));

    expect(code).toBe(130);
  });
});

describe.runIf(HAS_TERMINAL)("caudal run on a terminal", () => {
  test("asks, and goes on after a yes", async () => {
    const { code, screen } = await atTerminal("y");

    expect(code).toBe(0);
    expect(screen).toContain("\n? release to production?\n");
    expect(screen).toContain('Result: "shipped true"');
  });

  test("fails after a no, for its reason", async () => {
    const { code, screen } = await atTerminal("n", "not on a Friday");

    expect(code).toBe(1);
    expect(screen).toContain("final state: 'Failed' (rejected by ");
    expect(screen).toContain("not on a Friday");
  });

  test("leaves the run Paused when the person leaves", async () => {
    const { code, screen } = await atTerminal("^D");

    expect(code).toBe(3);
    expect(screen).toContain("Flow run PAUSED: ");
  });

  test("is interrupted by Ctrl-C while it asks", async () => {
    const { code, screen } = await atTerminal("^C");

    expect(code).toBe(130);
    expect(screen).toContain("Interrupted: run ");
  });
});
