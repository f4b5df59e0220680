/** A layout as shapes and texts with colours: what the SVG and the PDF writer both draw, so that they look alike. */
import { baselines, lineWidth, SHEET, type Line, type Span } from "./box-text.ts";
import { GROUP_LABEL_SIZE, LABEL_SIZE } from "./dot.ts";
import type { Layout, PlacedArrow, PlacedBox, PlacedFrame, PlacedGroup, Point } from "./layout.ts";
import { INK, wordColour } from "./look.ts";
import type { Arrow, Group, Picture } from "./picture.ts";
import { wrapName } from "./printable.ts";
import { countedStates } from "./status.ts";
import { STATES } from "../state/task-state.ts";
import type { Typeface, Weight } from "./typeface.ts";

interface Stroked {
  readonly fill?: string;
  readonly stroke?: string;
  readonly strokeWidth?: number;
  /** Lengths of dashes and gaps. */
  readonly dash?: readonly [number, number];
}

export type Item =
  | ({
      readonly kind: "rect";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly radius: number;
    } & Stroked)
  | ({
      readonly kind: "ellipse";
      readonly x: number;
      readonly y: number;
      readonly rx: number;
      readonly ry: number;
    } & Stroked)
  /** `d`: an SVG path with absolute M, L, C, Q and Z. */
  | ({ readonly kind: "path"; readonly d: string } & Stroked)
  /** `x` is the left end, `y` the baseline. */
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly spans: readonly Span[];
      readonly size: number;
      readonly weight: Weight;
    };

/** Items that belong together. `about` is for a tooltip. */
export interface Part {
  readonly role: string;
  readonly about: string;
  readonly items: readonly Item[];
}

