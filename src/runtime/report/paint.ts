/** Colours for a terminal, or none: the same text either way, so that a pipe and NO_COLOR lose nothing but looks. */

export type Paint = (text: string) => string;

export interface Palette {
  readonly bad: Paint;
  readonly good: Paint;
  readonly place: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
}

const plain: Paint = (text) => text;
const wrapped =
  (open: number, close: number): Paint =>
  (text) =>
    text === "" ? text : `\u001b[${open}m${text}\u001b[${close}m`;

const COLOURED: Palette = {
  bad: wrapped(31, 39),
  good: wrapped(32, 39),
  place: wrapped(36, 39),
  strong: wrapped(1, 22),
  faint: wrapped(2, 22),
};
const PLAIN: Palette = { bad: plain, good: plain, place: plain, strong: plain, faint: plain };

export function palette(colour: boolean): Palette {
  return colour ? COLOURED : PLAIN;
}
