/**
 * Decisions before the layout that keep a drawing near the shape of a page.
 *
 * Graphviz puts all siblings on one line, so a fan-out of hundreds becomes a ribbon. Boxes with exactly the same
 * neighbours therefore stand in one frame, as a grid, and share their arrows; a drawing that would still be very
 * wide flows from left to right. (Spreading them over several rows of the layout was tried: three hundred arrows
 * beside each other are as wide as the boxes were.) Many parts that nothing connects stand in rows, like the boxes of
 * a frame.
 */
import type { SizedBox } from "./box-text.ts";
import type { Arrow, Picture } from "./picture.ts";

/** Boxes that are laid out as one. */
export interface Frame {
  readonly id: string;
  readonly group: number | undefined;
  readonly members: readonly SizedBox[];
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly width: number;
  readonly height: number;
}

/** From top to bottom, or from left to right: as Graphviz calls them. */
export type Direction = "TB" | "LR";

/** What Graphviz gets: boxes and frames, and arrows between them. */
export interface Arrangement {
  readonly direction: Direction;
  readonly boxes: readonly SizedBox[];
  readonly frames: readonly Frame[];
  readonly arrows: readonly Arrow[];
  /** Where there are many parts that nothing connects: how many of them stand in a row. */
  readonly columns: number | undefined;
}

/** Twins up to this many stand side by side like any others. */
const SIDE_BY_SIDE_MAX = 10;
/** A drawing may be this many times wider than high before it flows sideways. */
const WIDE = 3;
/** Fewer parts than this stand beside each other. */
const PARTS_MIN = 12;
/** Parts are put in rows where none is so many times larger than they are on average. */
const LARGEST_PART = 4;
/** Between the boxes in a frame, and around them. */
export const FRAME_GAP = 14;

/**
 * @param framed false: each box on its own, for readers that lay out themselves.
 * @param asked the direction that is wanted; default: the one whose drawing is nearer to a page.
 */
export function arrange(
  picture: Picture,
  sizes: readonly SizedBox[],
  framed: boolean,
  asked?: Direction | undefined,
): Arrangement {
  const frames = framed ? twins(picture, sizes).map(frameOf) : [];
  const frameOfBox = new Map(frames.flatMap((frame) => frame.members.map(({ box }) => [box.id, frame.id] as const)));
  const arrows = new Map<string, Arrow>();
  for (const old of picture.arrows) {
    const arrow = { ...old, from: frameOfBox.get(old.from) ?? old.from, to: frameOfBox.get(old.to) ?? old.to };
    arrows.set(`${arrow.from} ${arrow.to} ${arrow.kind} ${arrow.label}`, arrow);
  }
  const boxes = sizes.filter(({ box }) => !frameOfBox.has(box.id));
  const arranged = { boxes, frames, arrows: [...arrows.values()] };
  const columns = picture.groups.length === 0 && asked !== "LR" ? columnsOf(arranged) : undefined;
  const direction = asked ?? (columns === undefined ? directionOf(arranged) : "TB");
  return { ...arranged, columns, direction };
}

type Parts = Pick<Arrangement, "boxes" | "frames" | "arrows">;

/** So many that the whole is about twice as wide as high. */
function columnsOf({ boxes, frames, arrows }: Parts): number | undefined {
  const partOf = new Map<string, string>(
    [...boxes.map(({ box }) => box.id), ...frames.map(({ id }) => id)].map((id) => [id, id]),
  );
  const rootOf = (id: string): string => {
    let root = id;
    while (partOf.get(root) !== root) root = partOf.get(root) ?? root;
    partOf.set(id, root);
    return root;
  };
  for (const { from, to } of arrows) partOf.set(rootOf(from), rootOf(to));
  const parts = new Map<string, number>();
  for (const id of partOf.keys()) parts.set(rootOf(id), (parts.get(rootOf(id)) ?? 0) + 1);
  const largest = Math.max(0, ...parts.values());
  if (parts.size < PARTS_MIN || largest > (LARGEST_PART * partOf.size) / parts.size) return undefined;
  const ranks = ranksOf([...partOf.keys()], arrows).length;
  const height = ranks * (Math.max(0, ...boxes.map((box) => box.height)) + 50);
  const width = (largest / ranks + 1) * Math.max(0, ...boxes.map((box) => box.width));
  return Math.max(2, Math.round(Math.sqrt((2 * parts.size * height) / width)));
}

