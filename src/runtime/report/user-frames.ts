/** A stack as a person wants it: the message, their own frames, and nothing of ours. */
import type { ErrorRecord } from "../../state/error-record.ts";
import { isUserFile, readableFrame, readFrame } from "./stack-frames.ts";

const FRAME = /^\s+at /;

/** The error's text with the user's frames first, then Node's and libraries', without the engine's; causes below. */
export function orderedStack(error: ErrorRecord): string {
  const lines = headed(error);
  if (error.cause !== undefined) lines.push(`Caused by ${orderedStack(error.cause)}`);
  return lines.join("\n");
}

function headed(error: ErrorRecord): string[] {
  const head = `${error.name === "CaudalError" ? (error.code ?? error.name) : error.name}: ${error.message}`;
  const frames = (error.stack ?? "").split("\n").filter((line) => FRAME.test(line));
  const mine: string[] = [];
  const others: string[] = [];
  for (const frame of frames) {
    const place = readFrame(frame);
    if (place !== undefined && isUserFile(place.file)) mine.push(readableFrame(frame));
    else if (!isOwnFrame(frame)) others.push(readableFrame(frame));
  }
  return [head, ...mine, ...others.slice(0, mine.length > 0 ? 2 : 6)];
}

/** Frames of the engine (in its own folder or installed), and of Node's own queues. */
function isOwnFrame(frame: string): boolean {
  if (/node:internal|async_hooks|[\\/]node_modules[\\/]caudal[\\/]/.test(frame)) return true;
  const place = readFrame(frame);
  return place !== undefined && !isUserFile(place.file) && !/[\\/]node_modules[\\/]/.test(place.file);
}
