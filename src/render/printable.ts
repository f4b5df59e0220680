/**
 * Text that may be drawn anywhere: names come from users and may hold whatever a string can hold.
 *
 * Writers still escape for their own syntax; this only takes away what no format can show.
 */

/** Control characters, lone surrogates, non-characters, and marks that turn the direction of the text after them. */
const UNDRAWABLE = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]/gu;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{Mn}|\p{Me}|\u200c|\u200d/u;

/** One line without anything undrawable; cut after `max` characters with an ellipsis. */
export function printable(text: string, max = 200): string {
  const line = text
    .slice(0, max * 8)
    .replace(/\s+/gu, " ")
    .replace(UNDRAWABLE, "\ufffd")
    .trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join("")}…`;
}

/** A terminal's columns: East Asian characters take two, combining marks none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** Cut to at most `columns` with an ellipsis at the end. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let cut = "";
  for (const character of text) {
    if (columnsOf(cut + character) > columns - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

/**
 * A name on at most `lines` lines of about `columns`, broken behind blanks, `_`, `-`, `.`, `/`, `:` and before
 * capitals; what is left over ends in an ellipsis. Words longer than a line are cut through.
 */
export function wrapName(name: string, columns: number, lines: number): readonly string[] {
  const wrapped: string[] = [];
  let line = "";
  for (const word of name
    .split(/(?<=[\s_\-./:,])|(?<=[\p{Ll}\d])(?=\p{Lu})/u)
    .flatMap((part) => chunks(part, columns))) {
    if (line !== "" && columnsOf(line + word.trimEnd()) > columns) {
      wrapped.push(line.trim());
      line = "";
    }
    line += word;
  }
  if (line.trim() !== "") wrapped.push(line.trim());
  if (wrapped.length <= lines) return wrapped;
  const last = cutTo(`${wrapped[lines - 1] ?? ""}${" ".repeat(columns)}`, columns).replace(/\s*…?$/u, "…");
  return [...wrapped.slice(0, lines - 1), last];
}

/** "1 task", "2,000 tasks". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : plural}`;
}

function chunks(word: string, columns: number): readonly string[] {
  if (columnsOf(word) <= columns) return [word];
  const parts: string[] = [];
  let part = "";
  for (const character of word) {
    if (columnsOf(part + character) > columns) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return [...parts, part];
}
