/** What an arrow of a run carries, in words at its middle: type and size of each value, as the server knows them. */
import type { CarriedValue, CarriedValues, FlowGraph, LayoutArrow, Point } from "../../../src/server/contract.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import type { LookedAt } from "../graph/use-edges.ts";
import type { Camera, Size } from "../graph/camera.ts";
import { visible } from "../visible.ts";
import type { Words } from "../words/en.ts";
import { useWords } from "../words/words.tsx";

export interface EdgeTipProps extends LookedAt {
  readonly run: string;
}

const WIDTH_PX_MAX = 300;
const MARGIN_PX = 14;
/** Below the arrow's middle where there is no room above it. */
const ABOVE_PX_MIN = 110;

export function EdgeTip({ graph, arrow, camera, room, run, onEnter, onLeave }: EdgeTipProps) {
  const words = useWords();
  const { from, to } = endsOf(graph, arrow);
  const isOne = from?.nodes.length === 1 && to?.nodes.length === 1;
  const resource = isOne ? resources.carried(run, from.nodes[0] ?? "", to.nodes[0] ?? "") : undefined;
  const { data, trouble } = useSnapshot(arrow.kind === "data" ? resource : undefined, { refreshOn: [`tasks:${run}`] });
  const { place, style } = placeOf(graph, arrow, camera, room);
  const lines = trouble === undefined ? linesOf(words, arrow, isOne, data) : [words.edge.unknown];
  return (
    <div
      className="edge-tip"
      role="status"
      data-place={place}
      style={style}
      onPointerEnter={onEnter}
      onPointerLeave={onLeave}
    >
      <p className="edge-ends">
        {visible(from?.name ?? arrow.from)} → {visible(to?.name ?? arrow.to)}
      </p>
      {lines?.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: arguments have places, and lines may repeat
        <p key={at}>{line}</p>
      )) ?? <p className="muted">…</p>}
    </div>
  );
}

/** Off the boxes the arrow joins: beside an arrow that goes down, above or below one that goes to the right. */
function placeOf({ layout }: FlowGraph, arrow: LayoutArrow, camera: Camera, room: Size) {
  const middle = middleOf(arrow);
  const x = Math.min(room.width, Math.max(0, (middle.x - camera.x) * camera.zoom));
  const top = Math.min(room.height, Math.max(0, (middle.y - camera.y) * camera.zoom));
  if (layout.direction === "down") {
    const place = x < room.width / 2 ? "right" : "left";
    const space = place === "right" ? room.width - x : x;
    return { place, style: { left: x, top, maxWidth: Math.min(WIDTH_PX_MAX, space - 2 * MARGIN_PX) } };
  }
  const half = WIDTH_PX_MAX / 2 + MARGIN_PX;
  const left = room.width < 2 * half ? room.width / 2 : Math.min(room.width - half, Math.max(half, x));
  const maxWidth = Math.min(WIDTH_PX_MAX, room.width - 2 * MARGIN_PX);
  return { place: top < ABOVE_PX_MIN ? "below" : "above", style: { left, top, maxWidth } };
}

function endsOf({ layout: { boxes } }: FlowGraph, arrow: LayoutArrow) {
  return { from: boxes.find(({ id }) => id === arrow.from), to: boxes.find(({ id }) => id === arrow.to) };
}

/** Undefined: it is being asked for. */
function linesOf(
  words: Words,
  { kind, label }: LayoutArrow,
  isOne: boolean,
  data: CarriedValues | undefined,
): readonly string[] | undefined {
  if (kind === "order") return [words.edge.order];
  if (kind === "case") return [words.edge.case(visible(label))];
  if (!isOne) return [words.edge.several];
  if (data === undefined) return undefined;
  if (data.values.length === 0) return [words.edge.nothing(words.states[data.state])];
  const more = data.carries - data.values.length;
  return [...data.values.map((value) => lineOf(words, value)), ...(more > 0 ? [words.edge.more(more)] : [])];
}

/** `rows: list of 12, 340 bytes`. */
function lineOf(words: Words, { label, type, bytes, kept, each, path }: CarriedValue): string {
  const what =
    kept === "not-kept" || type === ""
      ? [words.edge.notKept]
      : [
          words.drawer.typeOf(type),
          ...(bytes !== undefined
            ? [words.drawer.bytes(bytes)]
            : kept === "kept" && isSized(type)
              ? [words.edge.large]
              : []),
        ];
  const place = path === undefined ? "" : ` (${visible(path)})`;
  return `${visible(label)}${place}: ${[...what, ...(each ? [words.edge.each] : [])].join(", ")}`;
}

/** The name of an error has no size. */
const isSized = (type: string) => / of \d| with \d/.test(type);

/** Half way along. */
export function middleOf({ curve, tip }: LayoutArrow): Point {
  const pieces = Math.floor((curve.length - 1) / 3);
  const first = curve[3 * Math.floor(pieces / 2)] ?? tip;
  if (pieces % 2 === 0) return first;
  const from = 3 * Math.floor(pieces / 2);
  const [a, b, c] = [curve[from + 1] ?? first, curve[from + 2] ?? tip, curve[from + 3] ?? tip];
  return { x: (first.x + 3 * a.x + 3 * b.x + c.x) / 8, y: (first.y + 3 * a.y + 3 * b.y + c.y) / 8 };
}
