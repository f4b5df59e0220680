import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipe, string, transform } from "valibot";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { etlGraph, graphOf } from "../../test/support/drawn-graphs.ts";
import { flow, parameter, task } from "../index.ts";
import { fileNameOf, visualizeGraph, type Screen } from "./visualize.ts";

class FakeScreen implements Screen {
  readonly printed: (string | Uint8Array)[] = [];
  readonly warnings: string[] = [];
  readonly started: string[][] = [];
  readonly refuses: boolean;

  constructor(refuses = false) {
    this.refuses = refuses;
  }

  print = async (content: string | Uint8Array): Promise<void> => {
    this.printed.push(content);
  };

  warn = (line: string): void => {
    this.warnings.push(line);
  };

  start = async (command: string, args: readonly string[]): Promise<void> => {
    this.started.push([command, ...args]);
    if (this.refuses) throw new Error("spawn ENOENT");
  };
}

const before = process.cwd();
let folder = "";

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "caudal dráw ")));
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

describe("visualize without options", () => {
  test("writes <flow name>.pdf into the current folder, prints its absolute path and returns it", async () => {
    const screen = new FakeScreen();

    const path = await visualizeGraph(etlGraph(), {}, undefined, screen);

    expect(path).toBe(join(folder, "my etl flow.pdf"));
    expect(screen.printed).toEqual([`Drawn: ${path}\n`]);
    expect(readFileSync(path).subarray(0, 5).toString()).toBe("%PDF-");
    expect(readdirSync(folder)).toEqual(["my etl flow.pdf"]);
  });
});

describe("letters that the shipped fonts do not have", () => {
  const chinese = graphOf("flow", [{ name: "下载" }, { name: "load 数据" }]);

  test("are squares in a PDF, which is said once, with the letters and what to do instead", async () => {
    const screen = new FakeScreen();

    await visualizeGraph(chinese, { file: "图.pdf" }, undefined, screen);

    expect(screen.warnings).toEqual([
      "The PDF has squares in place of 下 载 数 据: its fonts have no such letters. 图.svg or .png would take them from the fonts of this machine.",
    ]);
  });

  test("are at most ten in that sentence", async () => {
    const screen = new FakeScreen();
    const names = Array.from({ length: 14 }, (_, at) => ({ name: String.fromCodePoint(0x4e00 + at) }));

    await visualizeGraph(graphOf("flow", names), { file: "many.pdf" }, undefined, screen);

    expect(screen.warnings[0]).toMatch(/ in place of (\S ){9}\S and 4 more: /);
  });

  test.each(["a.svg", "a.png", "a.mmd", "a.dot", "a.txt"])(
    "are nothing to warn of in %s, which leaves them to other fonts",
    async (file) => {
      const screen = new FakeScreen();

      await visualizeGraph(chinese, { file }, undefined, screen);

      expect(screen.warnings).toEqual([]);
    },
  );

  test("are none in other scripts of Europe, with accents and signs", async () => {
    const screen = new FakeScreen();

    await visualizeGraph(
      graphOf("flow", [{ name: "añadir → Übergröße Ελλάς Україна" }]),
      { file: "a.pdf" },
      undefined,
      screen,
    );

    expect(screen.warnings).toEqual([]);
  });
});

