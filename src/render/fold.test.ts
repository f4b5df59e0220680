import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { graphOf, wideGraph, type NodeGiven } from "../../test/support/drawn-graphs.ts";
import { fold, FOLD_LIMITS, foldTo } from "./fold.ts";
import { pictureOf, type Picture } from "./picture.ts";

const LIMITS = { boxesMax: 10, arrowsMax: 30 };

function shown(picture: Picture): readonly string[] {
  return picture.boxes.map(({ name, detail }) => `${name} ${detail}`.trim());
}

describe("a picture within the limits", () => {
  test("is left as it is", () => {
    const picture = pictureOf(wideGraph(798, ["load"]));

    expect(fold(picture)).toBe(picture);
  });
});

describe("a picture that a reader wants folded", () => {
  const steps = ["read", "clean", "check"].map((name, at): NodeGiven => {
    return { name, groups: ["load"], ...(at > 0 && { from: { x: at - 1 } }) };
  });
  const picture = () => pictureOf(wideGraph(4, ["load", "clean"]));

  test("stays whole where only what has to be is folded", () => {
    expect(foldTo(picture(), "needed").boxes).toHaveLength(10);
  });

  test("has one box for calls that repeat, without a note: it was asked for", () => {
    const folded = foldTo(picture(), "most");

    expect(shown(folded)).toEqual(["list_parts", "load 4 tasks", "clean 4 tasks", "collect"]);
    expect(folded.notes).toEqual([]);
  });

  test("has one box for a long chain, and none for a short one", () => {
    const chain = (length: number) =>
      pictureOf(
        graphOf(
          "f",
          Array.from(
            { length },
            (_, at): NodeGiven => ({ name: `step_${at}`, ...(at > 0 && { from: { x: at - 1 } }) }),
          ),
        ),
      );

    expect(shown(foldTo(chain(20), "most"))).toEqual(["step_0 → … → step_19 20 tasks in a row"]);
    expect(foldTo(chain(5), "most").boxes).toHaveLength(5);
  });

  test("has one box for each group", () => {
    const folded = foldTo(pictureOf(graphOf("f", [...steps, { name: "last" }])), "groups");

    expect(shown(folded)).toEqual(["load 3 tasks", "last"]);
  });
});

describe("a picture above the limits", () => {
  test("folds a fan-out of chains step by step, and says so", () => {
    const folded = fold(pictureOf(wideGraph(660, ["load", "clean", "store"])));

    expect(shown(folded)).toEqual(["list_parts", "load 660 tasks", "clean 660 tasks", "store 660 tasks", "collect"]);
    expect(folded.arrows.map((arrow) => arrow.label)).toEqual(["part", "part", "part", "parts"]);
    expect(folded.notes).toEqual([
      "1,982 boxes are drawn as 5: calls of the same task are folded into one box each, because a drawing has at most 800 boxes and 2,400 arrows",
    ]);
  });

  test("folds groups first, inner before outer, and no more than it must", () => {
    const inner = Array.from({ length: 9 }, (_, at): NodeGiven => ({ name: `task_${at}`, groups: ["outer", "inner"] }));
    const nodes: NodeGiven[] = [{ name: "first", groups: ["outer"] }, ...inner, { name: "last", from: { all: 3 } }];

    const folded = fold(pictureOf(graphOf("f", nodes)), LIMITS);

    expect(shown(folded)).toEqual(["first", "inner 9 tasks", "last"]);
    expect(folded.boxes.map((box) => box.group)).toEqual([0, 0, undefined]);
  });

  test("folds chains of different tasks", () => {
    const nodes = Array.from(
      { length: 12 },
      (_, at): NodeGiven => ({ name: `step_${at}`, ...(at === 0 ? {} : { from: { x: at - 1 } }) }),
    );

    const folded = fold(pictureOf(graphOf("f", nodes)), LIMITS);

    expect(shown(folded)).toEqual(["step_0 → … → step_11 12 tasks in a row"]);
  });

  test("shows the most urgent state of what it folded, with counts", () => {
    const statuses = new Map(
      Array.from({ length: 22 }, (_, id) => [id, { state: id === 7 ? "Failed" : "Success" } as const]),
    );

    const folded = fold(pictureOf(wideGraph(20, ["load"]), statuses), LIMITS);

    expect(folded.boxes.map((box) => box.status)).toEqual([
      { state: "Success" },
      { state: "Failed", children: { Success: 19, Failed: 1 } },
      { state: "Success" },
    ]);
  });

  test("stands within the limits in the end, whatever the graph", () => {
    const graphs = fc.array(
      fc.record({
        name: fc.constantFrom("a", "b", "c", "d"),
        ups: fc.array(fc.nat(), { maxLength: 4 }),
        group: fc.constantFrom("", "g", "h"),
      }),
      {
        minLength: 1,
        maxLength: 120,
      },
    );
    const limits = { boxesMax: 40, arrowsMax: 2_400 };

    fc.assert(
      fc.property(graphs, (given) => {
        const nodes = given.map(
          ({ name, ups, group }, at): NodeGiven => ({
            name,
            ...(at === 0 ? {} : { from: Object.fromEntries(ups.map((up, index) => [`x${index}`, up % at])) }),
            groups: group === "" ? [] : [group],
          }),
        );
        const picture = pictureOf(graphOf("f", nodes));
        const folded = fold(picture, limits);
        const ids = new Set(folded.boxes.map((box) => box.id));

        expect(folded.boxes.length).toBeLessThanOrEqual(limits.boxesMax);
        expect(folded.boxes.reduce((sum, box) => sum + box.members, 0)).toBe(nodes.length);
        expect(folded.arrows.every(({ from, to }) => from !== to && ids.has(from) && ids.has(to))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("folds where arrows are too many for few boxes", () => {
    const sources = Array.from({ length: 60 }, (_, at): NodeGiven => ({ name: `from_${at}` }));
    const all = Object.fromEntries(sources.map((_, at) => [`x${at}`, at]));
    const sinks = Array.from({ length: 60 }, (_, at): NodeGiven => ({ name: `to_${at}`, from: all }));

    const folded = fold(pictureOf(graphOf("f", [...sources, ...sinks])));

    expect(folded.arrows.length).toBeLessThanOrEqual(FOLD_LIMITS.arrowsMax);
    expect(shown(folded)).toEqual(["from_0, from_1, … 60 tasks", "to_0, to_1, … 60 tasks"]);
  });
});
