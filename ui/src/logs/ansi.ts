/**
 * Text of logs in pieces: ANSI colours as tokens, addresses as links, and every other control byte as a sign one can
 * see, so that nothing in a line can hide or move what stands beside it.
 */
import { visible } from "../visible.ts";

export interface Piece {
  readonly text: string;
  /** 0…15 of the terminal's palette. */
  readonly color?: number;
  readonly background?: number;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly href?: string;
}

type Style = Omit<Piece, "text" | "href">;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const SEQUENCE = /\x1b\[([\d;:]*)([@-~])/g;
const ADDRESS = /https?:\/\/[^\s<>"'`\\^{|}]+/g;
/** What ends a sentence does not belong to the address in it. */
const TAIL = ".,;:!?)]";

export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let style: Style = {};
  let from = 0;
  for (const found of text.matchAll(SEQUENCE)) {
    add(pieces, text.slice(from, found.index), style);
    from = found.index + found[0].length;
    if (found[2] === "m") style = styled(style, found[1] ?? "");
  }
  add(pieces, text.slice(from), style);
  return pieces;
}

/** As `piecesOf` shows it, without colours: for accessible names and copying. */
export function plainOf(text: string): string {
  return piecesOf(text)
    .map((piece) => piece.text)
    .join("");
}

function add(pieces: Piece[], raw: string, style: Style): void {
  const text = visible(raw.replaceAll("\r\n", "\n"));
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const href = withoutTail(found[0]);
    if (!URL.canParse(href)) continue;
    if (found.index > from) pieces.push({ text: text.slice(from, found.index), ...style });
    pieces.push({ text: href, href, ...style });
    from = found.index + href.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), ...style });
}

/** Letter by letter: a pattern that looks for the end from every place takes seconds over a line made against it. */
function withoutTail(address: string): string {
  let end = address.length;
  while (end > 0 && TAIL.includes(address.charAt(end - 1))) end--;
  return address.slice(0, end);
}

/** Select Graphic Rendition, ECMA-48 §8.3.117; colours beyond the first 16 are left as the text's own. */
function styled(before: Style, codes: string): Style {
  const numbers = (codes === "" ? "0" : codes).split(/[;:]/).map(Number);
  let style = { ...before };
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at] ?? 0;
    if (code === 38 || code === 48) {
      const [kind, value] = [numbers[at + 1], numbers[at + 2]];
      if (kind === 5 && value !== undefined && value < 16)
        style = { ...style, [code === 38 ? "color" : "background"]: value };
      at += kind === 2 ? 4 : 2;
    } else style = changed(style, code);
  }
  return style;
}

function changed(style: Style, code: number): Style {
  const { color: _color, ...uncolored } = style;
  const { background: _background, ...unpainted } = style;
  if (code === 0) return {};
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 3) return { ...style, italic: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 22) return without(style, "bold", "dim");
  if (code === 23) return without(style, "italic");
  if (code === 24) return without(style, "underline");
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, color: code - 90 + 8 };
  if (code === 39) return uncolored;
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 100 + 8 };
  return code === 49 ? unpainted : style;
}

function without(style: Style, ...names: readonly string[]): Style {
  return Object.fromEntries(Object.entries(style).filter(([name]) => !names.includes(name)));
}