describe("the file's ending", () => {
  test.each([
    ["a.svg", "<?xml"],
    ["a.PNG", "\u0089PNG"],
    ["a.mmd", "---\ntitle"],
    ["a.dot", "digraph"],
    ["a.gv", "digraph"],
    ["a.txt", "my etl flow"],
    ["a", "%PDF-"],
  ])("of %s says the format", async (file, start) => {
    const path = await visualizeGraph(etlGraph(), { file }, undefined, new FakeScreen());

    expect(path).toBe(join(folder, file === "a" ? "a.pdf" : file));
    expect(readFileSync(path).toString("latin1").startsWith(start)).toBe(true);
  });

  test("that is unknown is refused with those that are known, and nothing is written", async () => {
    const drawing = visualizeGraph(etlGraph(), { file: "a.gif" }, undefined, new FakeScreen());

    await expect(drawing).rejects.toMatchObject({
      code: "DRAW_FORMAT_UNKNOWN",
      message: "a flow cannot be drawn as '.gif': let the file end in .pdf, .svg, .png, .mmd, .dot, .txt",
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("yields to the format option", async () => {
    const path = await visualizeGraph(etlGraph(), { file: "a.v2", format: "svg" }, undefined, new FakeScreen());

    expect(readFileSync(path, "utf8")).toContain("<svg");
  });
});

describe("standard output", () => {
  test.each([{ file: "-" }, { format: "text" as const }])("gets the text of %o", async (options) => {
    const screen = new FakeScreen();

    const path = await visualizeGraph(etlGraph(), options, undefined, screen);

    expect(path).toBe("-");
    expect(String(screen.printed[0])).toContain("● get_complaint_data    ← size");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("gets other formats when asked", async () => {
    const screen = new FakeScreen();

    await visualizeGraph(etlGraph(), { file: "-", format: "svg" }, undefined, screen);

    expect(String(screen.printed[0])).toContain("<svg");
  });
});

describe("a file that cannot be written", () => {
  test("in a folder that is not there", async () => {
    const drawing = visualizeGraph(etlGraph(), { file: "no/such/a.svg" }, undefined, new FakeScreen());

    await expect(drawing).rejects.toMatchObject({
      code: "DRAW_FILE",
      data: { why: `there is no folder ${join(folder, "no", "such")}` },
    });
  });

  test("because it is a folder leaves nothing behind", async () => {
    mkdirSync("a.svg");

    const drawing = visualizeGraph(etlGraph(), { file: "a.svg" }, undefined, new FakeScreen());

    await expect(drawing).rejects.toMatchObject({ code: "DRAW_FILE", data: { why: "it is a folder" } });
    expect(readdirSync(folder)).toEqual(["a.svg"]);
  });

  test.skipIf(process.platform === "win32" || process.getuid?.() === 0)("for want of a right says so", async () => {
    chmodSync(folder, 0o500);

    const drawing = visualizeGraph(etlGraph(), { file: "a.svg" }, undefined, new FakeScreen());

    await expect(drawing).rejects.toMatchObject({ code: "DRAW_FILE", data: { why: "this user may not write there" } });
    chmodSync(folder, 0o700);
  });
});

describe("the drawing of a run", () => {
  test("shows what each parameter was, not its default, and no secret", async () => {
    const take = task("take", (...given: unknown[]) => given.length);
    const since = pipe(
      string(),
      transform((text) => new Date(text)),
    );
    const takes = flow(
      { name: "takes", parameters: { size: 10, apiKey: "none", since: parameter({ schema: since }), mood: null } },
      ({ size, apiKey, since, mood }) => take(size, apiKey, since, mood),
    );
    const run = await takes.run({
      parameters: { size: 25, apiKey: "hunter2", since: "2026-11-23T00:00:00Z" },
      logLevel: "off",
    });

    await run.visualize({ file: "run.txt" });
    await takes.visualize({ file: "plan.txt" });

    const [drawn, plan] = [readFileSync("run.txt", "utf8"), readFileSync("plan.txt", "utf8")];
    expect(drawn).toContain("25");
    expect(drawn).toContain("2026-11-23");
    expect(drawn).toContain("[secret]");
    expect(drawn).not.toMatch(/hunter2|= 10/);
    expect(plan).toMatch(/= 10/);
  });
});

describe("an existing drawing", () => {
  test("is replaced", async () => {
    writeFileSync("a.svg", "old");

    await visualizeGraph(etlGraph(), { file: "a.svg" }, undefined, new FakeScreen());

    expect(readFileSync("a.svg", "utf8")).toMatch(/^<\?xml/);
  });
});

describe("open", () => {
  test("starts the system's viewer with the path as one argument", async () => {
    const screen = new FakeScreen();

    const path = await visualizeGraph(graphOf("a; rm -rf & b", []), { open: true }, undefined, screen);

    expect(screen.started).toEqual([[expect.stringMatching(/^(xdg-open|open|explorer\.exe)$/), path]]);
  });

  test("that fails is one warning, and the drawing is there", async () => {
    const screen = new FakeScreen(true);

    const path = await visualizeGraph(etlGraph(), { file: "a.svg", open: true }, undefined, screen);

    expect(screen.warnings).toHaveLength(1);
    expect(screen.warnings[0]).toContain(`Cannot open ${path}`);
    expect(existsSync(path)).toBe(true);
  });
});

describe("the file name of a flow", () => {
  test.each([
    ["my first flow!", "my first flow!"],
    ["áéí ñ 日本", "áéí ñ 日本"],
    ["../../etc/passwd", "__.._etc_passwd"],
    ['a<b>:"c|d?*', "a_b___c_d__"],
    ["...", "_"],
    ["", "flow"],
    ["trailing. . ", "trailing"],
    ["CON", "_CON"],
    ["lpt1.x", "_lpt1.x"],
    ["x".repeat(300), "x".repeat(100)],
    ["a\u0000b\u202ec\n", "a_b_c_"],
  ])("%j becomes %j", (name, expected) => {
    expect(fileNameOf(name)).toBe(expected);
  });
});
