/** Where everything goes: Graphviz in WebAssembly places boxes, arrows, labels and groups. Units are px, y grows downwards. */
import { present } from "../base/assert.ts";
import { arrange, FRAME_GAP, type Arrangement, type Direction, type Frame } from "./arrange.ts";
import { sized, type SizedBox } from "./box-text.ts";
import { dotOf, LABEL_SIZE } from "./dot.ts";
import type { Arrow, Group, Picture } from "./picture.ts";
import type { Typeface } from "./typeface.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `x`, `y`: the middle. */
export interface PlacedBox extends SizedBox, Point {}

export interface PlacedArrow {
  readonly arrow: Arrow;
  /** Bézier curves: a start, then three points per piece. */
  readonly curve: readonly Point[];
  readonly tip: Point;
  /** The middle of the label. */
  readonly label: Point | undefined;
}

/** `x`, `y`: the upper left corner. */
export interface PlacedGroup extends Point {
  readonly group: Group;
  readonly width: number;
  readonly height: number;
}

/** Around boxes that share their arrows. `x`, `y`: the upper left corner. */
export interface PlacedFrame extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly picture: Picture;
  readonly direction: Direction;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly frames: readonly PlacedFrame[];
  readonly arrows: readonly PlacedArrow[];
  /** Outer before inner. */
  readonly groups: readonly PlacedGroup[];
}

/** The DOT text of a picture, sizes included. */
export function dotText(picture: Picture, typeface: Typeface, asked?: Direction | undefined): string {
  return dotOf(picture, arrange(picture, sizes(picture, typeface), false, asked));
}

/** Takes about 1 ms per box up to some hundred boxes, more where many arrows cross. */
export async function layOut(picture: Picture, typeface: Typeface, asked?: Direction | undefined): Promise<Layout> {
  const arrangement = arrange(picture, sizes(picture, typeface), true, asked);
  const { instance } = await import("@viz-js/viz");
  const graphviz = await instance();
  return readLayout(
    picture,
    arrangement,
    JSON.parse(graphviz.renderString(dotOf(picture, arrangement), { format: "json0", engine: "dot" })) as GraphvizJson,
    typeface,
  );
}

function sizes(picture: Picture, typeface: Typeface): readonly SizedBox[] {
  return picture.boxes.map((box) => sized(box, typeface));
}

/** The part of Graphviz' `json0` output that is read: coordinates in points, y grows upwards. */
interface GraphvizJson {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos?: string; readonly bb?: string }[];
  readonly edges?: readonly { readonly id: string; readonly pos: string; readonly lp?: string }[];
}

function readLayout(picture: Picture, arrangement: Arrangement, json: GraphvizJson, typeface: Typeface): Layout {
  // Graphviz puts parts in rows with their boxes and arrows, and leaves the labels elsewhere.
  const labelPlace = (arrow: Arrow, asked: Point | undefined, curve: readonly Point[]): Point | undefined =>
    asked === undefined || arrangement.columns === undefined
      ? asked
      : beside(curve, typeface.width(arrow.label, LABEL_SIZE, "regular"));
  const [, , width = 0, height = 0] = numbers(json.bb);
  const point = (text: string): Point => {
    const [x = 0, y = 0] = numbers(text);
    return { x: rounded(x), y: rounded(height - y) };
  };
  const objects = new Map((json.objects ?? []).map((object) => [object.name, object]));
  const edges = new Map((json.edges ?? []).map((edge) => [edge.id, edge]));
  const placeOf = (id: string): Point => point(present(objects.get(id)?.pos, `the place of ${id}`));
  const frames = arrangement.frames.map((frame) => ({ frame, middle: placeOf(frame.id) }));
  return {
    picture,
    direction: arrangement.direction,
    width,
    height,
    boxes: [
      ...arrangement.boxes.map((box) => ({ ...box, ...placeOf(box.box.id) })),
      ...frames.flatMap(({ frame, middle }) => inFrame(frame, middle)),
    ],
    frames: frames.map(({ frame, middle }) => ({
      x: middle.x - frame.width / 2,
      y: middle.y - frame.height / 2,
      width: frame.width,
      height: frame.height,
    })),
    arrows: arrangement.arrows.map((arrow, index) => {
      const edge = present(edges.get(`e${index}`), `the course of arrow ${index}`);
      // "e,<tip> <start> <three points> …"; a curve in several parts has them behind ";".
      const [tip = "0,0", ...curve] = (edge.pos.split(";")[0] ?? "").split(" ");
      return {
        arrow,
        tip: point(tip.replace(/^e,/, "")),
        curve: curve.map(point),
        label: labelPlace(arrow, edge.lp === undefined ? undefined : point(edge.lp), curve.map(point)),
      };
    }),
    groups: picture.groups.flatMap((group, index): PlacedGroup[] => {
      const bb = objects.get(`cluster_${index}`)?.bb;
      if (bb === undefined) return [];
      const [left = 0, bottom = 0, right = 0, top = 0] = numbers(bb);
      return [
        {
          group,
          x: rounded(left),
          y: rounded(height - top),
          width: rounded(right - left),
          height: rounded(top - bottom),
        },
      ];
    }),
  };
}

const ORIGIN: Point = { x: 0, y: 0 };
/** Between an arrow and its label. */
const LABEL_GAP = 5;

/** Right of the middle of an arrow. */
function beside(curve: readonly Point[], width: number): Point {
  const [first, last] = [curve[0] ?? ORIGIN, curve.at(-1) ?? ORIGIN];
  return { x: rounded((first.x + last.x) / 2 + width / 2 + LABEL_GAP), y: rounded((first.y + last.y) / 2) };
}

/** The members of a frame, row by row. */
function inFrame(
  { members, columns, cellWidth, cellHeight, width, height }: Frame,
  middle: Point,
): readonly PlacedBox[] {
  const left = middle.x - width / 2 + FRAME_GAP;
  const top = middle.y - height / 2 + FRAME_GAP;
  return members.map((box, index) => ({
    ...box,
    x: rounded(left + (index % columns) * cellWidth + (cellWidth - FRAME_GAP) / 2),
    y: rounded(top + Math.floor(index / columns) * cellHeight + (cellHeight - FRAME_GAP) / 2),
  }));
}

function numbers(text: string): readonly number[] {
  return text.split(",").map(Number);
}

/** Hundredths of a px: shorter files, and no noise in the last digits. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
