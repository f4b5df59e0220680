/**
 * The graph as plain text for a terminal: one row per box, upstream before downstream, and on the right where
 * each of its arguments comes from. No escape sequences: it reads the same in a pipe.
 */
import type { Arrow, Box, Picture, Shape } from "./picture.ts";
import { columnsOf, cutTo, printable, wrapName } from "./printable.ts";
import { countedStates, countText, stateText } from "./status.ts";
import { STATES } from "../state/task-state.ts";

const WIDTH = 80;
const NAME_MAX = 36;

const SIGNS = {
  task: "●",
  mapped: "▤",
  branch: "◇",
  choose: "◆",
  merge: "◆",
  parameter: "□",
  folded: "▣",
} as const satisfies Record<Shape, string>;
const WORDS = {
  task: "",
  mapped: "<map>",
  branch: "(branch)",
  choose: "(choice)",
  merge: "(merge)",
  parameter: "(parameter)",
  folded: "",
} as const satisfies Record<Shape, string>;

/** @param width columns that may be used, at least 40. */
export function terminalText(picture: Picture, width = WIDTH): string {
  const rows = upstreamFirst(picture).map((box) => ({ box, title: titleOf(box, picture) }));
  const nameWidth = Math.min(
    NAME_MAX,
    Math.floor(width / 2),
    Math.max(0, ...rows.map(({ title }) => columnsOf(title))),
  );
  const hasRun = picture.boxes.some((box) => box.status !== undefined);
  const stateWidth = hasRun ? Math.min(20, Math.max(...picture.boxes.map((box) => columnsOf(statusText(box))))) : 0;
  const incoming = new Map<string, Arrow[]>();
  for (const arrow of picture.arrows) incoming.set(arrow.to, [...(incoming.get(arrow.to) ?? []), arrow]);
  const names = new Map(picture.boxes.map((box) => [box.id, box.name]));

  const lines = rows.flatMap(({ box, title }) => {
    const name = `${SIGNS[box.shape]} ${padded(cutTo(title, nameWidth), nameWidth)}`;
    const left = hasRun ? `${name}  ${padded(cutTo(statusText(box), stateWidth), stateWidth)}` : name;
    const room = width - columnsOf(left) - 2;
    const sources = (incoming.get(box.id) ?? []).map((arrow) => cutTo(sourceText(arrow, names), room));
    const [first = "", ...others] = sources;
    return [`${left}  ${first}`, ...others.map((text) => `${" ".repeat(columnsOf(left))}  ${text}`)].map((line) =>
      line.trimEnd(),
    );
  });
  return `${[...heading(picture, width), "", ...lines, ...footing(picture, width)].join("\n")}\n`;
}

function heading(picture: Picture, width: number): readonly string[] {
  const states = countedStates(picture.counts ?? {}).map(
    ({ type, count }) => `${STATES[type].glyph} ${count.toLocaleString("en-US")} ${type}`,
  );
  return [
    cutTo(picture.title, width),
    picture.summary,
    ...(states.length === 0 ? [] : wrapName(states.join("   "), width, 3)),
  ];
}

function footing(picture: Picture, width: number): readonly string[] {
  const order = picture.arrows.some((arrow) => arrow.kind === "order") ? ["⇠ order only, no data"] : [];
  const notes = [...order, ...picture.notes.flatMap((note) => wrapName(note, width, 6))];
  return notes.length === 0 ? [] : ["", ...notes];
}

function titleOf(box: Box, picture: Picture): string {
  const path: string[] = [];
  for (let at = box.group; at !== undefined; at = picture.groups[at]?.parent)
    path.unshift(picture.groups[at]?.name ?? "");
  const detail =
    box.shape === "folded"
      ? `(${box.detail})`
      : box.shape === "parameter" && box.detail !== ""
        ? box.detail
        : [WORDS[box.shape], box.detail === "" ? "" : `(${box.detail})`].filter(Boolean).join(" ");
  return [...path, `${box.name}${detail === "" ? "" : ` ${detail}`}`].join(" › ");
}

function statusText(box: Box): string {
  if (box.status === undefined) return "";
  const counts = countedStates(box.status.children ?? {});
  return counts.length === 0
    ? stateText(box.status.state)
    : `${stateText(box.status.state)}: ${counts.map(({ type, count }) => countText(type, count)).join(" ")}`;
}

function sourceText(arrow: Arrow, names: ReadonlyMap<string, string>): string {
  const from = names.get(arrow.from) ?? "";
  if (arrow.kind === "order") return `⇠ ${from}`;
  if (arrow.kind === "case") return `◇ ${from} is ${printable(arrow.label)}`;
  return arrow.label === "" || arrow.label === from ? `← ${from}` : `← ${from} (${arrow.label})`;
}

function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

/** Boxes as they could run; among those that are free, in the order of the picture. Cycles made by folding come last. */
function upstreamFirst(picture: Picture): readonly Box[] {
  const missing = new Map<string, number>(picture.boxes.map((box) => [box.id, 0]));
  const downstreams = new Map<string, string[]>(picture.boxes.map((box) => [box.id, []]));
  for (const { from, to } of picture.arrows) {
    missing.set(to, (missing.get(to) ?? 0) + 1);
    downstreams.get(from)?.push(to);
  }
  const order = new Set<Box>();
  const byId = new Map(picture.boxes.map((box) => [box.id, box]));
  const visit = (start: Box): void => {
    const free = [start];
    for (let box = free.shift(); box !== undefined; box = free.shift()) {
      order.add(box);
      for (const id of downstreams.get(box.id) ?? []) {
        const left = (missing.get(id) ?? 0) - 1;
        missing.set(id, left);
        const down = byId.get(id);
        if (left === 0 && down !== undefined) free.push(down);
      }
    }
  };
  for (const box of picture.boxes) if ((missing.get(box.id) ?? 0) === 0 && !order.has(box)) visit(box);
  for (const box of picture.boxes) order.add(box);
  return [...order];
}
