/** Instants and durations as people read them. One formatter for every list, axis, form and tooltip. */
import type { Instant, Millis } from "../../src/server/contract.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Making one costs some 50 µs, and lists show hundreds of times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(language: string, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${zone} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(language, { timeZone: zone, ...options });
    formats.set(key, format);
  }
  return format;
}

const PARTS = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
} as const;

export interface Wall {
  readonly date: string;
  readonly time: string;
  readonly millis: string;
}

/** What calendar and clock on the wall of a zone show. */
export function wallOf(at: Instant, zone: string): Wall {
  const found = new Map(
    formatOf("en-CA", zone, PARTS)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: string) => found.get(name as Intl.DateTimeFormatPartTypes) ?? "";
  return {
    date: `${part("year")}-${part("month")}-${part("day")}`,
    time: `${part("hour")}:${part("minute")}:${part("second")}`,
    millis: part("fractionalSecond"),
  };
}

/** "CST", "UTC", "GMT+5:30": as the zone is called at that instant. */
export function zoneName(at: Instant, zone: string, language = "en"): string {
  const named = (locale: string) =>
    formatOf(locale, zone, { timeZoneName: "short" })
      .formatToParts(at)
      .find(({ type }) => type === "timeZoneName")?.value;
  const name = named(language === "es" ? "es" : "en-US") ?? zone;
  // Where a language knows no short name ICU says GMT-6; English often has one.
  return /^(GMT|UTC)[+-]/.test(name) ? (named("en-US") ?? name) : name;
}

/** "2026-11-23 09:54:05 CST": always with its zone. */
export function absolute(at: Instant, zone: string, language = "en"): string {
  const { date, time } = wallOf(at, zone);
  return `${date} ${time} ${zoneName(at, zone, language)}`;
}

/** ISO 8601 in UTC, for machines and for copying. */
export function iso(at: Instant): string {
  return new Date(at).toISOString();
}

/** "now", "3 min ago", "in 40 s", "yesterday". */
export function relative(at: Instant, now: Instant, language: string): string {
  const diff = at - now;
  const size = Math.abs(diff);
  const said = relativeOf(language);
  if (size < SECOND) return said.format(0, "second");
  const [unit, ms] = unitOf(size);
  return said.format(Math.trunc(diff / ms), unit);
}

function unitOf(size: Millis): readonly [Intl.RelativeTimeFormatUnit, Millis] {
  if (size < MINUTE) return ["second", SECOND];
  if (size < HOUR) return ["minute", MINUTE];
  if (size < DAY) return ["hour", HOUR];
  if (size < 60 * DAY) return ["day", DAY];
  return size < 730 * DAY ? ["month", 30.44 * DAY] : ["year", 365.25 * DAY];
}

const relatives = new Map<string, Intl.RelativeTimeFormat>();

function relativeOf(language: string): Intl.RelativeTimeFormat {
  const known = relatives.get(language);
  if (known !== undefined) return known;
  const made = new Intl.RelativeTimeFormat(language, { style: "short", numeric: "auto" });
  relatives.set(language, made);
  return made;
}

/** "1 h 02 min 05.3 s", "4.2 s", "12 ms": with units, and as exact as it matters. */
export function duration(ms: Millis, language = "en"): string {
  if (ms < 0) return duration(0, language);
  const number = (value: number, digits: number, width = 1) => {
    const text = value.toLocaleString(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      minimumIntegerDigits: width,
      useGrouping: false,
    });
    return text;
  };
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${number(Math.floor(ms / 100) / 10, 1)} s`;
  const minutes = Math.floor((ms % HOUR) / MINUTE);
  const seconds = Math.floor((ms % MINUTE) / SECOND);
  if (ms < HOUR) return `${minutes} min ${number(seconds, 0, 2)} s`;
  const hours = Math.floor((ms % DAY) / HOUR);
  if (ms < DAY) return `${hours} h ${number(minutes, 0, 2)} min ${number(seconds, 0, 2)} s`;
  return `${Math.floor(ms / DAY)} d ${number(hours, 0, 2)} h ${number(minutes, 0, 2)} min`;
}

/** Of a setting: "30 s", "1 d", "1 h 30 min". Whole units, and none that are zero. */
export function span(ms: Millis, language = "en"): string {
  const units = [
    ["d", DAY],
    ["h", HOUR],
    ["min", MINUTE],
    ["s", SECOND],
    ["ms", 1],
  ] as const;
  let rest = Math.max(0, Math.round(ms));
  const parts = units.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count.toLocaleString(language)} ${unit}`];
  });
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

/**
 * The instant at which the wall of a zone shows a date and time, `2026-11-23T09:54` with optional seconds. A time that
 * a change of the clocks leaves out is read with the offset before it; one that comes twice is the first.
 */
export function instantOf(wall: string, zone: string): Instant | undefined {
  const asUtc = Date.parse(`${/T\d\d:\d\d$/.test(wall) ? `${wall}:00` : wall}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const offsets = [offsetAt(asUtc - DAY, zone), offsetAt(asUtc + DAY, zone)] as const;
  const fits = offsets.map((offset) => asUtc - offset).filter((at) => at + offsetAt(at, zone) === asUtc);
  return fits.length > 0 ? Math.min(...fits) : asUtc - offsets[0];
}

function offsetAt(at: Instant, zone: string): Millis {
  const { date, time, millis } = wallOf(at, zone);
  return Date.parse(`${date}T${time}.${millis}Z`) - at;
}
