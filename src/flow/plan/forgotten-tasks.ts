/**
 * Tasks that were made and that nobody can ever call: told once, by the first run that could have used them.
 *
 * That no flow has called a task so far says little: one defined later may, and a file of tasks serves many flows. A
 * forgotten one is declared in a file of the user's, not exported, and its name stands nowhere else in that file.
 */
import { readFileSync } from "node:fs";
import { uncalledTasks } from "./tasks-made.ts";
import { firstUserLine, lineText, type UserLine } from "../user-line.ts";

/** A declaration that ends where the call begins. `export const` is none: others may import it. */
const DECLARES = /^\s*(?:const|let|var)\s+([\p{L}\p{N}_$]+)\s*(?::[^=]*)?=\s*(?:[\p{L}\p{N}_$]+\.)*$/u;

const told = new Set<object>();

/** A sentence for each that was not told of before. */
export function forgottenTasks(): readonly string[] {
  const sentences: string[] = [];
  const sources = new Map<string, string>();
  for (const [body, { name, made }] of uncalledTasks()) {
    if (told.has(body)) continue;
    told.add(body);
    const at = firstUserLine(made?.stack);
    if (at !== undefined && isForgotten(at, sourceOf(at.file, sources)))
      sentences.push(`task '${name}' is made but never called (${lineText(at)})`);
  }
  return sentences;
}

function isForgotten({ line, column }: UserLine, source: string): boolean {
  const before = source.split(/\r\n|\n|\r/)[line - 1]?.slice(0, column - 1) ?? "";
  const name = DECLARES.exec(before)?.[1];
  if (name === undefined) return false;
  // Its own name in quotes, task("parse", …), is no mention.
  const mentions = new RegExp(`(?<![\\p{L}\\p{N}_$"'\`])${name.replaceAll("$", "\\$")}(?![\\p{L}\\p{N}_$])`, "gu");
  return [...source.matchAll(mentions)].length === 1;
}

/** Empty where it cannot be read, or is an installed package's: nothing is forgotten in such a file. */
function sourceOf(file: string, known: Map<string, string>): string {
  let source = known.get(file);
  if (source === undefined) known.set(file, (source = /[\\/]node_modules[\\/]/.test(file) ? "" : readText(file)));
  return source;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // gone, or never was a file
  }
}
