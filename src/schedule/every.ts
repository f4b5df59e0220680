/**
 * Fixed intervals: start, start + d, start + 2·d, …
 *
 * Ticks are counted from the start, never from the last run, so slow runs cannot make a schedule drift. Below a
 * day elapsed time counts and daylight saving moves nothing; from a day on the steps are taken on the wall
 * clock, so "every day at nine" stays at nine.
 */
import { type Duration, formatMillis, toMillis } from "../base/duration.ts";
import { DAY_MS, type Instant, type Millis } from "../base/time.ts";
import { readOptions } from "./options.ts";
import { type ClockRules, readRules, rulesAsJson } from "./rules.ts";
import { makeSchedule, type Schedule } from "./schedule.ts";
import { SEARCH_MS, type Source } from "./source.ts";
import { nextWallTick } from "./wall-ticks.ts";
import { readWhen, type When } from "./when.ts";
import { readZone, type Zone } from "./zone.ts";

export interface EveryOptions extends ClockRules {
  /** The first tick, from which the others are counted; 2019-01-01T00:00Z unless given, so `every("1m")` fires on the full minute. */
  readonly start?: When;
  /** IANA name of the zone of `start`, of filters, and of the wall clock of steps from a day on; `"UTC"` unless given. */
  readonly zone?: string;
}

const START_DEFAULT: Instant = Date.UTC(2019, 0, 1);

/**
 * A schedule of fixed intervals, such as `every("1m")` or `every("1d", { start: "2026-03-01T09:00", zone: "Europe/Madrid" })`.
 * @throws CaudalError DURATION_INVALID, ZONE_UNKNOWN, SCHEDULE_INVALID
 */
export function every(duration: Duration, options: EveryOptions = {}): Schedule {
  const everyMs = toMillis("every(…)", duration);
  readOptions("every(…)", options, ["start", "zone", "gap", "repeat"]);
  const zone = readZone(options.zone);
  const rules = readRules("every(…)", options, { gap: "shift", repeat: "second" });
  const start = options.start === undefined ? START_DEFAULT : readWhen("start of every(…)", options.start, zone, "up");
  const isWall = everyMs >= DAY_MS;
  const source: Source = {
    zone,
    next: isWall ? wallSteps(everyMs, start, zone, rules) : elapsedSteps(everyMs, start),
    idleUntil: (after) => Math.max(after, start - 1),
    searchMs: SEARCH_MS,
    parts: [
      `every ${formatEvery(everyMs)}${options.start === undefined ? "" : ` from ${new Date(start).toISOString()}`}${isWall && zone.name !== "UTC" ? ` in ${zone.name}` : ""}`,
    ],
    json: [{ kind: "every", everyMs, start: new Date(start).toISOString(), zone: zone.name, ...rulesAsJson(rules) }],
  };
  return makeSchedule(source);
}

/** The first step later than `after`; the start itself if `after` lies before it. Works for instants and wall clocks. */
function nextStep(after: number, start: number, everyMs: Millis): number {
  const stepsSoFar = Math.max(0, Math.floor((after - start) / everyMs) + 1);
  return start + stepsSoFar * everyMs;
}

function elapsedSteps(everyMs: Millis, start: Instant): Source["next"] {
  return (after, last) => {
    const at = nextStep(after, start, everyMs);
    return at <= last ? at : undefined;
  };
}

function wallSteps(everyMs: Millis, start: Instant, zone: Zone, rules: Required<ClockRules>): Source["next"] {
  const wallStart = zone.wallAt(start);
  const nextWall = (after: number) => nextStep(after, wallStart, everyMs);
  return (after, last) => nextWallTick(nextWall, zone, rules, Math.max(after, start - 1), last);
}

/** `90s` is said as `1m 30s`; what two parts cannot say is said in milliseconds. */
function formatEvery(everyMs: Millis): string {
  const parts = formatMillis(everyMs);
  const isExact =
    everyMs % 1_000 === 0 &&
    (everyMs < DAY_MS || everyMs % 3_600_000 === 0) &&
    (everyMs < 3_600_000 || everyMs % 60_000 === 0);
  return isExact ? parts : `${everyMs}ms`;
}
