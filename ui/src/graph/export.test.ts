import { describe, expect, test } from "vitest";
import type { FlowGraph, LayoutBox } from "../../../src/server/contract.ts";
import { GROUPS } from "../look.ts";
import { svgOf } from "./svg-of.ts";
import { dotOf, mermaidOf } from "./text-of.ts";

const HOSTILE = `"><img src=x onerror=alert(1)>\u0000 & '`;
const box: LayoutBox = {
  id: "n0",
  shape: "task",
  name: HOSTILE,
  detail: "",
  about: "",
  x: 50,
  y: 20,
  width: 90,
  height: 30,
  nodes: ["a"],
};
const graph: FlowGraph = {
  flow: HOSTILE,
  fingerprint: "f",
  nodes: [
    { slug: "a", name: HOSTILE, kind: "task", mapped: false, task: 0, groups: [] },
    { slug: "b", name: "b\n\\", kind: "branch", mapped: true, task: 1, groups: [] },
  ],
  edges: [{ from: "a", to: "b", kind: "order", label: `|"];` }],
  layout: { direction: "down", width: 100, height: 40, boxes: [box], arrows: [], groups: [], frames: [], notes: [] },
};
const colors = {
  page: "white",
  raised: "white",
  text: "black",
  muted: "grey",
  line: "grey",
  groups: Object.fromEntries(GROUPS.map((group) => [group, "red"])) as never,
};

describe("a flow with markup in its names", () => {
  test("U55: is text in an SVG, with its state", () => {
    const svg = svgOf({
      graph,
      title: HOSTILE,
      colors,
      stateOf: () => "Failed",
      factsOf: () => "",
      isDimmed: () => true,
      wordOf: () => "Failed",
    });

    expect(svg).not.toContain("<img");
    expect(svg).not.toContain("\u0000");
    expect(svg).toContain("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;\ufffd &amp; '");
    expect(svg).toContain('data-box="n0" data-state="Failed" opacity="0.25"');
  });

  test("U55: ends no string of DOT", () => {
    expect(dotOf(graph)).toContain(String.raw`"a" [label="\"><img src=x onerror=alert(1)>`);
    expect(dotOf(graph)).toContain(String.raw`"b" [label="b \\", shape=diamond, peripheries=2];`);
    expect(dotOf(graph)).toContain(String.raw`"a" -> "b" [label="|\"];", style=dashed];`);
  });

  test("U55: ends no string of Mermaid", () => {
    expect(mermaidOf(graph)).toContain(`n0["#34;#62;#60;img src=x onerror=alert(1)#62;`);
    expect(mermaidOf(graph)).toContain(`n0 -.->|"#124;#34;]#59;"| n1`);
  });
});
