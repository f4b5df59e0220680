/**
 * Checks of options, collected: a person who made three mistakes reads three complaints, once.
 * Each kind of option is a small reader that answers with a complaint or nothing.
 */
import { type Duration, toMillis, toMillisOrZero } from "../../base/duration.ts";
import { isCaudalError } from "../../base/errors.ts";
import { isPlainObject } from "../../base/json.ts";
import { didYouMean } from "./names.ts";
import { isSchema } from "../parameters/standard-schema.ts";
import { misuse } from "../user-line.ts";
import { describeValue } from "./words.ts";

/** A complaint about one option's value, without its name; undefined: it is fine. */
export type Check = (value: unknown, option: string) => string | undefined;

export const isText: Check = (value) =>
  typeof value === "string" ? undefined : `must be text, not ${describeValue(value)}`;

/** SQLite ends a text at the character NUL: two that differ behind it would be one. */
export const isFilledText: Check = (value, option) =>
  isText(value, option) ??
  (value === "" ? "must not be empty" : String(value).includes("\0") ? "must not hold the character NUL" : undefined);

export const isYesOrNo: Check = (value) =>
  typeof value === "boolean" ? undefined : `must be true or false, not ${describeValue(value)}`;

export const isFunction: Check = (value) =>
  typeof value === "function" ? undefined : `must be a function, not ${describeValue(value)}`;

export const isSchemaOption: Check = (value) =>
  isSchema(value) ? undefined : `must be a Standard Schema (zod, valibot, …), not ${describeValue(value)}`;

export function isWhole(least: number, most: number): Check {
  const range = most === Number.MAX_SAFE_INTEGER ? `, at least ${least}` : ` between ${least} and ${most}`;
  return (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `must be a whole number${range}, not ${describeValue(value)}`;
}

export function isBetween(least: number, most: number): Check {
  return (value) =>
    typeof value === "number" && value >= least && value <= most
      ? undefined
      : `must be a number between ${least} and ${most}, not ${describeValue(value)}`;
}

export function isOneOf(...words: readonly string[]): Check {
  const list = words.map((word) => `"${word}"`).join(", ");
  return (value) =>
    typeof value === "string" && words.includes(value)
      ? undefined
      : `must be one of ${list}, not ${describeValue(value)}`;
}

export function isListOf(what: string, check: Check): Check {
  return (value, option) => {
    if (!Array.isArray(value)) return `must be an array of ${what}, not ${describeValue(value)}`;
    const wrong = value.findIndex((item) => check(item, option) !== undefined);
    if (wrong === -1) return undefined;
    // Of the right kind, and refused all the same: then it is the reason that helps.
    const why = typeof value[wrong] === "string" && value[wrong] !== "" ? check(value[wrong], option) : undefined;
    return `must be an array of ${what}; entry ${wrong} ${why ?? `is ${describeValue(value[wrong])}`}`;
  };
}

/** One, or an array of them. */
export function isOneOrMore(what: string, check: Check): Check {
  const list = isListOf(what, check);
  return (value, option) => (Array.isArray(value) ? list(value, option) : check(value, option));
}

function durationCheck(read: (option: string, duration: Duration) => number): Check {
  return (value, option) => {
    try {
      read(option, value as Duration);
      return undefined;
    } catch (error) {
      if (!isCaudalError(error, "DURATION_INVALID")) throw error;
      const { text, why } = error.data as { readonly text: string; readonly why: string };
      return `is not a duration: ${text} (${why}); write milliseconds or text such as "90s"`;
    }
  };
}

/** Longer than zero. */
export const isDuration: Check = durationCheck(toMillis);
export const isDurationOrZero: Check = durationCheck(toMillisOrZero);

/** Checks an object of options against a table; unknown names are complaints too. */
export function complaintsAbout(options: unknown, checks: Readonly<Record<string, Check>>): string[] {
  if (!isPlainObject(options)) return [`they must be a plain object, not ${describeValue(options)}`];
  const complaints: string[] = [];
  for (const option of Object.keys(options)) {
    const value = options[option];
    const check = Object.hasOwn(checks, option) ? checks[option] : undefined;
    if (check === undefined) complaints.push(`'${option}' is no option${didYouMean(option, Object.keys(checks))}`);
    else if (value !== undefined) {
      const complaint = check(value, option);
      if (complaint !== undefined) complaints.push(`${option} ${complaint}`);
    }
  }
  return complaints;
}

/** @throws CaudalError OPTION_INVALID with every complaint */
export function refuseIfAny(of: string, complaints: readonly string[]): void {
  if (complaints.length > 0) throw misuse("OPTION_INVALID", { of, complaints });
}
