import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { branchGraph, etlGraph, FONTS, graphOf, wideGraph } from "../../test/support/drawn-graphs.ts";
import { STATE_TYPES, STATES } from "../state/task-state.ts";
import { draw, type DrawFormat } from "./draw.ts";
import { contrast, paintOf, wordColour } from "./look.ts";
import { layOut } from "./layout.ts";
import { pictureOf } from "./picture.ts";
import type { NodeStatuses } from "./status.ts";
import { typefaceOf } from "./typeface.ts";

const HOSTILE = graphOf("</title><script>alert(1)</script>", [
  { name: '</text><script>alert("x")</script>' },
  { name: "a\u0000b\ud800\u202ec & d", from: { "<i>'": 0 }, groups: ["<g>"] },
]);
const ENDED: NodeStatuses = new Map([
  [2, { state: "Mapped", children: { Success: 8, Failed: 2 } }],
  [9, { state: "Running" }],
]);
const FORMATS: readonly DrawFormat[] = ["pdf", "svg", "png", "mermaid", "dot", "text"];

const svg = (graph: Parameters<typeof draw>[0], states?: NodeStatuses) =>
  draw(graph, { format: "svg", states, fonts: FONTS }).then(String);
const bytes = async (graph: Parameters<typeof draw>[0], format: "pdf" | "png") =>
  Buffer.from(await draw(graph, { format, fonts: FONTS }));

/** The texts of an SVG, tooltips left off. */
function textsOf(drawing: string): readonly string[] {
  return [...drawing.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, inside = ""]) => inside.replace(/<[^>]+>/g, ""));
}

/** The operators that draw the page of a PDF. */
function pageOf(pdf: Buffer): string {
  const streams = [...pdf.toString("latin1").matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, data = ""]) =>
    Buffer.from(data, "latin1"),
  );
  return inflateSync(streams[0] ?? Buffer.alloc(0)).toString("latin1");
}

describe("every format", () => {
  test.each(FORMATS)("%s: the same graph gives the same bytes", async (format) => {
    const first = await draw(branchGraph(), { format, states: ENDED, fonts: FONTS });

    const second = await draw(branchGraph(), { format, states: ENDED, fonts: FONTS });

    expect(Buffer.from(second).equals(Buffer.from(first))).toBe(true);
  });

  test.each(FORMATS)("%s: draws a flow without tasks, and one with hostile names", async (format) => {
    const empty = await draw(graphOf("empty", []), { format, fonts: FONTS });
    const hostile = await draw(HOSTILE, { format, fonts: FONTS });

    expect(empty.length).toBeGreaterThan(0);
    expect(hostile.length).toBeGreaterThan(0);
  });
});

