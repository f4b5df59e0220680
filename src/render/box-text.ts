/** What is written in each box, and how large the box must be for it. Sizes in px (1 px = 1 point of the layout). */
import type { Box, Shape } from "./picture.ts";
import { INK, paintOf, wordColour, type Paint } from "./look.ts";
import { wrapName } from "./printable.ts";
import { colouringState, countedStates, countText, stateText } from "./status.ts";
import type { Typeface, Weight } from "./typeface.ts";

export interface Span {
  readonly text: string;
  readonly colour: string;
}

/** One line of text; `size` is the font size. */
export interface Line {
  readonly spans: readonly Span[];
  readonly size: number;
  readonly weight: Weight;
}

/** A box with its text and size. Sheets behind it (mapped, folded) are inside the size. */
export interface SizedBox {
  readonly box: Box;
  readonly lines: readonly Line[];
  readonly paint: Paint;
  readonly width: number;
  readonly height: number;
}

/** How far each of the two sheets behind a mapped or folded box sticks out above the one before it. */
export const SHEET = 4;
const LEADING = 1.36;

const ROOM = {
  task: { size: 13.5, padX: 18, height: 40, columns: 28 },
  mapped: { size: 13.5, padX: 18, height: 38, columns: 28 },
  branch: { size: 13, padX: 10, height: 52, columns: 22 },
  choose: { size: 11, padX: 10, height: 22, columns: 24 },
  merge: { size: 11, padX: 10, height: 22, columns: 24 },
  parameter: { size: 12.5, padX: 12, height: 28, columns: 28 },
  folded: { size: 13.5, padX: 18, height: 38, columns: 30 },
} as const satisfies Record<
  Shape,
  { readonly size: number; readonly padX: number; readonly height: number; readonly columns: number }
>;

export function sized(box: Box, typeface: Typeface): SizedBox {
  const paint = paintOf(box.shape, box.status === undefined ? undefined : colouringState(box.status));
  const lines = linesOf(box, paint);
  const width = Math.max(0, ...lines.map((line) => lineWidth(line, typeface)));
  const height = lines.reduce((sum, line) => sum + line.size * LEADING, 0);
  return { box, lines, paint, ...outline(box.shape, width, height) };
}

export function lineWidth(line: Line, typeface: Typeface): number {
  return line.spans.reduce((sum, span) => sum + typeface.width(span.text, line.size, line.weight), 0);
}

/** The baselines of lines stacked around the middle `y`. */
export function baselines(lines: readonly Line[], y: number): readonly number[] {
  let top = y - lines.reduce((sum, line) => sum + line.size * LEADING, 0) / 2;
  return lines.map((line) => {
    const baseline = top + line.size * (LEADING / 2 + 0.36);
    top += line.size * LEADING;
    return baseline;
  });
}

function linesOf(box: Box, paint: Paint): readonly Line[] {
  const { size, columns } = ROOM[box.shape];
  const small = box.shape === "choose" || box.shape === "merge";
  const name = wrapName(box.name, columns, 3).map(
    (text): Line => ({ spans: [{ text, colour: paint.word }], size, weight: small ? "regular" : "bold" }),
  );
  if (box.shape === "parameter") return inline(box, name, size);
  if (box.shape === "mapped") name.push({ spans: [{ text: "<map>", colour: INK.muted }], size: 11, weight: "regular" });
  const detail =
    box.detail === ""
      ? []
      : [{ spans: [{ text: box.detail, colour: INK.label }], size: 11, weight: "regular" } as const];
  return [...mapOnOneLine(name), ...detail, ...statusLines(box, paint)];
}

/** "size = 10" on one line. */
function inline(box: Box, name: readonly Line[], size: number): readonly Line[] {
  const last = name.at(-1);
  if (box.detail === "" || last === undefined) return name;
  return [
    ...name.slice(0, -1),
    { ...last, size, spans: [...last.spans, { text: ` ${box.detail}`, colour: INK.muted }] },
  ];
}

/** "send_sms <map>" where the name takes one line; else `<map>` has its own. */
function mapOnOneLine(lines: readonly Line[]): readonly Line[] {
  const [name, map] = lines;
  if (lines.length !== 2 || name === undefined || map?.spans[0]?.text !== "<map>") return lines;
  return [{ ...name, spans: [...name.spans, { text: " <map>", colour: INK.muted }] }];
}

function statusLines(box: Box, paint: Paint): readonly Line[] {
  const { status } = box;
  if (status === undefined) return [];
  const state: Line = {
    spans: [{ text: stateText(status.state), colour: wordColour(status.state, paint.fill) }],
    size: 11.5,
    weight: "regular",
  };
  const counts = countedStates(status.children ?? {});
  if (counts.length === 0) return [state];
  const spans = counts.map(
    ({ type, count }, at): Span => ({
      text: `${at === 0 ? "" : "   "}${countText(type, count)}`,
      colour: wordColour(type, paint.fill),
    }),
  );
  return [state, { spans, size: 11.5, weight: "regular" }];
}

function outline(
  shape: Shape,
  textWidth: number,
  textHeight: number,
): { readonly width: number; readonly height: number } {
  const room = ROOM[shape];
  const height = Math.max(room.height, textHeight + 16);
  if (shape === "task") {
    const tall = Math.max(room.height, textHeight * 1.35 + 14);
    // The corners of the text lie inside the ellipse: (w/2a)² + (h/2b)² < 1.
    return { width: Math.max(96, textWidth / Math.sqrt(1 - (textHeight / tall) ** 2) + 2 * room.padX), height: tall };
  }
  if (shape === "branch") {
    const tall = Math.max(room.height, textHeight * 2 + 22);
    return { width: textWidth / (1 - textHeight / tall) + 2 * room.padX, height: tall };
  }
  const sheets = shape === "mapped" || shape === "folded" ? 2 * SHEET : 0;
  const isSmall = shape === "choose" || shape === "merge";
  return {
    width: Math.max(isSmall ? 48 : 64, textWidth + 2 * room.padX),
    height: isSmall ? Math.max(room.height, textHeight + 8) : height + sheets,
  };
}
