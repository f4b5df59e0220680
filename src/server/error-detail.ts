/** Errors as they were kept, for a page: the user's frames told apart from the rest. */
import nodePath from "node:path";
import { isUserFile, readFrame } from "../runtime/report/stack-frames.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import type { ErrorDetail, ErrorSummary, StackFrame } from "./contract.ts";

const MESSAGE_MAX = 300;
const FRAMES_MAX = 50;
const CAUSES_MAX = 8;

export function errorSummary({ name, message, code }: ErrorRecord): ErrorSummary {
  const [first = ""] = message.split("\n", 1);
  const text = first.length > MESSAGE_MAX ? `${first.slice(0, MESSAGE_MAX - 1)}…` : first;
  return { name, message: text, ...(code !== undefined && { code }) };
}

/** @param folder paths in it are shown from it on */
export function errorDetail(error: ErrorRecord, folder: string | undefined, depth = 0): ErrorDetail {
  const { name, message, code, stack, cause, thrown } = error;
  const frames = (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    name,
    message,
    ...(code !== undefined && { code }),
    frames: frames.slice(0, FRAMES_MAX).map((line) => stackFrame(line, folder)),
    ...(cause !== undefined && depth < CAUSES_MAX && { cause: errorDetail(cause, folder, depth + 1) }),
    ...(thrown !== undefined && { thrown }),
  };
}

function stackFrame(line: string, folder: string | undefined): StackFrame {
  const text = line.trim().replace(/^at /, "");
  const place = readFrame(line);
  if (place === undefined) return { text, own: false };
  return {
    text,
    own: isUserFile(place.file),
    file: shownPath(place.file, folder),
    line: place.line,
    column: place.column,
  };
}

/** Relative to a folder where it lies in it. */
export function shownPath(
  file: string,
  folder: string | undefined,
  { relative, isAbsolute, sep }: Pick<typeof nodePath, "relative" | "isAbsolute" | "sep"> = nodePath,
): string {
  if (folder === undefined) return file;
  const path = relative(folder, file);
  return path.startsWith("..") || isAbsolute(path) ? file : path.split(sep).join("/"); // absolute: on another drive
}
