/**
 * How wide text is, read from the shipped fonts, so that boxes fit their names without a screen.
 *
 * Reads just enough of a TrueType file (`head`, `hhea`, `hmtx`, `cmap` formats 4 and 12; OpenType 1.9) and
 * ignores kerning: it moves a name by less than a pixel.
 */
import { assert } from "../base/assert.ts";

export interface FontFile {
  readonly bytes: Uint8Array;
  /** The same bytes as a file: the PNG renderer reads fonts from files only. */
  readonly file: string;
}

/** The shipped fonts: text in two weights, and signs and scripts the text fonts do not have. */
export interface Fonts {
  readonly regular: FontFile;
  readonly bold: FontFile;
  readonly symbols: FontFile;
}

export type FaceName = keyof Fonts;
export type Weight = "regular" | "bold";

/** A piece of text in one face. */
export interface Run {
  readonly text: string;
  readonly face: FaceName;
}

export interface Typeface {
  /** Split where the face changes. */
  runs(text: string, weight: Weight): readonly Run[];
  /** Width of a line in the unit of `size`. */
  width(text: string, size: number, weight: Weight): number;
  /** Every character is in one of the fonts. */
  covers(text: string): boolean;
  /** With a hollow square for each character that no font has. */
  withSquares(text: string): string;
}

/** Advance of a code point as a share of the font size; undefined: the font does not have it. */
type Advance = (codePoint: number) => number | undefined;

export function typefaceOf(fonts: Fonts): Typeface {
  const advances = {
    regular: advanceOf(fonts.regular.bytes),
    bold: advanceOf(fonts.bold.bytes),
    symbols: advanceOf(fonts.symbols.bytes),
  };
  const faceOf = (codePoint: number, weight: Weight): FaceName =>
    advances[weight](codePoint) === undefined && advances.symbols(codePoint) !== undefined ? "symbols" : weight;

  const isCovered = (character: string): boolean => {
    const codePoint = character.codePointAt(0) ?? 0;
    return advances.regular(codePoint) !== undefined || advances.symbols(codePoint) !== undefined;
  };
  const runs = (text: string, weight: Weight): Run[] => {
    const found: Run[] = [];
    for (const character of text) {
      const last = found.at(-1);
      const face = faceOf(character.codePointAt(0) ?? 0, weight);
      // Between two signs a blank stays with them: one run less, and no jump of the baseline.
      if (last !== undefined && (last.face === face || (character === " " && last.face === "symbols"))) {
        found[found.length - 1] = { text: last.text + character, face: last.face };
      } else found.push({ text: character, face });
    }
    return found;
  };
  return {
    runs,
    width: (text, size, weight) => {
      let width = 0;
      for (const run of runs(text, weight)) {
        for (const character of run.text) width += advances[run.face](character.codePointAt(0) ?? 0) ?? 1;
      }
      return width * size;
    },
    covers: (text) => Array.from(text).every(isCovered),
    withSquares: (text) => Array.from(text, (character) => (isCovered(character) ? character : "□")).join(""),
  };
}

function advanceOf(bytes: Uint8Array): Advance {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = tablesOf(view);
  const at = (tag: string): number => {
    const offset = tables.get(tag);
    assert(offset !== undefined, `a shipped font has the table '${tag}'`);
    return offset;
  };
  const unitsPerEm = view.getUint16(at("head") + 18);
  const metrics = view.getUint16(at("hhea") + 34);
  const hmtx = at("hmtx");
  const glyphOf = glyphLookup(view, at("cmap"));
  const known = new Map<number, number | undefined>();
  return (codePoint) => {
    if (known.has(codePoint)) return known.get(codePoint);
    const glyph = glyphOf(codePoint);
    const advance = glyph === 0 ? undefined : view.getUint16(hmtx + 4 * Math.min(glyph, metrics - 1)) / unitsPerEm;
    known.set(codePoint, advance);
    return advance;
  };
}

function tablesOf(view: DataView): ReadonlyMap<string, number> {
  const tables = new Map<string, number>();
  for (let index = 0; index < view.getUint16(4); index += 1) {
    const record = 12 + 16 * index;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((letter) => view.getUint8(record + letter)));
    tables.set(tag, view.getUint32(record + 8));
  }
  return tables;
}

/** The Unicode subtable of the `cmap`: format 12 where there is one, else 4. 0 is "no glyph". */
function glyphLookup(view: DataView, cmap: number): (codePoint: number) => number {
  const found = new Map<number, number>();
  for (let index = 0; index < view.getUint16(cmap + 2); index += 1) {
    const table = cmap + view.getUint32(cmap + 4 + 8 * index + 4);
    found.set(view.getUint16(table), table);
  }
  const full = found.get(12);
  const basic = found.get(4);
  assert(full !== undefined || basic !== undefined, "a shipped font has a cmap of format 4 or 12");
  return full === undefined ? basicLookup(view, basic ?? 0) : fullLookup(view, full);
}

function fullLookup(view: DataView, table: number): (codePoint: number) => number {
  const groups = view.getUint32(table + 12);
  return (codePoint) => {
    for (let index = 0; index < groups; index += 1) {
      const group = table + 16 + 12 * index;
      if (codePoint > view.getUint32(group + 4)) continue;
      const start = view.getUint32(group);
      return codePoint < start ? 0 : view.getUint32(group + 8) + codePoint - start;
    }
    return 0;
  };
}

function basicLookup(view: DataView, table: number): (codePoint: number) => number {
  const doubled = view.getUint16(table + 6);
  return (codePoint) => {
    for (let at = 0; at < doubled; at += 2) {
      if (codePoint > view.getUint16(table + 14 + at)) continue;
      const start = view.getUint16(table + 16 + doubled + at);
      if (codePoint < start) return 0;
      const delta = view.getUint16(table + 16 + 2 * doubled + at);
      const rangeAt = table + 16 + 3 * doubled + at;
      const range = view.getUint16(rangeAt);
      if (range === 0) return (codePoint + delta) & 0xffff;
      const glyph = view.getUint16(rangeAt + range + 2 * (codePoint - start));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}
