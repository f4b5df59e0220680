/** `resume` and `retry` with `--remote`: a server goes on with runs as the command line would here. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { folderWith, serving } from "./serving.ts";
import { buildPackage, type Ended, type Folder } from "./user-folder.ts";

beforeAll(() => buildPackage());

/** What loads comes to its end once there is a file `mended.txt`. */
const etl = (load: string) => `import { existsSync } from "node:fs";
import { context, flow, task } from "caudal";
const extract = task("extract", () => 3);
const load = task("load", (...given: readonly unknown[]) => new Promise((resolve, reject) => {
  console.log("loading");
  if (existsSync("broken.txt")) return reject(new Error("no table"));
  if (existsSync("mended.txt")) return resolve(given);
  context().signal.addEventListener("abort", () => reject(new Error("told to stop")));
}));
export const etl = flow("etl", () => ${load});
`;
const FIRST = etl("load(extract())");
const CHANGED = etl('load(extract(), "into another table")');

const put = (folder: Folder, name: string, text = "") => writeFileSync(join(folder.path, name), text);
/** A run of a script that somebody ended with Ctrl-C: it waits for whoever resumes it. */
const interrupted = (folder: Folder) => folder.caudal(["run", "etl.mts"], { interruptAt: "loading" });
const states = async (caudal: (words: string) => Promise<Ended>) =>
  (JSON.parse((await caudal("runs --json")).out) as { readonly state: string }[]).map(({ state }) => state);

async function served(folder: Folder) {
  const elsewhere = folderWith({});
  const { address } = await serving(folder, ["etl.mts"]);
  return (words: string) => elsewhere.caudal([...words.split(" "), "--remote", address]);
}

describe("resuming on a server", () => {
  test("with --all goes on with each run that was interrupted, the oldest first", async () => {
    const folder = folderWith({ "etl.mts": FIRST });
    await interrupted(folder);
    await interrupted(folder);
    const caudal = await served(folder);
    put(folder, "mended.txt");

    const both = await caudal("resume last --all");
    const all = await caudal("resume --all --log-level warn");
    const none = await caudal("resume --all");

    expect([both.code, both.err]).toEqual([
      2,
      expect.stringMatching(/^COMMAND_LINE: RUN and --all do not go together/),
    ]);
    expect(all).toMatchObject({ code: 0, err: "", out: "Result: [3]\nResult: [3]\n" });
    expect(await states(caudal)).toEqual(["Success", "Success"]);
    expect([none.code, none.err]).toEqual([65, expect.stringMatching(/^NOTHING_INTERRUPTED/)]);
  });

  test("waits where its flow has changed, until the changes are accepted", async () => {
    const folder = folderWith({ "etl.mts": FIRST });
    await interrupted(folder);
    put(folder, "etl.mts", CHANGED);
    const caudal = await served(folder);
    put(folder, "mended.txt");

    const waits = await caudal("resume");
    const accepted = await caudal("resume --accept-changes");

    expect([waits.code, waits.out]).toEqual([3, expect.stringContaining("'load-1' has not finished and was changed")]);
    expect(accepted).toMatchObject({ code: 0, err: "" });
    expect(accepted.out).toContain('Result: [3,"into another table"]');
  });

  test("with what is this folder's only is refused, and says why", async () => {
    const folder = folderWith({ "etl.mts": FIRST });
    const caudal = await served(folder);

    const file = await caudal("resume abcd --file etl.mts");
    const level = await caudal("approve abcd --log-level warn");

    expect([file.code, file.err]).toEqual([
      2,
      expect.stringMatching(/^REMOTE_OPTION: --file .*has the code of its flows/),
    ]);
    expect([level.code, level.err]).toEqual([2, expect.stringMatching(/^REMOTE_OPTION: --log-level .*printed here/)]);
  });
});

describe("retrying on a server", () => {
  test("what has changed is refused, and run where the changes are accepted", async () => {
    const folder = folderWith({ "etl.mts": FIRST, "broken.txt": "", "mended.txt": "" });
    await folder.caudal(["run", "etl.mts"]);
    put(folder, "etl.mts", CHANGED.replaceAll("broken.txt", "never.txt"));
    const caudal = await served(folder);

    const refused = await caudal("retry --last");
    const accepted = await caudal("retry --last --accept-changes");

    expect([refused.code, refused.err]).toEqual([65, expect.stringMatching(/^RUN_CODE_CHANGED: [\s\S]*'load-1'/)]);
    expect(accepted).toMatchObject({ code: 0, err: "" });
    expect(await states(caudal)).toEqual(["Success"]);
  });
});