/** Many boxes of one group with the same upstreams and downstreams under the same labels. */
function twins(picture: Picture, sizes: readonly SizedBox[]): readonly (readonly SizedBox[])[] {
  const neighbours = new Map<string, string[]>(picture.boxes.map((box) => [box.id, []]));
  for (const arrow of picture.arrows) {
    neighbours.get(arrow.to)?.push(`<${arrow.from} ${arrow.kind} ${arrow.label}`);
    neighbours.get(arrow.from)?.push(`>${arrow.to} ${arrow.kind} ${arrow.label}`);
  }
  const classes = new Map<string, SizedBox[]>();
  for (const size of sizes) {
    const { id, shape, group } = size.box;
    const look = (neighbours.get(id) ?? []).sort().join("\n");
    if (look === "" || shape === "branch" || shape === "choose" || shape === "merge") continue;
    const key = `${shape} ${group ?? ""}\n${look}`;
    const members = classes.get(key);
    if (members === undefined) classes.set(key, [size]);
    else members.push(size);
  }
  return [...classes.values()].filter((members) => members.length > SIDE_BY_SIDE_MAX);
}

function frameOf(members: readonly SizedBox[], index: number): Frame {
  const cellWidth = Math.max(...members.map((member) => member.width)) + FRAME_GAP;
  const cellHeight = Math.max(...members.map((member) => member.height)) + FRAME_GAP;
  // About twice as wide as high.
  const columns = Math.max(2, Math.round(Math.sqrt((2 * members.length * cellHeight) / cellWidth)));
  const rows = Math.ceil(members.length / columns);
  return {
    id: `b${index}`,
    group: members[0]?.box.group,
    members,
    columns,
    cellWidth,
    cellHeight,
    width: columns * cellWidth - FRAME_GAP + 2 * FRAME_GAP,
    height: rows * cellHeight - FRAME_GAP + 2 * FRAME_GAP,
  };
}

function directionOf({ boxes, frames, arrows }: Parts): Direction {
  const sizes = new Map<string, { readonly width: number; readonly height: number }>([
    ...boxes.map((box) => [box.box.id, box] as const),
    ...frames.map((frame) => [frame.id, frame] as const),
  ]);
  const topDown = { across: 0, along: 0 };
  const leftRight = { across: 0, along: 0 };
  for (const rank of ranksOf([...sizes.keys()], arrows)) {
    const inRank = rank.map((id) => sizes.get(id) ?? { width: 0, height: 0 });
    topDown.across = Math.max(
      topDown.across,
      inRank.reduce((sum, { width }) => sum + width + 24, 0),
    );
    topDown.along += Math.max(0, ...inRank.map(({ height }) => height)) + 50;
    leftRight.across = Math.max(
      leftRight.across,
      inRank.reduce((sum, { height }) => sum + height + 16, 0),
    );
    leftRight.along += Math.max(0, ...inRank.map(({ width }) => width)) + 90;
  }
  const ratio = topDown.across / Math.max(1, topDown.along);
  return ratio > WIDE && stretch(leftRight.along / Math.max(1, leftRight.across)) < stretch(ratio) ? "LR" : "TB";
}

function stretch(ratio: number): number {
  return Math.max(ratio, 1 / ratio);
}

/** Ids by their distance from the start. Cycles (folding groups can make them) stop at the number of boxes. */
function ranksOf(ids: readonly string[], arrows: readonly Arrow[]): readonly (readonly string[])[] {
  const ranks = new Map<string, number>(ids.map((id) => [id, 0]));
  // Relaxing until nothing moves: a drawing has at most some thousand arrows, most of them in order.
  for (let moved = true; moved; ) {
    moved = false;
    for (const { from, to } of arrows) {
      const rank = (ranks.get(from) ?? 0) + 1;
      if (rank <= (ranks.get(to) ?? 0) || rank >= ids.length) continue;
      ranks.set(to, rank);
      moved = true;
    }
  }
  const found: string[][] = [];
  for (const [id, rank] of ranks) {
    const inRank = found[rank];
    if (inRank === undefined) found[rank] = [id];
    else inRank.push(id);
  }
  return Array.from(found, (rank) => rank ?? []);
}
