/** The last screen as a failed run of a real flow prints it. */
import { describe, expect, test } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { type Flow, flow, mapEach, task } from "../../index.ts";
import { sqliteQuery } from "../../tasks/sqlite.ts";

// biome-ignore lint/suspicious/noExplicitAny: any flow
async function printedBy(failing: Flow<any, any>): Promise<string> {
  const { run, logger } = stage();
  await run(failing);
  return logger.text();
}

const list = task("list", (): readonly number[] => [1, 2, 3]);
const pair = task("pair", (a: number, b: number) => a + b);
const wrong = task("wrong", (): readonly number[] => {
  throw new TypeError("no such thing");
});

describe("a failure that never was in the user's code", () => {
  test("of unequal lengths names the call in the flow", async () => {
    const screen = await printedBy(
      flow("lengths", () => {
        pair.map(list(), [1, 2]);
      }),
    );

    expect(screen).toMatch(/MAP_LENGTHS: mapped arguments have different lengths: a: 3, b: 2/);
    expect(screen).toMatch(/\n {2}called at src\/runtime\/report\/show-failure\.test\.ts:\d+:\d+\n/);
    expect(screen).toMatch(/> \d+ \| +pair\.map\(list\(\), \[1, 2\]\);/);
  });

  test("of what is no list names the call in the flow", async () => {
    const text = task("text", () => "abc") as unknown as typeof list;

    const screen = await printedBy(
      flow("unmappable", () => {
        mapEach(text(), (x) => pair(x, 1));
      }),
    );

    expect(screen).toContain("MAP_UNMAPPABLE");
    expect(screen).toMatch(/> \d+ \| +mapEach\(text\(\), /);
  });

  test("of a library task names its call", async () => {
    const ask = sqliteQuery({ db: "/no/such/folder/x.db", sql: "SELECT 1" });

    const screen = await printedBy(
      flow("library", () => {
        ask();
      }),
    );

    expect(screen).toContain("SQLITE_CANNOT_OPEN");
    expect(screen).toMatch(/> \d+ \| +ask\(\);/);
  });

  test("names no line where a second build is not the same", async () => {
    let builds = 0;

    const screen = await printedBy(
      flow("moody", () => {
        if (builds++ > 0) list();
        pair.map(list(), [1, 2]);
      }),
    );

    expect(screen).toContain("MAP_LENGTHS");
    expect(screen).not.toContain("called at");
  });
});

describe("a failure in the user's code", () => {
  test("does not build the flow again", async () => {
    let builds = 0;

    const screen = await printedBy(
      flow("throws", () => {
        builds++;
        wrong();
      }),
    );

    expect(screen).toMatch(/\n {2}at src\/runtime\/report\/show-failure\.test\.ts:\d+:\d+\n/);
    expect(builds).toBe(1);
  });
});

describe("a flow that fails because a flow it calls as a task failed", () => {
  test("leaves the details to the inner one's screen and names it", async () => {
    const inner = flow("inner", () => wrong());
    const outer = flow("outer", () => inner.asTask()());

    const screen = await printedBy(outer);

    expect(screen.match(/✗ Flow run/g)).toHaveLength(2);
    expect(screen.match(/throw new TypeError/g)).toHaveLength(1);
    const [, ofOuter = ""] = screen.split("✗ Flow run 'outer'");
    expect(ofOuter).toContain("RUN_FAILED: flow 'inner' failed: wrong: no such thing");
    expect(ofOuter).toMatch(/Its own screen stands above \(run \w+\)\./);
    expect(ofOuter).not.toMatch(/Caused by|\n {2}at /);
  });
});
