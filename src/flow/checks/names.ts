/** What flows, tasks and parameters may be called: names become file names, log lines and addresses. */
import { nearest } from "../../base/nearest.ts";
import { misuse } from "../user-line.ts";

const NAME_LENGTH_MAX = 200;

/** Control characters, and those that turn the direction of text around (a name must look like what it is). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Why a name cannot be used, as half a sentence; undefined: it can. */
export function nameComplaint(name: string): string | undefined {
  if (name.trim() === "") return "it is empty";
  if (name.length > NAME_LENGTH_MAX) return `it is longer than ${NAME_LENGTH_MAX} characters (${name.length})`;
  if (UNPRINTABLE.test(name) || LONE_SURROGATE.test(name))
    return "it has control characters or marks that turn text around";
  if (name.includes("/") || name.includes("\\")) return "it has a slash: names are used as file names and in addresses";
  if (name === "." || name === "..") return "it would name a folder";
  return undefined;
}

/** @throws CaudalError NAME_INVALID */
export function checkName(what: string, name: string): void {
  const why = nameComplaint(name);
  if (why !== undefined) throw misuse("NAME_INVALID", { what, name, why });
}

/** ` (did you mean 'retries'?)`, or nothing when no known word is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? "" : ` (did you mean '${meant}'?)`;
}
