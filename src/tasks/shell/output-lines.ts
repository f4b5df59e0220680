/** Output of a program as lines, while it comes: cut where they are too long, whatever bytes they hold. */
import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";

/** Characters of a line; what follows is left out. */
const LINE_LENGTH_MAX = 8_192;

const CONTROLS = /[^\P{Cc}\t]/gu;

export interface LineReader {
  push(chunk: Uint8Array): void;
  /** The last line may have no line break. */
  end(): void;
}

/** Calls `onLine` with each line as a terminal would leave it: without escape codes, progress bars in their last state. */
export function makeLineReader(onLine: (line: string) => void): LineReader {
  const decoder = new StringDecoder("utf8");
  let begun = "";
  const finish = (line: string) => onLine(asShown(line));
  const take = (text: string) => {
    const [first = "", ...others] = text.split("\n");
    const last = others.pop();
    if (last === undefined) {
      begun = bounded(begun + first);
      return;
    }
    finish(begun + first);
    for (const line of others) finish(line);
    begun = bounded(last);
  };
  return {
    push: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end: () => {
      take(decoder.end());
      if (begun !== "") finish(begun);
      begun = "";
    },
  };
}

/** A line without an end must not grow without one. The end of a progress bar is what counts. */
function bounded(begun: string): string {
  if (begun.length <= 2 * LINE_LENGTH_MAX) return begun;
  const lastReturn = begun.lastIndexOf("\r");
  return (lastReturn > 0 ? begun.slice(lastReturn) : begun).slice(0, 2 * LINE_LENGTH_MAX);
}

function asShown(line: string): string {
  const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
  const shown = stripVTControlCharacters(whole.slice(whole.lastIndexOf("\r") + 1)).replaceAll(CONTROLS, "�");
  return shown.length > LINE_LENGTH_MAX ? `${shown.slice(0, LINE_LENGTH_MAX)}…` : shown;
}
