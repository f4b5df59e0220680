/**
 * Recurrence rules of calendars (RFC 5545): wall-clock candidates by our own arithmetic (docs/adr/0008), instants by our
 * rule. A rule that is finer than a day and names no hours means "all the time" and fires in both passes of a
 * repeated hour, as an open hour of `cron` does.
 */
import { CaudalError } from "../base/errors.ts";
import type { Instant } from "../base/time.ts";
import { readOptions } from "./options.ts";
import { makeRuleSearch } from "./rrule-search.ts";
import { readRule, type RuleParts } from "./rrule-text.ts";
import { type ClockRules, readRules, rulesAsJson } from "./rules.ts";
import { makeSchedule, type Schedule } from "./schedule.ts";
import { INSTANT_FIRST, SEARCH_MS, type Source } from "./source.ts";
import { type NextWall, nextWallTick } from "./wall-ticks.ts";
import { readWhenOrWall, type When } from "./when.ts";
import { readZone, REACH_MS, type Wall, type Zone } from "./zone.ts";

export interface RruleOptions extends ClockRules {
  /**
   * Where the rule begins (DTSTART): intervals and COUNT are counted from it, and it supplies what the rule does not say,
   * such as the time of day. A tick itself only if it fits the rule. In full seconds, rounded up; 2019-01-01T00:00 of
   * the zone's clock unless given.
   */
  readonly start?: When;
  /** IANA name of the zone whose wall clock the rule speaks of; `"UTC"` unless given. */
  readonly zone?: string;
}

const START_DEFAULT: Wall = Date.UTC(2019, 0, 1);

/**
 * A schedule from a recurrence rule of RFC 5545, such as
 * `rrule("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=18", { zone: "Europe/Madrid" })`: all its parts. UNTIL is inclusive: an
 * instant (`…Z`), a wall-clock time, or a date, which is its midnight. COUNT, at most 100,000, also counts times
 * that a gap of the clock skips.
 * @throws CaudalError RRULE_INVALID, RRULE_NEVER, ZONE_UNKNOWN, SCHEDULE_INVALID
 */
export function rrule(rule: string, options: RruleOptions = {}): Schedule {
  readOptions("rrule(…)", options, ["start", "zone", "gap", "repeat"]);
  const parts = readRule(rule, options.start !== undefined);
  const zone = readZone(options.zone);
  const isOpen = parts.hours === undefined && ["HOURLY", "MINUTELY", "SECONDLY"].includes(parts.frequency);
  const rules = readRules("rrule(…)", options, { gap: "shift", repeat: isOpen ? "both" : "second" });
  const start = readStart(options.start, zone);
  const search = remembering(makeRuleSearch(parts, start.wall));
  if (search(start.wall - 1) === undefined) throw new CaudalError("RRULE_NEVER", { rule: parts.text });
  const nextWall = untilLast(search, start.wall, parts);
  const untilAt = parts.until !== undefined && "at" in parts.until ? parts.until.at : Number.POSITIVE_INFINITY;
  const where = zone.name === "UTC" ? "" : ` in ${zone.name}`;
  const source: Source = {
    zone,
    next: (after, last) => nextWallTick(nextWall, zone, rules, Math.max(after, start.at - 1), Math.min(last, untilAt)),
    idleUntil: (after) => Math.max(after, start.wall - REACH_MS),
    searchMs: SEARCH_MS,
    parts: [`rrule "${parts.text}"${options.start === undefined ? "" : ` from ${start.text}`}${where}`],
    json: [{ kind: "rrule", rule: parts.text, start: start.text, zone: zone.name, ...rulesAsJson(rules) }],
  };
  return makeSchedule(source);
}

/** A start that is text without an offset stays a wall-clock time: it may lie in a gap on its own day only. */
function readStart(
  given: When | undefined,
  zone: Zone,
): { readonly wall: Wall; readonly at: Instant; readonly text: string } {
  const start = given === undefined ? { wall: START_DEFAULT } : readWhenOrWall("start of rrule(…)", given);
  if ("wall" in start) {
    const wall = fullSecond(start.wall);
    return { wall, at: INSTANT_FIRST, text: new Date(wall).toISOString().slice(0, -5) };
  }
  const at = fullSecond(start.at);
  return { wall: zone.wallAt(at), at, text: new Date(at).toISOString() };
}

function fullSecond(time: number): number {
  return Math.ceil(time / 1_000) * 1_000;
}

/** The candidates up to what COUNT and UNTIL allow. Cost: COUNT is counted out once, 100,000 in about 0.1 s. */
function untilLast(search: NextWall, start: Wall, { count, until }: RuleParts): NextWall {
  if (count === undefined && until === undefined) return search;
  let last: Wall | undefined;
  return (after) => {
    last ??= count === undefined ? lastOf(until) : nthWall(search, start, count);
    const wall = after < last ? search(after) : undefined;
    return wall !== undefined && wall <= last ? wall : undefined;
  };
}

/** Of an instant, the furthest any clock can show then: the instant itself is compared later. */
function lastOf(until: RuleParts["until"]): Wall {
  if (until === undefined) return Number.POSITIVE_INFINITY;
  return "wall" in until ? until.wall : until.at + REACH_MS;
}

function nthWall(search: NextWall, start: Wall, count: number): Wall {
  let wall = start - 1;
  for (let counted = 0; counted < count; counted++) {
    const next = search(wall);
    if (next === undefined) return wall;
    wall = next;
  }
  return wall;
}

/** Asks again only when the answer can be another one: the two or three candidates of a tick are mostly the same. */
function remembering(search: NextWall): NextWall {
  let askedAfter: Wall = Number.POSITIVE_INFINITY;
  let answer: Wall = Number.NEGATIVE_INFINITY;
  return (after) => {
    if (after >= askedAfter && after < answer) return answer;
    const found = search(after);
    if (found !== undefined) [askedAfter, answer] = [after, found];
    return found;
  };
}
