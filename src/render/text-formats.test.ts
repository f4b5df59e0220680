import { describe, expect, test } from "vitest";
import { branchGraph, etlGraph, FONTS, graphOf } from "../../test/support/drawn-graphs.ts";
import { draw } from "./draw.ts";
import type { NodeStatuses } from "./status.ts";
import { columnsOf } from "./printable.ts";

const HOSTILE = graphOf('a "title" \\', [
  { name: '</text><script>alert("x")</script>' },
  { name: "1. \u0000\u001b[31mred\n\\N", from: { 'q"|\\': 0 }, groups: ["end ]"] },
]);
const ENDED: NodeStatuses = new Map([
  [0, { state: "Success" }],
  [1, { state: "Cached" }],
  [2, { state: "Failed" }],
  [3, { state: "TriggerFailed" }],
]);

const drawn = (graph: Parameters<typeof draw>[0], format: "text" | "mermaid" | "dot", states?: NodeStatuses) =>
  draw(graph, { format, states, fonts: FONTS }).then(String);

describe("terminal text", () => {
  test("has a row per box, upstream first, and where each argument comes from", async () => {
    expect(await drawn(etlGraph(), "text")).toBe(
      [
        "my etl flow",
        "4 tasks, 1 parameter",
        "",
        "□ size = 10",
        "● get_complaint_data    ← size",
        "● parse_complaint_data  ← get_complaint_data (raw)",
        "● sqliteScript",
        "● store_complaints      ← parse_complaint_data (parsed)",
        "                        ⇠ sqliteScript",
        "",
        "⇠ order only, no data",
        "",
      ].join("\n"),
    );
  });

  test("says every state with glyph and name", async () => {
    const text = await drawn(etlGraph(), "text", ENDED);

    expect(text).toContain("✓ 1 Success   ≡ 1 Cached   ✗ 1 Failed   ⊘ 1 TriggerFailed");
    expect(text).toContain("● parse_complaint_data  ✗ Failed         ← get_complaint_data (raw)");
  });

  test("fits 80 columns and holds no control characters, whatever the names", async () => {
    const long = graphOf("x".repeat(200), [
      { name: "日本語".repeat(40) },
      { name: "y".repeat(200), from: { ["z".repeat(90)]: 0 } },
    ]);

    const texts = [await drawn(long, "text"), await drawn(HOSTILE, "text"), await drawn(branchGraph(), "text")];

    expect(texts.flatMap((text) => text.split("\n")).filter((line) => columnsOf(line) > 80)).toEqual([]);
    expect(texts.join("")).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

describe("Mermaid text", () => {
  test("has shapes for tasks, maps, branches and parameters, labels, dashes and colours", async () => {
    const text = await drawn(branchGraph(), "mermaid");

    expect(text).toContain("flowchart TD\n");
    expect(text).toContain('p0("region")');
    expect(text).toContain('n0(["list_users"])');
    expect(text).toContain('n2[["write_letter #60;map#62;"]]');
    expect(text).toContain('n4{"pick_channel"}');
    expect(text).toContain('n4 -->|"sms"| n5');
    expect(text).toContain("n1 -.-> n12");
    expect(text).toContain("classDef branch fill:");
  });

  test("keeps names out of its syntax", async () => {
    const text = await drawn(HOSTILE, "mermaid");

    expect(text).toContain('title: "a \\"title\\" \\\\"');
    expect(text).toContain('n0(["#60;/text#62;#60;script#62;alert(#34;x#34;)#60;/script#62;"])');
    expect(text).toContain('subgraph g0 ["end #93;"]');
    expect(text).toContain('n0 -->|"q#34;#124;#92;"| n1');
    expect(text).toContain('n1(["1#46; ');
  });

  test("groups are subgraphs, one in the other", async () => {
    const graph = graphOf("f", [
      { name: "a", groups: ["x", "y"] },
      { name: "b", groups: ["x"] },
    ]);

    expect(await drawn(graph, "mermaid")).toContain(
      ['  subgraph g0 ["x"]', '    n1(["b"])', '    subgraph g1 ["y"]', '      n0(["a"])', "    end", "  end"].join(
        "\n",
      ),
    );
  });
});

describe("DOT text", () => {
  test("has ellipses, boxes, diamonds, labels and dashes", async () => {
    const text = await drawn(branchGraph(), "dot");

    expect(text).toMatch(/^ {2}n0 \[shape="ellipse".*label="list_users"/m);
    expect(text).toMatch(/^ {2}n2 \[shape="box".*label="write_letter <map>"/m);
    expect(text).toMatch(/^ {2}n4 \[shape="diamond".*label="pick_channel"/m);
    expect(text).toMatch(/^ {2}p0 \[shape="box", style="rounded,filled", label="region"/m);
    expect(text).toMatch(/^ {2}n4 -> n5 \[.*label="sms"\];$/m);
    expect(text).toMatch(/^ {2}n1 -> n12 \[.*style="dashed".*\];$/m);
  });

  test("is read back by Graphviz as it was meant, hostile names included", async () => {
    const { instance } = await import("@viz-js/viz");

    const read = (await instance()).renderJSON(await drawn(HOSTILE, "dot"), { format: "json0" }) as {
      readonly name: string;
      readonly objects: readonly { readonly name: string; readonly label?: string }[];
      readonly edges: readonly { readonly label: string }[];
    };

    expect(read.objects.map((object) => object.name)).toEqual(["cluster_0", "n0", "n1"]);
    expect(read.objects[1]?.label).toBe('</text><script>alert("x")</\\nscript>');
    expect(read.objects[2]?.label).toBe("1. ��[31mred \\\\N");
    expect(read.edges.map((edge) => edge.label)).toEqual(['q"|\\\\']);
  });
});
