/** S19: a drawing is of hostile names, and does nothing but show them. S23: no download is a table that computes. */
import { instance } from "@viz-js/viz";
import { describe, expect, test } from "vitest";
import { draw, type DrawFormat } from "../../src/render/draw.ts";
import { ROUTES } from "../../src/server/routes/routes.ts";
import { FONTS, graphOf } from "../support/drawn-graphs.ts";
import { PAYLOADS, TERMINAL_PAYLOADS } from "../support/payloads.ts";

const ALL = [...PAYLOADS, ...TERMINAL_PAYLOADS];
const HOSTILE = graphOf(
  ALL.join(" "),
  ALL.map((name, i) => ({ name, ...(i > 0 && { from: { [name]: i - 1 } }), groups: [`group ${ALL.at(-i)}`] })),
);

const drawn = async (format: DrawFormat) =>
  Buffer.from(await draw(HOSTILE, { format, fonts: FONTS })).toString("latin1");

/** Tags of a text, with what stands in them. */
const tagsOf = (xml: string) =>
  [...xml.matchAll(/<([^\s>/!?]+)([^>]*)>/g)].map(([, name = "", rest = ""]) => ({ name, rest }));

describe("a drawing of hostile names", () => {
  test("S19: as SVG has no script, no handler and no address of anybody's", async () => {
    const tags = tagsOf(await drawn("svg"));
    const names = new Set(tags.map(({ name }) => name));
    const inTags = tags
      .map(({ rest }) => rest.replaceAll(/(xmlns(:\w+)?)="http:\/\/www\.w3\.org\/[^"]*"/g, ""))
      .join("\n");

    expect(tags.length).toBeGreaterThan(ALL.length);
    expect([...names].filter((name) => /^(script|foreignObject|iframe|a|image|use|animate|set)$/i.test(name))).toEqual(
      [],
    );
    expect(inTags).not.toMatch(/\son\w+\s*=|javascript:|https?:|url\((?!#|['"]?data:font)/i);
  });

  test("S19: as DOT gives Graphviz texts, and nothing that leads anywhere", async () => {
    const text = await draw(HOSTILE, { format: "dot", fonts: FONTS });

    const read = JSON.stringify((await instance()).renderJSON(String(text)));

    const members = [...read.matchAll(/"(\w+)":/g)].map(([, name = ""]) => name);
    expect(members.length).toBeGreaterThan(ALL.length);
    expect(members.filter((name) => /url|href|target|image|shapefile/i.test(name))).toEqual([]);
  });

  test("S19: as Mermaid has no directive, no click, and no HTML", async () => {
    const lines = (await drawn("mermaid")).split("\n");

    expect(lines.length).toBeGreaterThan(ALL.length);
    expect(lines.filter((line) => /^\s*(click|href|link|%%\{|init|style|classDef.*url)/i.test(line))).toEqual([]);
    expect(lines.filter((line) => /<(?!br\/?>)[a-z/!]/i.test(line))).toEqual([]);
    // Whatever is in quotes has none of its own.
    expect(lines.filter((line) => (line.match(/(?<!\\)"/g) ?? []).length % 2 === 1)).toEqual([]);
  });

  test("S19: as PDF has no action, no link and no script", async () => {
    expect(await drawn("pdf")).not.toMatch(/\/(URI|JS|JavaScript|Launch|OpenAction|AA|SubmitForm|EmbeddedFile)\b/);
  });

  test("S21: as text moves no cursor", async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
    expect(await drawn("text")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });
});

describe("what can be downloaded", () => {
  test("S23: is no table of a spreadsheet, which would compute what begins with '='", () => {
    const types = ROUTES.flatMap(({ answer }) => ("contentTypes" in answer ? answer.contentTypes : []));

    expect(types.length).toBeGreaterThan(0);
    expect(types.filter((type) => /csv|tab-separated|excel|spreadsheet|html|svg|xml/.test(type))).toEqual([]);
  });
});
