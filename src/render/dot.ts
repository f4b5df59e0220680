/**
 * DOT: what Graphviz reads, and what every other drawing of ours is laid out from.
 *
 * Box sizes are fixed because we know our fonts and Graphviz, here without any, does not. Language: graphviz.org/doc/info/lang.html.
 */
import type { Arrangement, Frame } from "./arrange.ts";
import type { SizedBox } from "./box-text.ts";
import { INK } from "./look.ts";
import type { Arrow, Picture, Shape } from "./picture.ts";

const SHAPES = {
  task: { shape: "ellipse", style: "filled" },
  mapped: { shape: "box", style: "filled" },
  branch: { shape: "diamond", style: "filled" },
  choose: { shape: "box", style: "rounded,filled" },
  merge: { shape: "box", style: "rounded,filled" },
  parameter: { shape: "box", style: "rounded,filled" },
  folded: { shape: "box", style: "filled,dashed" },
} as const satisfies Record<Shape, { readonly shape: string; readonly style: string }>;

/** What our writers draw labels with. Graphviz guesses widths of a narrower font, so it is told a larger size. */
export const LABEL_SIZE = 11;
const LABEL_SIZE_ASKED = 13;
export const GROUP_LABEL_SIZE = 12;
/** Around parts that nothing connects, where they stand in rows. */
const PART_GAP = 14;

export function dotOf(picture: Picture, { boxes, frames, arrows, direction, columns }: Arrangement): string {
  return [
    `digraph ${quoted(picture.title)} {`,
    // Fewer crossings than the default are not worth their time in a large drawing.
    `  graph [${attributes({
      rankdir: direction,
      nodesep: direction === "TB" ? 0.32 : 0.2,
      ranksep: 0.42,
      fontname: "Helvetica",
      fontsize: GROUP_LABEL_SIZE,
      margin: 0,
      pad: 0,
      charset: "utf-8",
      ...(columns === undefined ? {} : { pack: PART_GAP, packmode: `array_i${columns}` }),
      ...(boxes.length > 300 ? { nslimit: 4, nslimit1: 4, mclimit: 0.5 } : {}),
    })}];`,
    `  node [${attributes({ fontname: "Helvetica", fontsize: 13, fixedsize: true, penwidth: 1.2 })}];`,
    `  edge [${attributes({ fontname: "Helvetica", fontsize: LABEL_SIZE_ASKED, color: INK.arrow, fontcolor: INK.label, arrowsize: 0.7 })}];`,
    ...clusters(picture, boxes, frames),
    ...arrows.map(arrowLine),
    ...picture.notes.map((note) => `  // ${note}`),
    "}",
    "",
  ].join("\n");
}

/** Boxes outside groups, then the groups as nested clusters. Groups without boxes are left out. */
function clusters(picture: Picture, boxes: readonly SizedBox[], frames: readonly Frame[]): readonly string[] {
  const inside: string[][] = picture.groups.map(() => []);
  const outside: string[] = [];
  const within = (group: number | undefined): string[] => (group === undefined ? outside : (inside[group] ?? outside));
  const indent = (group: number | undefined): string =>
    "  ".repeat(group === undefined ? 1 : (picture.groups[group]?.depth ?? 0) + 2);
  for (const sizedBox of boxes) within(sizedBox.box.group).push(`${indent(sizedBox.box.group)}${boxLine(sizedBox)}`);
  for (const frame of frames) {
    within(frame.group).push(
      `${indent(frame.group)}${frame.id} [${attributes({ shape: "box", label: "", width: inches(frame.width), height: inches(frame.height) })}];`,
    );
  }
  // A group stands behind the group around it, so from the last to the first each one is complete when it is reached.
  for (const [index, group] of Array.from(picture.groups.entries()).reverse()) {
    const lines = inside[index] ?? [];
    if (lines.length === 0) continue;
    const look = attributes({
      label: labelText(group.name),
      labeljust: "l",
      style: "rounded,filled",
      color: INK.clusterLine,
      fillcolor: INK.cluster,
      fontcolor: INK.label,
      margin: 14,
    });
    within(group.parent).push(
      `${indent(group.parent)}subgraph cluster_${index} {`,
      `${indent(index)}graph [${look}];`,
      ...lines,
      `${indent(group.parent)}}`,
    );
  }
  return outside;
}

function boxLine({ box, lines, paint, width, height }: SizedBox): string {
  const label = lines.map((line) => labelText(line.spans.map((span) => span.text).join(""))).join("\\n");
  return `${box.id} [${attributes({
    ...SHAPES[box.shape],
    label,
    width: inches(width),
    height: inches(height),
    color: paint.stroke,
    fillcolor: paint.fill,
    fontcolor: paint.word,
    tooltip: labelText(box.about),
  })}];`;
}

function arrowLine(arrow: Arrow, index: number): string {
  const look = {
    id: `e${index}`,
    ...(arrow.label === "" ? {} : { label: labelText(arrow.label) }),
    ...(arrow.kind === "order" ? { style: "dashed", color: INK.order } : {}),
  };
  return `  ${arrow.from} -> ${arrow.to} [${attributes(look)}];`;
}

/** Values that are text must have gone through `labelText` where Graphviz reads escapes in them. */
function attributes(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${typeof value === "string" ? `"${value.replaceAll('"', '\\"')}"` : value}`)
    .join(", ");
}

/** For escString attributes: no escapes (`\N`), no HTML entities. */
function labelText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("&", "&amp;");
}

/** A quoted ID. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function inches(px: number): number {
  return Math.round((px / 72) * 1_000) / 1_000;
}
