/**
 * Cron: wall-clock candidates from croner's calendar search (which here knows no zone and no clock), instants by
 * our rule. Hours given as `*` or a step mean "all the time" and fire in both passes of a repeated hour.
 */
import { Cron } from "croner";
import { CaudalError } from "../base/errors.ts";
import { readCron } from "./cron-text.ts";
import { readOptions } from "./options.ts";
import { type ClockRules, readRules, rulesAsJson } from "./rules.ts";
import { makeSchedule, type Schedule } from "./schedule.ts";
import { SEARCH_MS, type Source } from "./source.ts";
import { type NextWall, nextWallTick } from "./wall-ticks.ts";
import { readZone, type Wall } from "./zone.ts";

export interface CronOptions extends ClockRules {
  /** IANA name of the zone whose wall clock the text speaks of; `"UTC"` unless given. */
  readonly zone?: string;
  /** With both day and weekday given: fire when either fits (true, the default) or only when both do. */
  readonly dayOr?: boolean;
}

/**
 * A schedule from cron text, such as `cron("0 9 * * mon-fri", { zone: "Europe/Madrid" })`. Five fields: minute,
 * hour, day, month, weekday; a sixth is seconds. All forms: `cron-text.ts`.
 * @throws CaudalError CRON_INVALID, CRON_NEVER, ZONE_UNKNOWN, SCHEDULE_INVALID
 */
export function cron(text: string, options: CronOptions = {}): Schedule {
  const { pattern, isHourOpen } = readCron(text);
  readOptions("cron(…)", options, ["zone", "dayOr", "gap", "repeat"]);
  const zone = readZone(options.zone);
  const rules = readRules("cron(…)", options, { gap: "shift", repeat: isHourOpen ? "both" : "second" });
  const { dayOr = true } = options;
  if (typeof dayOr !== "boolean")
    throw new CaudalError("SCHEDULE_INVALID", { what: "dayOr of cron(…)", why: "write true or false" });
  const nextWall = remembering(calendarSearch(pattern, dayOr));
  // A leap year and every weekday for its 29 February lie within 40 years, the longest calendar has to offer.
  if (nextWall(Date.UTC(2000, 0, 1)) === undefined) throw new CaudalError("CRON_NEVER", { text });
  const written = text.trim().replaceAll(/\s+/g, " ");
  const source: Source = {
    zone,
    next: (after, last) => nextWallTick(nextWall, zone, rules, after, last),
    idleUntil: (after) => after,
    searchMs: SEARCH_MS,
    parts: [`cron "${written}"${dayOr ? "" : " (day and weekday)"}${zone.name === "UTC" ? "" : ` in ${zone.name}`}`],
    json: [{ kind: "cron", text: written, zone: zone.name, dayOr, ...rulesAsJson(rules) }],
  };
  return makeSchedule(source);
}

function calendarSearch(pattern: string, dayOr: boolean): NextWall {
  const calendar = new Cron(pattern, { mode: "6-part", utcOffset: 0, domAndDow: !dayOr, paused: true });
  return (after) => calendar.nextRun(new Date(after))?.getTime();
}

/** Asks again only when the answer can be another one: a search costs some 5 to 15 µs. */
function remembering(search: NextWall): NextWall {
  let askedAfter: Wall = Number.POSITIVE_INFINITY;
  let answer: Wall | undefined;
  return (after) => {
    const isKnown = after >= askedAfter && (answer === undefined || after < answer);
    if (!isKnown) [askedAfter, answer] = [after, search(after)];
    return answer;
  };
}