describe("SVG", () => {
  test("draws tasks as ellipses, maps as sheets, branches as diamonds, with the labels of the arrows", async () => {
    const drawing = await svg(branchGraph());

    expect(drawing.match(/<g class="task"><title>[^<]*<\/title><ellipse /g)).toHaveLength(6);
    expect(drawing.match(/<g class="mapped"><title>[^<]*<\/title><rect [^>]*><rect [^>]*><rect /g)).toHaveLength(4);
    expect(drawing.match(/<g class="branch"><title>[^<]*<\/title><path /g)).toHaveLength(1);
    expect(drawing.match(/<g class="parameter">/g)).toHaveLength(1);
    expect(textsOf(drawing)).toEqual(
      expect.arrayContaining(["notify", "list_users", "write_letter &lt;map&gt;", "template", "sms", "otherwise"]),
    );
  });

  test("dashes order-only arrows and only those", async () => {
    const drawing = await svg(etlGraph());

    expect(drawing.match(/stroke-dasharray/g)).toHaveLength(1);
    expect(drawing).toMatch(
      /<g class="order"><title>sqliteScript → store_complaints \(order only\)<\/title><path [^>]*stroke-dasharray/,
    );
  });

  test("shows states as glyph and name, and counts of a map's children", async () => {
    const texts = textsOf(await svg(branchGraph(), ENDED));

    expect(texts).toContain("▶ Running");
    expect(texts).toContain("⁝ Mapped");
    expect(texts).toContain("8 ✓   2 ✗");
  });

  test("has a title and a description in words", async () => {
    const drawing = await svg(etlGraph());

    expect(drawing).toContain('role="img"');
    expect(drawing).toContain("<title>my etl flow</title>");
    expect(drawing).toContain(
      "parse_complaint_data → store_complaints (parsed), sqliteScript → store_complaints (order only)",
    );
  });

  test("keeps names out of its markup, and characters out that XML forbids", async () => {
    const drawing = await svg(HOSTILE);

    expect(drawing).not.toContain("<script");
    expect(drawing).not.toContain("<g>");
    expect(drawing).not.toMatch(/(?!\n)\p{Cc}|\p{Cs}|\u202e/u);
    expect(textsOf(drawing)).toContain("a�b��c &amp; d");
  });

  test("takes a title of its own", async () => {
    const drawing = String(await draw(etlGraph(), { format: "svg", title: "run brave-otter", fonts: FONTS }));

    expect(textsOf(drawing)[0]).toBe("run brave-otter");
  });

  test("puts many siblings into one frame and keeps all of them", async () => {
    const drawing = await svg(wideGraph(60, ["load"]));

    expect(drawing.match(/<g class="task">/g)).toHaveLength(62);
    expect(drawing.match(/<g class="data">/g)).toHaveLength(2);
    expect(drawing.match(/<g class="frame">/g)).toHaveLength(1);
  });

  test("says that it is folded", async () => {
    const texts = textsOf(await svg(wideGraph(900, ["load"])));

    expect(texts.join(" ")).toContain("902 boxes are drawn as 3: calls of the same task are folded into one box each");
  });
});

/** Parts that nothing connects, each a chain of three. */
const chains = (count: number) =>
  graphOf(
    "chains",
    Array.from({ length: count * 3 }, (_, at) => ({
      name: `${["extract", "clean", "load"][at % 3]}_${Math.floor(at / 3)}`,
      ...(at % 3 === 0 ? {} : { from: { rows: at - 1 } }),
    })),
  );

describe("the layout", () => {
  test.each([
    ["branches", branchGraph(), ENDED],
    ["a hundred chains", chains(100), undefined],
  ] as const)("of %s lets no two boxes overlap, and no box leave the drawing", async (_name, graph, statuses) => {
    const { boxes, width, height } = await layOut(pictureOf(graph, statuses), typefaceOf(FONTS));

    const overlaps = boxes.flatMap((one, at) =>
      boxes
        .slice(at + 1)
        .filter(
          (other) =>
            Math.abs(one.x - other.x) < (one.width + other.width) / 2 &&
            Math.abs(one.y - other.y) < (one.height + other.height) / 2,
        ),
    );
    const outside = boxes.filter(
      (box) =>
        box.x < box.width / 2 - 1 ||
        box.x + box.width / 2 > width + 1 ||
        box.y < box.height / 2 - 1 ||
        box.y + box.height / 2 > height + 1,
    );

    expect(overlaps).toEqual([]);
    expect(outside).toEqual([]);
  });

  test("puts many parts that nothing connects in rows, in their order", async () => {
    const { boxes, width, height } = await layOut(pictureOf(chains(100)), typefaceOf(FONTS));
    const roots = boxes.filter(({ box }) => box.name.startsWith("extract"));

    expect(width / height).toBeGreaterThan(1);
    expect(width / height).toBeLessThan(4);
    expect(roots.toSorted((a, b) => a.y - b.y || a.x - b.x).map(({ box }) => box.name)).toEqual(
      Array.from({ length: 100 }, (_, at) => `extract_${at}`),
    );
  });

  test("has the label of each arrow beside it, in parts as elsewhere", async () => {
    for (const count of [2, 100]) {
      const { arrows } = await layOut(pictureOf(chains(count)), typefaceOf(FONTS));
      const far = arrows.filter(({ curve, tip, label }) => {
        const [from = tip] = curve;
        return label !== undefined && (Math.abs(label.x - from.x) > 60 || label.y < from.y || label.y > tip.y);
      });

      expect(arrows).toHaveLength(count * 2);
      expect(far).toEqual([]);
    }
  });

  test("flows sideways where it would be a ribbon otherwise", async () => {
    const { width, height } = await layOut(pictureOf(wideGraph(40, ["load", "clean"])), typefaceOf(FONTS));

    expect(width).toBeLessThan(height);
  });
});