export interface Scene {
  readonly title: string;
  /** The drawing in words, for those who do not see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly parts: readonly Part[];
}

const MARGIN = 28;
const TITLE_SIZE = 18;
const SMALL = 12;

export function sceneOf(layout: Layout, typeface: Typeface): Scene {
  const { picture } = layout;
  const names = namesOf(picture);
  const head = headLines(layout, typeface);
  const headWidth = Math.max(0, ...head.map((line) => lineWidth(line, typeface)));
  const top = MARGIN + head.reduce((sum, line) => sum + line.size * 1.5, 0) + 18;
  const inner = Math.max(layout.width, headWidth, picture.notes.length === 0 ? 200 : 420);
  const left = MARGIN + (inner - layout.width) / 2;
  const foot = picture.notes
    .flatMap((note) => wrapName(note, Math.floor(inner / 6.2), 6))
    .map((text): Line => plainLine(text, SMALL, INK.muted));
  const footHeight = foot.length === 0 ? 0 : 18 + foot.length * SMALL * 1.5;
  const width = Math.ceil(inner + 2 * MARGIN);
  const height = Math.ceil(top + layout.height + footHeight + MARGIN);
  return {
    title: picture.title,
    description: describe(layout),
    width,
    height,
    parts: [
      { role: "paper", about: "", items: [{ kind: "rect", x: 0, y: 0, width, height, radius: 0, fill: INK.paper }] },
      { role: "head", about: "", items: stacked(head, MARGIN, MARGIN) },
      ...layout.groups.map((group) => groupPart(group, left, top)),
      ...layout.frames.map((frame) => framePart(frame, left, top)),
      ...layout.arrows.map((arrow) => arrowPart(arrow, names, left, top)),
      ...layout.boxes.map((box) => boxPart(box, left, top, typeface)),
      ...layout.groups.map((group) => groupName(group, left, top, typeface)),
      ...layout.arrows.flatMap((arrow) => labelPart(arrow, layout.groups, left, top, typeface)),
      ...(foot.length === 0
        ? []
        : [{ role: "note", about: "", items: stacked(foot, MARGIN, top + layout.height + 18) }]),
    ],
  };
}

function headLines({ picture, width }: Layout, typeface: Typeface): readonly Line[] {
  const states = countedStates(picture.counts ?? {}).map(
    ({ type, count }): Span => ({
      text: `${STATES[type].glyph} ${count.toLocaleString("en-US")} ${type}`,
      colour: wordColour(type, INK.paper),
    }),
  );
  return [
    ...wrapName(picture.title, 60, 2).map(
      (text): Line => ({ spans: [{ text, colour: INK.text }], size: TITLE_SIZE, weight: "bold" }),
    ),
    plainLine(picture.summary, SMALL, INK.muted),
    ...filled(states, Math.max(width, 420), typeface),
  ];
}

/** The states beside each other, on as many lines as they need. */
function filled(spans: readonly Span[], room: number, typeface: Typeface): readonly Line[] {
  const lines: Line[] = [];
  for (const span of spans) {
    const last = lines.at(-1);
    const longer: Line = {
      spans: [...(last?.spans ?? []), last === undefined ? span : { ...span, text: `     ${span.text}` }],
      size: SMALL,
      weight: "regular",
    };
    if (last !== undefined && lineWidth(longer, typeface) <= room) lines[lines.length - 1] = longer;
    else lines.push({ ...longer, spans: [span] });
  }
  return lines;
}

function plainLine(text: string, size: number, colour: string): Line {
  return { spans: [{ text, colour }], size, weight: "regular" };
}

function stacked(lines: readonly Line[], x: number, top: number): readonly Item[] {
  let y = top;
  return lines.map((line) => {
    y += line.size * 1.5;
    return { kind: "text", x, y: y - line.size * 0.5, ...line };
  });
}

function groupPart({ group, x, y, width, height }: PlacedGroup, left: number, top: number): Part {
  return {
    role: "group",
    about: group.name,
    items: [
      {
        kind: "rect",
        x: left + x,
        y: top + y,
        width,
        height,
        radius: 10,
        fill: ground(group),
        stroke: INK.clusterLine,
        strokeWidth: 1,
      },
    ],
  };
}

function framePart({ x, y, width, height }: PlacedFrame, left: number, top: number): Part {
  const items: readonly Item[] = [
    {
      kind: "rect",
      x: left + x,
      y: top + y,
      width,
      height,
      radius: 16,
      fill: INK.paper,
      stroke: INK.order,
      strokeWidth: 1.2,
    },
  ];
  return { role: "frame", about: "each of these has the arrows of the frame", items };
}

/** Over the arrows, so that they do not run through it. */
function groupName({ group, x, y }: PlacedGroup, left: number, top: number, typeface: Typeface): Part {
  const line: Line = { spans: [{ text: group.name, colour: INK.label }], size: GROUP_LABEL_SIZE, weight: "bold" };
  const patch: Item = {
    kind: "rect",
    x: left + x + 9,
    y: top + y + 6,
    width: lineWidth(line, typeface) + 6,
    height: 17,
    radius: 4,
    fill: ground(group),
  };
  return {
    role: "group-name",
    about: "",
    items: [patch, { kind: "text", x: left + x + 12, y: top + y + 18.5, ...line }],
  };
}

function ground(group: Group): string {
  return group.depth % 2 === 0 ? INK.cluster : INK.paper;
}

function boxPart(placed: PlacedBox, left: number, top: number, typeface: Typeface): Part {
  const { box, lines, paint } = placed;
  const sheets = box.shape === "mapped" || box.shape === "folded" ? 2 * SHEET : 0;
  const { width } = placed;
  const height = placed.height - sheets;
  const x = left + placed.x;
  const y = top + placed.y + sheets / 2;
  const texts = baselines(lines, y).map((baseline, at): Item | undefined => {
    const line = lines[at];
    return line === undefined
      ? undefined
      : { kind: "text", x: x - lineWidth(line, typeface) / 2, y: baseline, ...line };
  });
  const look = { fill: paint.fill, stroke: paint.stroke, strokeWidth: box.status === undefined ? 1.2 : 1.6 };
  const state = box.status === undefined ? "" : ` (${box.status.state})`;
  return {
    role: box.shape,
    about: `${box.about}${state}`,
    items: [...outlines(placed, x, y, width, height, look), ...texts.flatMap((item) => item ?? [])],
  };
}

type Look = Required<Pick<Stroked, "fill" | "stroke" | "strokeWidth">>;

/** `x`, `y`: the middle of the front sheet. */
function outlines(
  { box }: PlacedBox,
  x: number,
  y: number,
  width: number,
  height: number,
  look: Look,
): readonly Item[] {
  // Sheets behind the front one are narrower and stick out above it, where most arrows come in.
  const rect = (sheet: number, radius: number): Item => ({
    kind: "rect",
    x: x - width / 2 + 5 * sheet,
    y: y - height / 2 - SHEET * sheet,
    width: width - 10 * sheet,
    height,
    radius,
    ...look,
  });
  switch (box.shape) {
    case "task":
      return [{ kind: "ellipse", x, y, rx: width / 2, ry: height / 2, ...look }];
    case "branch":
      return [{ kind: "path", d: diamond(x, y, width / 2, height / 2), ...look }];
    case "parameter":
    case "choose":
    case "merge":
      return [rect(0, Math.min(9, height / 2))];
    case "mapped":
    case "folded":
      return [rect(2, 5), rect(1, 5), rect(0, 5)];
  }
}

/** A diamond with slightly rounded corners. */
function diamond(x: number, y: number, rx: number, ry: number): string {
  const corners: readonly Point[] = [
    { x, y: y - ry },
    { x: x + rx, y },
    { x, y: y + ry },
    { x: x - rx, y },
  ];
  const cut = 6 / Math.hypot(rx, ry);
  const pieces = corners.map((corner, at) => {
    const before = between(corner, corners[(at + 3) % 4] ?? corner, cut);
    const after = between(corner, corners[(at + 1) % 4] ?? corner, cut);
    return `${at === 0 ? "M" : "L"}${pair(before)} Q${pair(corner)} ${pair(after)}`;
  });
  return `${pieces.join(" ")} Z`;
}

function between(from: Point, to: Point, share: number): Point {
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function arrowPart(
  { arrow, curve, tip }: PlacedArrow,
  names: ReadonlyMap<string, string>,
  left: number,
  top: number,
): Part {
  const colour = arrow.kind === "order" ? INK.order : INK.arrow;
  const moved = (point: Point): Point => ({ x: left + point.x, y: top + point.y });
  const [start = tip, ...rest] = curve.map(moved);
  const bends = Array.from(
    { length: Math.floor(rest.length / 3) },
    (_, at) =>
      `C${rest
        .slice(3 * at, 3 * at + 3)
        .map(pair)
        .join(" ")}`,
  );
  const line: Item = {
    kind: "path",
    d: `M${pair(start)} ${bends.join(" ")}`,
    stroke: colour,
    strokeWidth: 1.3,
    ...(arrow.kind === "order" ? { dash: [5, 4] as const } : {}),
  };
  return {
    role: arrow.kind,
    about: arrowText(arrow, names),
    items: [line, head(rest.at(-1) ?? start, moved(tip), colour)],
  };
}

/** A slim head from the end of the line to the tip. */
function head(end: Point, tip: Point, colour: string): Item {
  const length = Math.hypot(tip.x - end.x, tip.y - end.y) || 1;
  const along = { x: (tip.x - end.x) / length, y: (tip.y - end.y) / length };
  const back = { x: tip.x - along.x * 8, y: tip.y - along.y * 8 };
  const wing = (side: number): Point => ({ x: back.x - along.y * 3.4 * side, y: back.y + along.x * 3.4 * side });
  return {
    kind: "path",
    d: `M${pair(tip)} L${pair(wing(1))} L${pair(wing(-1))} Z`,
    fill: colour,
    stroke: colour,
    strokeWidth: 0.8,
  };
}

/** The label on a patch of what is behind it, so that no other arrow runs through its letters. */
function labelPart(
  { arrow, label }: PlacedArrow,
  groups: readonly PlacedGroup[],
  left: number,
  top: number,
  typeface: Typeface,
): readonly Part[] {
  if (label === undefined) return [];
  const line = plainLine(arrow.label, LABEL_SIZE, INK.label);
  const width = lineWidth(line, typeface);
  const behind = groups.findLast(
    (group) =>
      label.x > group.x && label.x < group.x + group.width && label.y > group.y && label.y < group.y + group.height,
  );
  // Graphviz puts a label at the right of its arrow, and the arrow has a width.
  const x = left + label.x - width / 2 + 1.5;
  const y = top + label.y;
  const patch: Item = {
    kind: "rect",
    x,
    y: y - 7,
    width: width + 2,
    height: 14,
    radius: 4,
    fill: behind === undefined ? INK.paper : ground(behind.group),
  };
  return [{ role: "label", about: "", items: [patch, { kind: "text", x, y: y + LABEL_SIZE * 0.36, ...line }] }];
}

function pair(point: Point): string {
  return `${Math.round(point.x * 100) / 100} ${Math.round(point.y * 100) / 100}`;
}

/** Summary and, in a drawing a person could listen to, every arrow and state. */
function describe({ picture }: Layout): string {
  const names = namesOf(picture);
  const states = picture.boxes.flatMap((box) => (box.status === undefined ? [] : [`${box.name}: ${box.status.state}`]));
  const arrows = picture.arrows.map((arrow) => arrowText(arrow, names));
  const sentences = [
    `Flow with ${picture.summary}`,
    ...(arrows.length <= 60 ? [arrows.join(", "), states.join(", ")] : []),
    ...picture.notes,
  ];
  return `${sentences.filter((sentence) => sentence !== "").join(". ")}.`;
}

function namesOf(picture: Picture): ReadonlyMap<string, string> {
  return new Map(picture.boxes.map((box) => [box.id, box.name]));
}

/** "parse → store (rows)". A frame has no name. */
function arrowText(arrow: Arrow, names: ReadonlyMap<string, string>): string {
  const how = arrow.kind === "order" ? " (order only)" : arrow.label === "" ? "" : ` (${arrow.label})`;
  return `${names.get(arrow.from) ?? "each"} → ${names.get(arrow.to) ?? "each"}${how}`;
}
