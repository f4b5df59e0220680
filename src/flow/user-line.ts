/**
 * Where in the user's files something happened: read from V8's stack text, so that source maps count.
 * Frames of this package and of Node are skipped. Never used while a flow builds without trouble.
 */
import { fileURLToPath } from "node:url";
import type { ErrorCode, ErrorData } from "../base/error-sentences.ts";
import { CaudalError } from "../base/errors.ts";

const FRAMES_MAX = 60;

/** The folder this package's code stands in: `…/src/` or `…/dist/`, also after bundling. */
const OWN_FOLDER = ownFolder(import.meta.url);

/** At most one folder deep in it: a bundle of a user's that lies somewhere under their `src/` is not ours as a whole. */
function ownFolder(url: string): string {
  const folder = /^(.*\/(?:src|dist)\/)(?:[^/]+\/)?[^/]+$/.exec(url)?.[1] ?? url.slice(0, url.lastIndexOf("/") + 1);
  return pathOf(folder);
}

/** This copy of the package, as people name it: the folder it was loaded from. */
export const OWN_COPY: string = OWN_FOLDER;

export interface UserLine {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function pathOf(location: string): string {
  if (!location.startsWith("file:")) return location;
  try {
    return fileURLToPath(location);
  } catch {
    return location;
  }
}

function isOwn(file: string): boolean {
  return file.startsWith(OWN_FOLDER) && !/\.test\.[cm]?[jt]s$/.test(file);
}

function parseFrame(text: string): UserLine | undefined {
  const frame = text.trim();
  if (!frame.startsWith("at ")) return undefined;
  const open = frame.indexOf(" (");
  const location = frame.endsWith(")") && open > 0 ? frame.slice(open + 2, -1) : frame.slice(3).replace(/^async /, "");
  const parts = /^(.*):(\d+):(\d+)$/.exec(location);
  if (parts === null || parts[1] === undefined || /^(?:node:|eval at|native|<anonymous>|wasm:)/.test(parts[1]))
    return undefined;
  return { file: pathOf(parts[1]), line: Number(parts[2]), column: Number(parts[3]) };
}

/** The first frame of a stack that is neither ours nor Node's. */
export function firstUserLine(stack: string | undefined): UserLine | undefined {
  for (const text of (stack ?? "").split("\n")) {
    const frame = parseFrame(text);
    if (frame !== undefined && !isOwn(frame.file)) return frame;
  }
  return undefined;
}

function withDeepStack<T>(capture: () => T): T {
  const before = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = FRAMES_MAX;
    return capture();
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** The line of the user's code that called into this package just now. Costs some 10 µs. */
export function callerLine(): UserLine | undefined {
  return firstUserLine(withDeepStack(() => new Error("here").stack));
}

/** As V8 prints it: `file:line:column`, clickable in most terminals. */
export function lineText(at: UserLine | undefined): string | undefined {
  return at && `${at.file}:${at.line}:${at.column}`;
}

/** A coded error about a user's code: `line` says where, as `file:line:column`, where it is known. */
export interface LocatedError {
  readonly line?: string;
}

/** Sets `line` on a coded error, and puts it at the end of the sentence. The first line said wins. */
export function locate(error: CaudalError, line: string | undefined): CaudalError & LocatedError {
  if (line === undefined || (error as LocatedError).line !== undefined) return error;
  Object.defineProperty(error, "line", { value: line, enumerable: true });
  const told = `${error.message}\n    at ${line}`;
  const stack = error.stack;
  Object.defineProperty(error, "stack", {
    value: stack?.replace(error.message, () => told),
    configurable: true,
    writable: true,
  });
  error.message = told;
  return error;
}

/** A coded error that knows the user's line: what authoring functions throw. */
export function misuse<C extends ErrorCode>(
  code: C,
  data: ErrorData<C>,
  options?: { readonly cause?: unknown; readonly line?: string | undefined },
): CaudalError & LocatedError {
  const error = withDeepStack(
    () => new CaudalError(code, data, options && "cause" in options ? { cause: options.cause } : undefined),
  );
  return locate(error as CaudalError, options?.line ?? lineText(firstUserLine(error.stack)));
}