describe("PDF", () => {
  test("is one page of vectors and real text in the shipped fonts, without a date", async () => {
    const pdf = await bytes(branchGraph(), "pdf");
    const text = pdf.toString("latin1");
    const page = pageOf(pdf);

    expect(text.match(/\/Type \/Page\b/g)).toHaveLength(1);
    expect(text).toMatch(/\/BaseFont \/\w{6}\+Inter-SemiBold/);
    expect(text).not.toContain("/Subtype /Image");
    expect(text).not.toContain("CreationDate");
    expect(page.match(/T[jJ]\b/g)?.length).toBeGreaterThan(25);
    expect(page.match(/ c\n/g)?.length).toBeGreaterThan(25);
  });

  test("has the size of the drawing", async () => {
    const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(await svg(etlGraph())) ?? [];

    const pdf = (await bytes(etlGraph(), "pdf")).toString("latin1");

    expect(pdf).toContain(`/MediaBox [0 0 ${Number(width) * 0.75} ${Number(height) * 0.75}]`);
  });
});

describe("PNG", () => {
  test("is twice the size of a small drawing, and its text is there", async () => {
    const [, width] = /<svg [^>]*width="(\d+)"/.exec(await svg(etlGraph())) ?? [];

    const png = await bytes(etlGraph(), "png");
    const unnamed = await bytes(
      graphOf(
        "my etl flow",
        etlGraph().nodes.map(({ id }) => ({ name: "\u00a0".repeat(id + 1) })),
      ),
      "png",
    );

    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(png.readUInt32BE(16)).toBe(2 * Number(width));
    expect(png.length).toBeGreaterThan(unnamed.length);
  });
});

describe("the shipped fonts", () => {
  test("have every state's glyph, accents, Greek and Cyrillic", () => {
    const typeface = typefaceOf(FONTS);

    expect(STATE_TYPES.filter((type) => !typeface.covers(STATES[type].glyph))).toEqual([]);
    expect(typeface.covers("¿Qué tal, señor? Straße, žluťoučký, Ελληνικά, Русский →…—")).toBe(true);
    expect(typeface.covers("日本")).toBe(false);
  });

  test("are at most 800 KB", () => {
    expect(FONTS.regular.bytes.length + FONTS.bold.bytes.length + FONTS.symbols.bytes.length).toBeLessThanOrEqual(
      800_000,
    );
  });

  test("measure wider text as wider", () => {
    const typeface = typefaceOf(FONTS);

    expect(typeface.width("iiii", 10, "regular")).toBeLessThan(typeface.width("mmmm", 10, "regular"));
    expect(typeface.width("mmmm", 20, "regular")).toBeCloseTo(2 * typeface.width("mmmm", 10, "regular"));
  });
});

describe("colours", () => {
  test("leave a contrast of at least 4.5 to the words on them", () => {
    const pale = STATE_TYPES.filter((type) => {
      const { fill, word } = paintOf("task", type);
      return contrast(wordColour(type, fill), fill) < 4.5 || contrast(word, fill) < 4.5;
    });

    expect(pale).toEqual([]);
  });
});
