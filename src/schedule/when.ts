/** Instants as people write them: a Date, milliseconds, or ISO 8601 text with an offset or in a zone. */
import { CaudalError } from "../base/errors.ts";
import type { Instant, Millis } from "../base/time.ts";
import { INSTANT_FIRST, INSTANT_LAST } from "./source.ts";
import type { Wall, Zone } from "./zone.ts";

/**
 * An instant: a `Date`, milliseconds since 1970, `"2026-03-01T09:00:00Z"`, `"2026-03-01T09:00:00+01:00"`, or the
 * wall-clock text `"2026-03-01T09:00"` or `"2026-03-01"` (midnight), which is read in the schedule's zone.
 */
export type When = Date | number | string;

/** What a text said: an instant, or what a wall clock shows somewhere. Times between milliseconds go both ways. */
type Written = { readonly offset: Millis | undefined; readonly wallDown: Wall; readonly wallUp: Wall };

const WRITTEN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?)?$/;
const TIME_OF_DAY = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/;

/**
 * Reads an instant. Wall-clock text is read in `zone`: in a gap moved on by the gap, of a repeated time the second.
 * @param round where to go from a time between two milliseconds: a first instant goes up, a last one down.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function readWhen(what: string, when: When, zone: Zone, round: "up" | "down"): Instant {
  if (typeof when !== "string") return readNumber(what, when);
  const { offset, wallDown, wallUp } = readText(what, when);
  const wall = round === "up" ? wallUp : wallDown;
  return offset === undefined ? zone.instantOf(wall) : wall - offset;
}

/**
 * As `readWhen`, for what is judged by the wall clock of each tick: text without an offset stays a wall-clock time.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function readWhenOrWall(what: string, when: When): { readonly at: Instant } | { readonly wall: Wall } {
  if (typeof when !== "string") return { at: readNumber(what, when) };
  const { offset, wallDown } = readText(what, when);
  return offset === undefined ? { wall: wallDown } : { at: wallDown - offset };
}

/**
 * `"14:00"`, `"14:00:30"` or `"14:00:30.250"` as milliseconds since midnight.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function readTimeOfDay(what: string, text: string): Millis {
  const [written, hour = "", minute = "", second = "0", fraction = ""] = TIME_OF_DAY.exec(text) ?? [];
  const isTime = written !== undefined && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!isTime) throw invalid(what, text, 'write a time of day such as "14:00" or "14:00:30"');
  return ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000 + Number(fraction.padEnd(3, "0"));
}

function readNumber(what: string, when: Exclude<When, string>): Instant {
  const at = when instanceof Date ? when.getTime() : when;
  const isInstant = typeof at === "number" && Number.isInteger(at) && at >= INSTANT_FIRST && at <= INSTANT_LAST;
  if (!isInstant)
    throw invalid(what, when, 'write a Date, milliseconds since 1970, or text such as "2026-03-01T09:00:00Z"');
  return at;
}

function readText(what: string, text: string): Written {
  const [written, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", fraction = "", zone] =
    WRITTEN.exec(text) ?? [];
  if (written === undefined)
    throw invalid(
      what,
      text,
      'write "2026-03-01T09:00:00Z", "2026-03-01T09:00:00+01:00", or "2026-03-01T09:00" for a time in the schedule\'s zone',
    );
  const fields = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const wall = Date.UTC(...fields);
  // What Date.UTC carried over, such as 30 February or 24:00, reads differently when it is written again.
  const said = `${year}-${month}-${day}T${hour.padStart(2, "0")}:${minute.padStart(2, "0")}:${second.padStart(2, "0")}`;
  const isReal = wall >= INSTANT_FIRST && new Date(wall).toISOString().startsWith(said);
  if (!isReal) throw invalid(what, text, "no calendar has such a date and time");
  const wallDown = wall + Number(fraction.padEnd(3, "0").slice(0, 3));
  const wallUp = /[1-9]/.test(fraction.slice(3)) ? wallDown + 1 : wallDown;
  return { offset: zone === undefined ? undefined : readOffset(zone), wallDown, wallUp };
}

function readOffset(zone: string): Millis {
  if (zone === "Z") return 0;
  const size = (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
  return zone.startsWith("-") ? -size : size;
}

function invalid(what: string, given: unknown, why: string): CaudalError<"SCHEDULE_INVALID"> {
  const shown = typeof given === "string" ? JSON.stringify(given.slice(0, 60)) : String(given);
  return new CaudalError("SCHEDULE_INVALID", { what, why: `${shown} cannot be read: ${why}` });
}
