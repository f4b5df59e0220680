/**
 * Which line of the user's files an error came from: read from V8's stack text, so that it works on a kept
 * error record as well as on a live error. Frames of Node, of installed packages and of this package are not the user's.
 */
import { fileURLToPath } from "node:url";

/** A place in a file that exists on this machine. `line` and `column` count from 1. */
export interface SourcePlace {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The folder this package's code stands in: `…/src/`, or `…/dist/` where it is built. */
const OWN_FOLDER = pathOf(/^.*\/(?:src|dist)\//.exec(import.meta.url)?.[0] ?? import.meta.url);

const LOCATION = /^(.*):(\d+):(\d+)$/;
const NOT_A_FILE = /^(?:node:|eval at |native$|<anonymous>|wasm:|data:|https?:|evalmachine|\[)/;
const FILE_URL = /file:\/\/\S+(?=:\d+:\d+\)?$)/;
const NOT_THE_USERS = /[\\/]node_modules[\\/]/;

function pathOf(location: string): string {
  if (!location.startsWith("file:")) return location;
  try {
    return fileURLToPath(location);
  } catch {
    return location; // a URL of another host, or with an escape that is none
  }
}

/** One line of a stack as V8 writes it; undefined where it names no file. */
export function readFrame(text: string): SourcePlace | undefined {
  const frame = text.trim();
  if (!frame.startsWith("at ")) return undefined;
  const open = frame.indexOf(" (");
  const location = frame.endsWith(")") && open > 0 ? frame.slice(open + 2, -1) : frame.slice(3).replace(/^async /, "");
  const parts = LOCATION.exec(location);
  if (parts?.[1] === undefined || NOT_A_FILE.test(parts[1])) return undefined;
  return { file: pathOf(parts[1]), line: Number(parts[2]), column: Number(parts[3]) };
}

/** A line of a stack with a path in the place of a `file:` URL, so that it can be read, clicked and pasted. */
export function readableFrame(text: string): string {
  return text.replace(FILE_URL, (url) => pathOf(url));
}

/** Not Node's, not an installed package's, not ours (our tests count as a user's). */
export function isUserFile(file: string): boolean {
  return !NOT_THE_USERS.test(file) && (!file.startsWith(OWN_FOLDER) || /\.test\.[cm]?[jt]s$/.test(file));
}

/** The user's frames, innermost first. */
export function userFrames(stack: string | undefined): readonly SourcePlace[] {
  const frames: SourcePlace[] = [];
  for (const line of (stack ?? "").split("\n")) {
    const frame = readFrame(line);
    if (frame !== undefined && isUserFile(frame.file)) frames.push(frame);
  }
  return frames;
}
