/**
 * Durations as people write them: milliseconds, or a number with a unit. A week is seven days and a day is
 * 24 hours here; schedules alone give days their wall-clock meaning.
 */
import { CaudalError } from "./errors.ts";
import type { Millis } from "./time.ts";

/** Milliseconds, or text such as `"90s"`, `"1.5h"`, `"1d"`: a plain decimal number and one unit, without spaces. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d" | "w"}`;

const UNIT_MS: Readonly<Record<string, Millis>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Ten years: longer is far more often a slip of the unit than a wish. */
export const DURATION_MS_MAX: Millis = 10 * 366 * 86_400_000;

const WRITTEN = /^(\d+(?:\.\d+)?)([a-z]+)$/;

/**
 * A duration as whole milliseconds, longer than zero.
 * @param option the name of what is being set, for the sentence: `"timeout"`.
 * @throws CaudalError DURATION_INVALID: not a number or text of that form, zero or below, a part of a millisecond, over ten years.
 */
export function toMillis(option: string, duration: Duration): Millis {
  const ms = toMillisOrZero(option, duration);
  if (ms === 0) throw invalid(option, duration, "it must be longer than zero");
  return ms;
}

/**
 * As `toMillis`, where zero means something: a retry without a delay, a grace of none.
 * @throws CaudalError DURATION_INVALID
 */
export function toMillisOrZero(option: string, duration: Duration): Millis {
  const ms = typeof duration === "string" ? readText(option, duration) : duration;
  if (typeof ms !== "number") throw invalid(option, duration, "it is neither a number nor text");
  if (!Number.isFinite(ms)) throw invalid(option, duration, "it is not a finite number");
  if (ms < 0) throw invalid(option, duration, "it is negative");
  if (!Number.isInteger(ms)) throw invalid(option, duration, "it is not a whole number of milliseconds");
  if (ms > DURATION_MS_MAX) throw invalid(option, duration, "it is longer than ten years");
  return ms === 0 ? 0 : ms; // −0 is 0
}

function readText(option: string, text: string): Millis {
  const written = WRITTEN.exec(text);
  if (written === null) throw invalid(option, text, whyUnreadable(text));
  const [, count = "", unit = ""] = written;
  const unitMs = Object.hasOwn(UNIT_MS, unit) ? UNIT_MS[unit] : undefined;
  if (unitMs === undefined) throw invalid(option, text, `'${unit}' is no unit`);
  // 0.1 × 1_000 style products carry a rounding error of the last bit, which is not the author's.
  const exact = Number(count) * unitMs;
  const rounded = Math.round(exact);
  return Math.abs(exact - rounded) < 1e-6 ? rounded : exact;
}

function whyUnreadable(text: string): string {
  if (text.trim() !== text || /\s/.test(text)) return "it has a space in it";
  if (/^[-\u2212]/.test(text)) return "it is negative";
  if (/^\d+(?:\.\d+)?$/.test(text)) return "it has no unit";
  if (/^\d+(?:\.\d+)?[A-Z]/.test(text)) return "units are written small";
  return "it is not a plain decimal number and a unit";
}

function invalid(option: string, duration: unknown, why: string): CaudalError<"DURATION_INVALID"> {
  return new CaudalError("DURATION_INVALID", { option, text: shown(duration), why });
}

function shown(duration: unknown): string {
  if (typeof duration === "string") return JSON.stringify(duration.slice(0, 60));
  if (typeof duration === "number" || typeof duration === "bigint") return String(duration);
  return duration === null ? "null" : typeof duration;
}

const PARTS: readonly (readonly [unit: string, ms: Millis])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];

/**
 * A span for people: `1m 30s`, `2d 4h`, `250ms`, `0s`. The two largest parts that follow each other are
 * shown and the rest is left away; a negative span begins with a minus.
 */
export function formatMillis(ms: Millis): string {
  if (ms < 0) return `-${formatMillis(-ms)}`;
  const whole = Math.round(ms);
  const first = PARTS.findIndex(([, partMs]) => whole >= partMs);
  if (first === -1) return "0s";
  let rest = whole;
  const shownParts: string[] = [];
  for (const [unit, partMs] of PARTS.slice(first, first + 2)) {
    const count = Math.floor(rest / partMs);
    rest -= count * partMs;
    if (count > 0) shownParts.push(`${count}${unit}`);
  }
  return shownParts.join(" ");
}
