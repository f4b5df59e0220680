/** What a command sees of the terminal it was called from. */
import { writeSync } from "node:fs";
import type { People } from "../ports/people.ts";
import { palette, type Palette } from "../runtime/report/paint.ts";
import { terminalText } from "../base/terminal-text.ts";

export interface Shell {
  readonly cwd: string;
  /** Writes a line (or several) to stdout. */
  out(text: string): void;
  /** Writes a line (or several) to stderr. */
  err(text: string): void;
  /** For stdout and for stderr: colour on a terminal, unless NO_COLOR asks for none. */
  readonly paint: Palette;
  readonly errPaint: Palette;
  readonly errColour: boolean;
  readonly width: number;
  /** Who can be asked: undefined where nobody sits at a terminal. */
  person(): People | undefined;
}

/** Commands end with one: 0 success, 1 a run failed, 2 usage, 3 paused, 130 interrupted, sysexits for the rest. */
export type ExitCode = number;

const WIDTH_DEFAULT = 100;

export function processShell(): Shell {
  const { stdout, stderr } = process;
  const noColour = Boolean(process.env["NO_COLOR"]);
  const errColour = stderr.isTTY === true && !noColour;
  return {
    cwd: process.cwd(),
    out: (text) => void stdout.write(`${stdout.isTTY === true ? shown(text) : text}\n`),
    err: (text) => writeAtOnce(`${stderr.isTTY === true ? shown(text) : text}\n`),
    paint: palette(stdout.isTTY === true && !noColour),
    errPaint: palette(errColour),
    errColour,
    width: stdout.columns || WIDTH_DEFAULT,
    person: () => (process.stdin.isTTY === true && stdout.isTTY === true ? personAtStdin() : undefined),
  };
}

/** What `palette` writes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are ours
const PAINT = /(\u001b\[(?:1|2|22|31|32|36|39)m)/;

/** A terminal obeys our own colours and nothing else: errors, results and logs hold whatever somebody put there. */
export function shown(text: string): string {
  return text
    .split(PAINT)
    .map((part, i) => (i % 2 === 1 ? part : terminalText(part)))
    .join("");
}

/** Loads what asks only when there is something to ask. */
function personAtStdin(): People {
  let person: Promise<People> | undefined;
  const here = async () => {
    const { personAt } = await import("./runs/ask-person.ts");
    const { stdin: input, stdout } = process;
    return personAt({ input, write: (text) => void stdout.write(shown(text)), paint: processShell().paint });
  };
  return { ask: async (...asked) => (await (person ??= here())).ask(...asked) };
}

/** To stderr, before anything else happens: it may be the last thing this process does. Nobody has to read it. */
function writeAtOnce(text: string): void {
  try {
    writeSync(2, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}
