import { mkdirSync, realpathSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { flow, isFailed, isSuccess, isTimedOut, task } from "caudal";
import { shell, type ShellArguments, type ShellOptions } from "caudal/tasks/shell";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import { type AttemptScope, enterScope, type TaskContext } from "../../executor/context.ts";
import type { Task } from "../../flow/task.ts";

const NODE = process.execPath;
const quiet = { logLevel: "error" } as const;
const saying = (script: string) => ["node", "-e", script] as const;

let folder = "";
beforeAll(async () => {
  folder = realpathSync(await mkdtemp(join(tmpdir(), "caudal shell ")));
  mkdirSync(join(folder, "inner"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a task made by shell", () => {
  test.each([
    ["text", " a\n b\n", " a\n b"],
    ["lines", "a\r\nb\n", ["a", "b"]],
    ["lines", "", []],
    ["json", '{"a": [1]}\n', { a: [1] }],
    ["bytes", "é", Uint8Array.of(0xc3, 0xa9)],
    ["none", "much", undefined],
  ] as const)("reads output as %s: %j is %j", async (expected, written, result) => {
    const say = shell({ command: saying(`process.stdout.write(${JSON.stringify(written)})`), expect: expected });

    expect(await say.run()).toEqual(result);
  });

  test("adds the arguments of its call, each as one, whatever it holds", async () => {
    const echo = shell({
      command: [...saying("console.log(JSON.stringify(process.argv.slice(1)))"), "--", "first"],
      expect: "json",
    });

    expect(await echo.run('a "b" $HOME; exit 1', "", 7)).toEqual(["first", 'a "b" $HOME; exit 1', "", "7"]);
  });

  test("lets a shell read a text, and gives it the arguments of the call as $1, $2, …", async () => {
    const count = shell({ command: 'printf "%s\\n" "$@" | wc -l', shell: true });

    expect((await count.run("a b", "; exit 1", "$(exit 1)")).trim()).toBe("3");
  });

  test("runs in its folder, given as text or as an address", async () => {
    const command = saying("console.log(process.cwd())");

    expect(await shell({ command, cwd: join(folder, "inner") }).run()).toBe(join(folder, "inner"));
    expect(await shell({ command, cwd: pathToFileURL(folder) }).run()).toBe(folder);
  });

  test("adds to the environment, and takes away from it", async () => {
    const env = { ADDED: "1", HOME: undefined };
    const command = saying("console.log(process.env.ADDED, process.env.HOME, process.env.PATH !== undefined)");

    expect(await shell({ command, env }).run()).toBe("1 undefined true");
  });

  test("hands input over", async () => {
    const command = saying("process.stdin.pipe(process.stdout)");

    expect(await shell({ command, stdin: "año\n" }).run()).toBe("año");
    expect(await shell({ command, stdin: Uint8Array.of(97) }).run()).toBe("a");
    expect(await shell({ command }).run()).toBe("");
  });

  test("fails with what was no JSON, and with arguments that are none", async () => {
    const say = shell({ command: saying("console.log('<!doctype html>')"), expect: "json" });

    await expect(say.run()).rejects.toMatchObject({
      code: "SHELL_NOT_JSON",
      message: expect.stringContaining("something that is not JSON: <!doctype html>"),
    });
    await expect(say.run("a", null as unknown as string)).rejects.toMatchObject({
      code: "SHELL_ARGUMENTS",
      message: "argument 2 of the call is null: arguments are text without zero characters, or numbers",
    });
    await expect(say.run("a\0b")).rejects.toMatchObject({ code: "SHELL_ARGUMENTS" });
  });

  test("knows what it returns", () => {
    const command: string[] = ["git"];

    expectTypeOf(shell({ command })).toEqualTypeOf<Task<ShellArguments, Promise<string>>>();
    expectTypeOf(shell({ command: ["git", "log"], expect: "lines" }).run).returns.toEqualTypeOf<Promise<string[]>>();
    expectTypeOf(shell({ command: "git log", shell: true, expect: "none" }).run).returns.toEqualTypeOf<
      Promise<undefined>
    >();
    expectTypeOf(shell({ command, expect: "json" }).run).returns.toEqualTypeOf<Promise<unknown>>();
    expectTypeOf(shell<{ n: number }>({ command, expect: "json" }).run).returns.toEqualTypeOf<Promise<{ n: number }>>();
    expectTypeOf(shell({ command, expect: "json", output: z.object({ n: z.number() }) }).run).returns.toEqualTypeOf<
      Promise<{ n: number }>
    >();
    // @ts-expect-error a text is for a shell: shell: true is missing
    expect(() => shell({ command: "git log" })).toThrow("command is text: write it as an array");
    // @ts-expect-error a shell takes one text
    expect(() => shell({ command: ["git", "log"], shell: true })).toThrow("takes the command as one text");
  });

  test.each([
    [{}, "command is missing"],
    [{ command: [] }, "command names no program"],
    [{ command: ["git", 7] }, 'command must be an array of text such as ["git", "log"]'],
    [{ command: ["git", "\0"] }, "command has a zero character"],
    [{ command: ["git"], cwd: new URL("http://a.example") }, "cwd is no file: address"],
    [{ command: ["git"], env: { "A=B": "1" } }, "env has a wrong name or value at 'A=B'"],
    [{ command: ["git"], stdin: 7 }, "stdin must be text or bytes, not 7"],
    [{ command: ["git"], expect: "xml" }, "expect must be one of"],
    [{ command: ["git"], outputBytesMax: 0 }, "outputBytesMax must be a whole number"],
    [{ comand: ["git"] }, "'comand' is no option (did you mean 'command'?)"],
    [undefined, "they must be a plain object"],
  ])("refuses %j when it is defined", (options, complaint) => {
    expect(() => shell(options as unknown as ShellOptions)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining(complaint) }),
    );
  });
});

describe("a shell task in a flow", () => {
  test("takes results of other tasks as arguments", async () => {
    const version = task("version", () => "2");
    const tag = flow("tag", () => shell({ name: "echo", command: ["echo", "release"] })(version()));

    const run = await tag.run(quiet);

    expect(isSuccess(run) && run.result).toBe("release 2");
  });

  test("is Failed with the last lines of its standard error", async () => {
    const failing = flow("failing", () => shell({ command: saying("throw new Error('out of paper')") })());

    const run = await failing.run(quiet);

    expect(isFailed(run) && run.task("shell").state).toMatchObject({
      error: { code: "SHELL_FAILED", message: expect.stringContaining("Error: out of paper") },
    });
  });

  test("is TimedOut, and its program has ended, when it takes too long", async () => {
    const slow = flow("slow", () => shell({ command: [NODE, "-e", "setInterval(() => {}, 1000)"], timeout: "50ms" })());

    const run = await slow.run(quiet);

    expect(isTimedOut(run.task("shell"))).toBe(true);
  });

  test("logs its lines, and at the level debug its command and folder", async () => {
    const lines: string[] = [];
    const log = {
      debug: (line: string) => lines.push(`debug ${line}`),
      info: (line: string) => lines.push(`info ${line}`),
    };
    const context = { log, signal: new AbortController().signal } as unknown as TaskContext;
    const scope = { order: {}, baseFolder: folder, context: () => context } as unknown as AttemptScope;
    const talk = shell({ command: ["echo", "it's", "here"], cwd: "inner" });

    await enterScope(scope, talk.run as () => unknown, []);

    expect(lines).toEqual([`debug echo 'it's' here (in ${join(folder, "inner")})`, "info it's here"]);
  });
});
