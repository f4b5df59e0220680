/**
 * The guide and the README are followed as a reader does, through the built CLI, and must print what they say;
 * their pictures must be what Caudal draws. After a change that is meant, `npx vitest run test/docs -u` writes what
 * is printed and drawn now into the English pages; a second time, their code and outputs into the Spanish ones.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ComplaintsApi, startComplaintsApi } from "../../examples/etl/complaints-api.mjs";
import { buildPackage } from "../examples/workspace.ts";
import { blocksOf, withBlocks } from "./document.ts";
import { drawnRun } from "./drawn-run.ts";
import { type Reader, reader, ROOT } from "./reader.ts";

const FOLLOWED_MS_MAX = 240_000;

/** Pages, and their twins in Spanish. */
const PAGES = [
  "README.md",
  "docs/guide/01-tutorial.md",
  "docs/guide/02-mapping.md",
  "docs/guide/03-branching.md",
  "docs/guide/04-retries.md",
  "docs/guide/05-caching.md",
  "docs/guide/from-python.md",
  "docs/guide/06-handlers-and-signals.md",
  "docs/guide/07-schedules.md",
  "docs/guide/08-resources.md",
  "docs/guide/09-approval.md",
  "docs/guide/10-testing.md",
];
const TWINS = [
  ["README.md", "README.es.md"],
  ["docs/guide/01-tutorial.md", "docs/guide/es/01-tutorial.md"],
] as const;

const pathOf = (name: string) => join(ROOT, ...name.split("/"));
const textOf = (name: string) => readFileSync(pathOf(name), "utf8");
const codeOf = (name: string) => blocksOf(textOf(name)).map(({ info, text }) => ({ info, text }));

let api: ComplaintsApi | undefined;
let person: Reader | undefined;

const newReader = (folder: string) => {
  person = reader(folder, { COMPLAINTS_API: api?.url ?? "" });
  return person;
};

beforeAll(async () => {
  await buildPackage();
  api = await startComplaintsApi({ port: 0 });
}, 300_000);
afterEach(() => person?.leave());
afterAll(() => api?.close());

describe.each(PAGES)("%s", (name) => {
  test(
    "prints what it says, in a folder with spaces and accents",
    async () => {
      const page = await newReader("D á/Workflow managers").follow(textOf(name));

      await expect(page).toMatchFileSnapshot(pathOf(name));
      await person?.type("npx caudal init"); // for its tsconfig.json; it leaves what is there
      expect(await person?.type("npx tsc")).toEqual({ text: "", exitCode: 0 });
    },
    FOLLOWED_MS_MAX,
  );

  test("names only scripts that package.json has", () => {
    const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
    const named = [...textOf(name).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
      ([, run, other]) => run ?? other,
    );

    expect(named.filter((script) => script !== undefined && !(script in scripts))).toEqual([]);
  });
});

describe.each(TWINS)("%s and %s", (english, spanish) => {
  test("have the same code and the same outputs", async () => {
    await expect(withBlocks(textOf(spanish), codeOf(english))).toMatchFileSnapshot(pathOf(spanish));
    expect(codeOf(spanish)).toHaveLength(codeOf(english).length);
  });

  test("have the same headings, in number and depth", () => {
    const depths = (name: string) => [...textOf(name).matchAll(/^(#+) /gm)].map(([, marks]) => marks);

    expect(depths(spanish)).toEqual(depths(english));
  });
});

describe("the README", () => {
  const codeOfExample = (name: string) => textOf(name).split("\n// What it prints")[0]?.trim();
  const blockOf = (file: string) => blocksOf(textOf("README.md")).find(({ marks }) => marks["file"] === file)?.text;

  test("begins with examples/hello, word for word", () => {
    expect(blockOf("hello.ts")).toBe(codeOfExample("examples/hello/hello.ts"));
  });

  test("shows examples/etl, word for word", () => {
    expect(blockOf("etl.ts")).toBe(codeOfExample("examples/etl/etl.ts"));
  });

  test("prints hello in eight lines, in a folder with a plain name too", async () => {
    const page = textOf("README.md");
    const hello = page.slice(0, page.indexOf("```ts file=etl.ts"));

    expect(await newReader("flows").follow(hello)).toBe(hello);
    expect(
      blocksOf(hello)
        .find(({ language }) => language === "text")
        ?.text.split("\n"),
    ).toHaveLength(8);
  });
});

describe("the pictures", () => {
  test("etl.svg is the ETL after a run", async () => {
    const picture = await drawnRun(newReader("flows"), textOf("examples/etl/etl.ts"));

    await expect(picture).toMatchFileSnapshot(pathOf("docs/images/etl.svg"));
  });

  test("hello.svg is the plan of hello", async () => {
    newReader("flows").save("hello.ts", textOf("examples/hello/hello.ts"));

    await person?.type("npx caudal visualize hello.ts --out hello.svg");

    await expect(person?.read("hello.svg")).toMatchFileSnapshot(pathOf("docs/images/hello.svg"));
  });
});
