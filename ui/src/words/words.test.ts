import { describe, expect, test } from "vitest";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { factsOf } from "./why-facts.ts";

type Tree = { readonly [key: string]: unknown };

/** Every text of a language, by its place; functions are called with numbers and names. */
function textsOf(tree: Tree, place = ""): readonly (readonly [string, string])[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const at = place === "" ? key : `${place}.${key}`;
    if (typeof value === "string") return [[at, value] as const];
    if (typeof value === "function") return [[at, String(said(value as (...given: unknown[]) => unknown))] as const];
    return textsOf(value as Tree, at);
  });
}

/** Of a reason. */
const FACTS = factsOf({ key: "«x»", upstreams: [{ name: "«y»" }], more: 2 }, { zone: "UTC", language: "en" });

/** Some take numbers, some names, one a list, some what is known of a reason; a call that does not fit throws and is tried another way. */
function said(say: (...given: unknown[]) => unknown): unknown {
  for (const given of [[2, 3, 1], ["«x»", "«y»"], [["«x»", "«y»"]], [FACTS]]) {
    try {
      return say(...given);
    } catch {
      // The next kind of argument.
    }
  }
  throw new Error(`no arguments fit ${say}`);
}

describe("the two languages", () => {
  test("have the same texts", () => {
    const places = (tree: Tree) => textsOf(tree).map(([at]) => at);

    expect(places(es)).toEqual(places(en));
  });

  test("say nothing empty", () => {
    expect([...textsOf(en), ...textsOf(es)].filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  test("differ wherever a text has a word that only one of them knows", () => {
    const spanish = new Map(textsOf(es));
    const inBoth = textsOf(en).filter(([at, text]) => spanish.get(at) === text && /[a-z]{4}/i.test(text));

    expect(inBoth.map(([at]) => at)).toEqual([
      "form.json",
      "runsOfFlow.triggers.script",
      "settings.node",
      "run.views.gantt",
      "logs.levelWords.info",
      "logs.levelWords.error",
      "drawer.error",
      "drawer.bytes",
      "frame.languages.en",
      "frame.languages.es",
      "frame.version",
    ]);
  });
});

describe("plurals", () => {
  test.each([
    [0, "0 runs", "0 ejecuciones"],
    [1, "1 run", "1 ejecución"],
    [2, "2 runs", "2 ejecuciones"],
    [20_000, "20,000 runs", "20.000 ejecuciones"],
  ])("of %i", (count, english, spanish) => {
    expect(en.common.runsOf(count)).toBe(english);
    expect(es.common.runsOf(count).replace(/\s/g, " ")).toBe(spanish);
  });
});
