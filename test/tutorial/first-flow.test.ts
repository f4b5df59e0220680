/** Steps 1 to 4 of the tutorial: install, hello, a second task, and its drawing. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CAUDAL_RUN, EVERYWHERE, installed, type Laptop, PLACES, says } from "./laptop.ts";
import { readPage } from "./pdf-text.ts";

const ONE_TASK = `import { flow, task } from "caudal";

const helloWorld = task("hello_world", () => console.log("Hello world!"));

const first = flow("my first flow!", () => {
  helloWorld();
});

await first.run();
`;

const TWO_TASKS = `import { flow, task } from "caudal";

const helloWorld = task("hello_world", () => {
  console.log("Hello world!");
  return "Hello Caudal!";
});
const caudalSay = task("caudal_say", (s: string) => console.log(s));

const first = flow("my first flow!", () => {
  caudalSay(helloWorld());
});
`;

let laptop: Laptop;
beforeAll(async () => {
  laptop = await installed();
}, 300_000);
afterAll(() => laptop?.remove());

describe("step 1, install", () => {
  test("npx caudal, in an empty folder, says how to begin", async () => {
    const folder = await laptop.folder(PLACES[1], {});

    const said = await folder.caudal([]);

    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.stdout).toContain("npx caudal init");
  });
});

describe.concurrent.each(EVERYWHERE)("step 2, hello: $title", ({ place, way }) => {
  test("prints five lines in this order, and nothing else", async () => {
    const folder = await laptop.folder(place, { "hello.ts": ONE_TASK });

    const said = await folder.run(way, "hello.ts");

    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.lines).toEqual([
      says.beginning("my first flow!"),
      says.starting("hello_world"),
      "Hello world!",
      says.finished("hello_world", "Success"),
      says.success,
    ]);
  });
});

describe.concurrent.each(EVERYWHERE)("step 3, a task that takes the first one's result: $title", ({ place, way }) => {
  test("prints what the first returned", async () => {
    const folder = await laptop.folder(place, { "hello.ts": `${TWO_TASKS}\nawait first.run();\n` });

    const said = await folder.run(way, "hello.ts");

    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.lines).toEqual([
      says.beginning("my first flow!"),
      ...says.task("hello_world", "Hello world!"),
      ...says.task("caudal_say", "Hello Caudal!"),
      says.success,
    ]);
  });
});

describe.each(PLACES)("step 4, see it, in a folder named %s", (place) => {
  test("npx caudal visualize writes <flow name>.pdf here, with two nodes and an edge labelled s", async () => {
    const folder = await laptop.folder(place, { "hello.ts": `${TWO_TASKS}\nawait first.run();\n` });

    const said = await folder.caudal(["visualize", "hello.ts"]);

    expect(said).toMatchObject({ lines: ["Drawn: <folder>/my first flow!.pdf"], code: 0, stderr: "" });
    const { texts, ellipses } = readPage(await readFile(join(folder.path, "my first flow!.pdf")));
    expect(texts.toSorted()).toEqual(["2 tasks", "caudal_say", "hello_world", "my first flow!", "s"]);
    expect(ellipses).toBe(2);
  });

  test("the same drawing as DOT has the edge from the first task to the second", async () => {
    const folder = await laptop.folder(place, { "hello.ts": TWO_TASKS });

    await folder.caudal(["visualize", "hello.ts", "--out", "hello.dot"]);

    const dot = await readFile(join(folder.path, "hello.dot"), "utf8");
    expect(dot).toMatch(/n0 \[.*label="hello_world"/);
    expect(dot).toMatch(/n1 \[.*label="caudal_say"/);
    expect(dot.match(/\w+ -> .*/g)).toEqual(['n0 -> n1 [id="e0", label="s"];']);
  });
});

describe.concurrent.each(EVERYWHERE.filter(({ way }) => way !== CAUDAL_RUN))(
  "step 4 in a script: $title",
  ({ place, way }) => {
    test("visualize() prints the absolute path and runs nothing", async () => {
      const folder = await laptop.folder(place, { "hello.ts": `${TWO_TASKS}\nawait first.visualize();\n` });

      const said = await folder.run(way, "hello.ts");

      expect(said).toMatchObject({ lines: ["Drawn: <folder>/my first flow!.pdf"], code: 0, stderr: "" });
      expect(await readdir(folder.path)).toContain("my first flow!.pdf");
    });
  },
);
