/**
 * How much of what a body says is kept: a line is cut at 64 KiB, and after 256 MiB of one attempt lines are only
 * counted. A body that prints without end must not fill the store.
 */

export const LINE_BYTES_MAX = 65_536;
const ATTEMPT_BYTES_MAX = 268_435_456;
/** Room for the words that say how much was cut. */
const MARK_BYTES_MAX = 48;

export class LogBudget {
  #left = ATTEMPT_BYTES_MAX;
  #droppedLines = 0;
  #droppedBytes = 0;

  /** The line as it is kept; undefined when nothing of this attempt is kept any more. */
  take(text: string): string | undefined {
    const bytes = Buffer.byteLength(text);
    if (this.#left <= 0 || this.#droppedLines > 0) return this.#drop(bytes);
    const kept = bytes <= LINE_BYTES_MAX ? text : cut(text, bytes);
    this.#left -= Math.min(bytes, LINE_BYTES_MAX);
    return kept;
  }

  /** What was left out so far, in one line; undefined: nothing was. */
  dropped(): string | undefined {
    if (this.#droppedLines === 0) return undefined;
    return `${this.#droppedLines} more lines (${this.#droppedBytes} bytes) were not kept: an attempt keeps ${ATTEMPT_BYTES_MAX / 1_048_576} MiB of them`;
  }

  #drop(bytes: number): undefined {
    this.#droppedLines++;
    this.#droppedBytes += bytes;
  }
}

function cut(text: string, bytes: number): string {
  const start = Buffer.from(text.slice(0, LINE_BYTES_MAX)).subarray(0, LINE_BYTES_MAX - MARK_BYTES_MAX);
  const kept = start.toString().replace(/\ufffd$/, ""); // a character cut in two
  return `${kept}… (${bytes - Buffer.byteLength(kept)} more bytes)`;
}
