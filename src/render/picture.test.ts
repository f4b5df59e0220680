import { describe, expect, test } from "vitest";
import { OTHERWISE } from "../graph/graph.ts";
import { branchGraph, etlGraph, graphOf, ref } from "../../test/support/drawn-graphs.ts";
import { pictureOf, type Picture } from "./picture.ts";

/** "from → to (label)", with names instead of ids. */
function arrowsOf(picture: Picture): readonly string[] {
  const names = new Map(picture.boxes.map((box) => [box.id, box.name]));
  return picture.arrows.map(({ from, to, kind, label }) =>
    `${names.get(from)} → ${names.get(to)} ${kind} ${label}`.trim(),
  );
}

describe("the picture of a flow", () => {
  test("has a box per task and per used parameter, and labels data with the argument", () => {
    const picture = pictureOf(etlGraph());

    expect(picture.boxes.map(({ shape, name }) => `${shape} ${name}`)).toEqual([
      "parameter size",
      "task sqliteScript",
      "task get_complaint_data",
      "task parse_complaint_data",
      "task store_complaints",
    ]);
    expect(arrowsOf(picture)).toEqual([
      "size → get_complaint_data data size",
      "get_complaint_data → parse_complaint_data data raw",
      "parse_complaint_data → store_complaints data parsed",
      "sqliteScript → store_complaints order",
    ]);
    expect(picture.summary).toBe("4 tasks, 1 parameter");
  });

  test("leaves out parameters that nothing uses", () => {
    const picture = pictureOf(graphOf("f", [{ name: "a" }], { unused: 1 }));

    expect(picture.boxes.map((box) => box.name)).toEqual(["a"]);
  });

  test("has one arrow per upstream, downstream and label, however often a value is used", () => {
    const both = { kind: "object", keys: ["x", "y"], values: [ref(0, "a"), ref(0, "b")] } as const;

    const picture = pictureOf(graphOf("f", [{ name: "a" }, { name: "b", from: { p: both, q: ref(0) }, after: [0] }]));

    expect(arrowsOf(picture)).toEqual(["a → b data p", "a → b data q"]);
  });

  test("finds refs at any depth of lists and objects", () => {
    const nested = { kind: "list", items: [{ kind: "object", keys: ["k"], values: [ref(0)] }, ref(1)] } as const;

    const picture = pictureOf(graphOf("f", [{ name: "a" }, { name: "b" }, { name: "c", from: { all: nested } }]));

    expect(arrowsOf(picture)).toEqual(["a → c data all", "b → c data all"]);
  });

  test("tells calls of the same task apart by their slugs", () => {
    const picture = pictureOf(graphOf("f", [{ name: "load" }, { name: "load" }, { name: "end" }]));

    expect(picture.boxes.map((box) => box.name)).toEqual(["load-1", "load-2", "end"]);
  });

  test("nests groups by their paths", () => {
    const picture = pictureOf(
      graphOf("f", [
        { name: "a", groups: ["x"] },
        { name: "b", groups: ["x", "y"] },
        { name: "c", groups: ["y"] },
      ]),
    );

    expect(picture.groups).toEqual([
      { name: "x", parent: undefined, depth: 0 },
      { name: "y", parent: 0, depth: 1 },
      { name: "y", parent: undefined, depth: 0 },
    ]);
    expect(picture.boxes.map((box) => box.group)).toEqual([0, 1, 2]);
  });
});

describe("a branch", () => {
  test("has an arrow with the key to where each case begins, and to the choice for a case without tasks", () => {
    const cases = pictureOf(branchGraph()).arrows.filter((arrow) => arrow.kind === "case");

    expect(cases).toEqual([
      { from: "n4", to: "n5", kind: "case", label: "sms" },
      { from: "n4", to: "n6", kind: "case", label: "mail" },
      { from: "n4", to: "n8", kind: "case", label: "otherwise" },
    ]);
  });

  test("leaves the arrows from its cases into the choice without a label", () => {
    const into = pictureOf(branchGraph()).arrows.filter((arrow) => arrow.to === "n8" && arrow.kind === "data");

    expect(into.map(({ from, label }) => `${from} ${label}`)).toEqual(["n5 ", "n7 "]);
  });

  test("labels a result from outside its cases with the key", () => {
    const picture = pictureOf(
      graphOf("f", [
        { name: "before" },
        { name: "pick" },
        { name: "branch", kind: "branch", from: { "0": 1 }, cases: [OTHERWISE] },
        { name: "choose", kind: "choose", from: { otherwise: 0 }, cases: [OTHERWISE], branchOf: 2 },
      ]),
    );

    expect(arrowsOf(picture)).toEqual([
      "pick → branch data",
      "before → choose data otherwise",
      "branch → choose case otherwise",
    ]);
  });

  test("inside a case begins that case once", () => {
    const outer = { branch: 0, key: "a" };
    const picture = pictureOf(
      graphOf("f", [
        { name: "outer", kind: "branch", cases: ["a"] },
        { name: "inner", kind: "branch", cases: ["b"], caseOf: outer },
        { name: "deep", caseOf: { branch: 1, key: "b" } },
        { name: "choose", kind: "choose", from: { b: 2 }, cases: ["b"], branchOf: 1, caseOf: outer },
      ]),
    );

    expect(arrowsOf(picture)).toEqual(["outer → inner case a", "inner → deep case b", "deep → choose data"]);
  });
});

describe("with a run", () => {
  test("counts children instead of their mapped task", () => {
    const graph = graphOf("f", [{ name: "a" }, { name: "b", mapped: true, from: { x: 0 } }]);

    const picture = pictureOf(
      graph,
      new Map([
        [0, { state: "Success" }],
        [1, { state: "Mapped", children: { Success: 8, Failed: 2 } }],
      ]),
    );

    expect(picture.counts).toEqual({ Success: 9, Failed: 2 });
  });
});
