/** Three lines of source with a mark under the column: enough to recognise the place without opening the file. */
import { relative, isAbsolute } from "node:path";
import { palette } from "./paint.ts";
import type { SourcePlace } from "./stack-frames.ts";

export interface FrameLook {
  readonly colour: boolean;
  /** Columns of the terminal: longer lines are cut around the place. */
  readonly width: number;
}

const TAB = "  ";
const WIDTH_MIN = 40;
/** Columns kept before the mark when a long line is cut. */
const BEFORE_MARK = 24;

interface Shown {
  readonly text: string;
  readonly mark: number;
}

/** Expands tabs and cuts a long line around `column` (from 0), saying where it cut. */
function fit(line: string, column: number, width: number): Shown {
  const text = line.replaceAll("\t", TAB);
  const mark = line.slice(0, column).replaceAll("\t", TAB).length;
  if (text.length <= width) return { text, mark };
  const from = mark < width - 8 ? 0 : mark - BEFORE_MARK;
  const left = from > 0 ? "…" : "";
  const right = text.length - from > width ? "…" : "";
  const kept = text.slice(from + left.length, from + width - right.length);
  return { text: `${left}${kept}${right}`, mark: mark - from };
}

/** The line at `place`, the one before and the one after; empty when the source has no such line. */
export function codeFrame(source: string, place: SourcePlace, look: FrameLook): readonly string[] {
  const lines = source.split(/\r\n|\n|\r/);
  if (lines[place.line - 1] === undefined) return [];
  const paint = palette(look.colour);
  const last = Math.min(place.line + 1, lines.length);
  const gutter = String(last).length;
  const room = Math.max(WIDTH_MIN, look.width) - gutter - 8;
  const frame: string[] = [];
  for (let number = Math.max(1, place.line - 1); number <= last; number++) {
    const here = number === place.line;
    const { text, mark } = fit(lines[number - 1] ?? "", here ? place.column - 1 : 0, room);
    if (!here && number === last && text.trim() === "") continue;
    const label = String(number).padStart(gutter);
    if (here) {
      frame.push(`${paint.bad(">")} ${paint.strong(label)} ${paint.faint("|")} ${text}`.trimEnd());
      frame.push(
        `  ${" ".repeat(gutter)} ${paint.faint("|")} ${" ".repeat(Math.min(mark, text.length))}${paint.bad("^")}`,
      );
    } else {
      frame.push(paint.faint(`  ${label} | ${text}`.trimEnd()));
    }
  }
  return frame;
}

/** `file:line:col` as a terminal makes it clickable: relative to `cwd` where the file is below it. */
export function placeText(place: SourcePlace, cwd: string): string {
  return `${pathText(place.file, cwd)}:${place.line}:${place.column}`;
}

/** A path as people in `cwd` would write it. */
export function pathText(file: string, cwd: string): string {
  const near = relative(cwd, file);
  return near === "" || near.startsWith("..") || isAbsolute(near) ? file : near;
}
