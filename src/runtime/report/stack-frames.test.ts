import { describe, expect, test } from "vitest";
import { readableFrame, readFrame, userFrames } from "./stack-frames.ts";

describe("a line of a stack", () => {
  test.each([
    ["    at parse (file:///home/ana/D%20%C3%A1/100%25%20%231/etl.ts:41:9)", "/home/ana/D á/100% #1/etl.ts", 41, 9],
    ["    at file:///home/ana/etl.ts:1:2", "/home/ana/etl.ts", 1, 2],
    ["    at async Promise.then (/home/ana/a (copy)/etl.ts:3:4)", "/home/ana/a (copy)/etl.ts", 3, 4],
    ["    at async /home/ana/etl.ts:5:6", "/home/ana/etl.ts", 5, 6],
    ["    at parse (C:\\Users\\Ana\\etl.ts:7:8)", "C:\\Users\\Ana\\etl.ts", 7, 8],
  ])("%s", (line, file, number, column) => {
    expect(readFrame(line)).toEqual({ file, line: number, column });
  });

  test.each([
    "Error: at night (x:1:2)",
    "    at Array.map (<anonymous>)",
    "    at node:internal/process/task_queues:95:5",
    "    at async Promise.all (index 0)",
    "    at eval (eval at run (/home/ana/etl.ts:1:1), <anonymous>:1:1)",
    "    at native",
  ])("%s names no file", (line) => {
    expect(readFrame(line)).toBeUndefined();
  });
});

describe("a line of a stack that names a URL", () => {
  test.each([
    [
      "    at parse (file:///home/ana/D%20%C3%A1/a%20(copy)/etl.ts:41:9)",
      "    at parse (/home/ana/D á/a (copy)/etl.ts:41:9)",
    ],
    ["    at async file:///home/ana/etl.ts:1:2", "    at async /home/ana/etl.ts:1:2"],
    ["    at parse (/home/ana/etl.ts:1:2)", "    at parse (/home/ana/etl.ts:1:2)"],
    ["    at file:///home/ana/100%.ts:1:2", "    at file:///home/ana/100%.ts:1:2"],
    ["    at node:internal/process/task_queues:95:5", "    at node:internal/process/task_queues:95:5"],
  ])("%s", (line, readable) => {
    expect(readableFrame(line)).toBe(readable);
  });
});

describe("the user's frames", () => {
  test("leave out Node, installed packages and this package", () => {
    const own = new URL("../driver.ts", import.meta.url).href;
    const stack = [
      "Error: x",
      "    at a (node:fs:1:1)",
      "    at b (/p/node_modules/zod/index.js:1:1)",
      `    at c (${own}:1:1)`,
      "    at d (/p/etl.ts:2:3)",
      "    at e (/p/main.ts:4:5)",
    ].join("\n");

    expect(userFrames(stack)).toEqual([
      { file: "/p/etl.ts", line: 2, column: 3 },
      { file: "/p/main.ts", line: 4, column: 5 },
    ]);
  });
});
