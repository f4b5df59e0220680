/** `caudal run FILE --watch`: a new run at every save, and the run before is cancelled. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, type Folder, NPM_INIT, userFolder } from "./user-folder.ts";

const FLOW = `import { context, flow, task } from "caudal";
import { setTimeout as sleep } from "node:timers/promises";
import { word } from "./word.ts";
const say = task("say", async () => {
  console.log("says", word);
  if (word === "first") await sleep(60_000, undefined, { signal: context().signal });
  return word;
});
export const says = flow("says", () => say());
`;

let folder: Folder;
beforeAll(() => buildPackage());
afterEach(() => folder.remove());

const word = (text: string) => writeFileSync(join(folder.path, "word.ts"), `export const word: string = "${text}";\n`);

describe.skipIf(process.platform === "win32")("caudal run --watch", () => {
  test("runs again when an imported file is saved, after the run before was cancelled; Ctrl-C ends it", async () => {
    folder = userFolder({ "package.json": NPM_INIT, "says.ts": FLOW });
    word("first");
    let saved = false;
    const heard = (out: string) => {
      if (saved || !out.includes("says first")) return;
      saved = true;
      word("second");
    };

    const ended = await folder.caudal(["run", "says.ts", "--watch"], { heard, interruptAt: 'Result: "second"' });

    expect(ended.out).toMatch(/says first\n[\s\S]*Flow run CANCELLED\n[\s\S]*says second\n[\s\S]*Result: "second"\n/);
    expect(ended.err).toContain("Saved: running again\n");
    const runs = JSON.parse((await folder.caudal(["runs", "--json"])).out) as readonly { readonly state: string }[];
    expect(runs.map(({ state }) => state)).toEqual(["Success", "Cancelled"]);
  });

  test("stays when a file is broken, and goes on when it is mended", async () => {
    folder = userFolder({ "package.json": NPM_INIT, "says.ts": FLOW, "word.ts": "export const word: string = ;\n" });
    let mended = false;
    const heardError = (err: string) => {
      if (mended || !err.includes("Waiting for says.ts to be saved")) return;
      mended = true;
      word("second");
    };

    const ended = await folder.caudal(["run", "says.ts", "--watch"], { heardError, interruptAt: 'Result: "second"' });

    expect(ended.err).toMatch(/^FLOW_FILE_SYNTAX: [\s\S]*Ended with exit code 65\. Waiting for says\.ts/);
    expect(ended.out).toContain('Result: "second"');
  });

  test("of a file that is not there, or with what it does not go with, is refused", async () => {
    folder = userFolder({ "package.json": NPM_INIT, "says.ts": FLOW });

    const [missing, both] = await Promise.all([
      folder.caudal(["run", "sais.ts", "--watch"]),
      folder.caudal(["run", "says.ts", "--watch", "--json"]),
    ]);

    expect(missing).toMatchObject({
      code: 66,
      out: "",
      err: expect.stringMatching(/^FLOW_FILE: sais\.ts is not there/),
    });
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining("--watch and --json do not go together") });
  });
});
