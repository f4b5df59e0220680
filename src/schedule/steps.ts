/** The steps of a chain: each wraps the source before it, in the order they are written. */
import { type Duration, formatMillis, toMillisOrZero } from "../base/duration.ts";
import { CaudalError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { DAY_MS, type Instant, type Millis } from "../base/time.ts";
import { isWeekend, type Moment, type NamedFilter, nextWeekday } from "./day-filters.ts";
import { isDayOfWeek, readFilter, type TickFilter } from "./filter.ts";
import { INSTANT_LAST, type Source } from "./source.ts";
import { readWhen, type When } from "./when.ts";
import { REACH_MS } from "./zone.ts";

/** What `.shift(…)` takes: a duration, with a minus in front to move back (`"-1h"`), or `nextWeekday`. */
export type Shift = Duration | typeof nextWeekday;

/** How far a filter that is a function is followed. */
const ASKED_MS_MAX: Millis = 5 * 366 * DAY_MS;
const QUESTIONS_MAX = 10_000_000;

/** The furthest it moves a tick, and offsets with it. */
const WEEKDAYS_REACH_MS: Millis = 4 * DAY_MS;

/** Only the ticks a filter accepts. @throws CaudalError SCHEDULE_INVALID */
export function only(source: Source, filter: TickFilter): Source {
  const named = readFilter(".only(…)", filter);
  return filtered(source, named, (moment) => named.accepts(moment), `only ${named.name}`, { only: named.json });
}

/** Only the ticks a filter does not accept. @throws CaudalError SCHEDULE_INVALID */
export function except(source: Source, filter: TickFilter): Source {
  const named = readFilter(".except(…)", filter);
  return filtered(source, named, (moment) => !named.accepts(moment), `except ${named.name}`, { except: named.json });
}

function filtered(
  source: Source,
  filter: NamedFilter,
  isWanted: (moment: Moment) => boolean,
  part: string,
  json: Json,
): Source {
  const { zone } = source;
  const momentAt = (at: Instant): Moment => ({ at, wall: zone.wallAt(at), zone });
  const next: Source["next"] = (after, last) => {
    let at = source.next(after, last);
    for (let questions = 0; questions < QUESTIONS_MAX; questions++) {
      if (at === undefined) return undefined;
      const moment = momentAt(at);
      if (isWanted(moment)) return at;
      const holdsUntil = filter.holdsUntil(moment);
      if (holdsUntil > last) return undefined;
      at = source.next(Math.max(at, holdsUntil - 1), last);
    }
    throw new CaudalError("SCHEDULE_INVALID", {
      what: filter.name,
      why: `it has refused ${QUESTIONS_MAX} ticks one after the other. Take a longer interval, or a filter such as betweenTimes(…) that can be skipped through`,
    });
  };
  const idleUntil = (after: Instant): Instant => {
    const idle = source.idleUntil(after);
    if (filter.asksEachTime || idle >= INSTANT_LAST) return idle; // a function is asked about ticks only
    const moment = momentAt(idle + 1);
    return isWanted(moment) ? idle : filter.holdsUntil(moment) - 1;
  };
  const searchMs = filter.asksEachTime ? Math.min(source.searchMs, ASKED_MS_MAX) : source.searchMs;
  return extended(source, part, json, { next, idleUntil, searchMs });
}

/** Every tick moved: by elapsed time, from a day on by the wall clock, as `every` steps. @throws CaudalError DURATION_INVALID */
export function shift(source: Source, by: Shift): Source {
  if (typeof by === "object" && by?.adjust === nextWeekday.adjust) return onWeekdays(source); // of any copy of this package
  const byMs = readShift(by as Duration);
  const part = byMs < 0 ? `${formatMillis(-byMs)} earlier` : `${formatMillis(byMs)} later`;
  const isWall = Math.abs(byMs) >= DAY_MS;
  return extended(source, part, { shiftMs: byMs }, isWall ? movedOnTheWall(source, byMs) : moved(source, byMs));
}

function moved(source: Source, byMs: Millis): Step {
  return {
    next: (after, last) => {
      const at = source.next(after - byMs, last - byMs);
      return at === undefined ? undefined : at + byMs;
    },
    idleUntil: (after) => source.idleUntil(after - byMs) + byMs,
  };
}

/** Where offsets change on the way the order of ticks can, so all that may come first are compared. */
function movedOnTheWall(source: Source, byMs: Millis): Step {
  const { zone } = source;
  return {
    next: (after, last) => {
      // Whatever the offsets do, this one is moved to later than `after`: what comes first lies before it.
      const sureAfter = after - byMs + REACH_MS;
      const sure = source.next(sureAfter, last - byMs + REACH_MS) ?? sureAfter;
      const bound = Math.min(last, sure + byMs + REACH_MS);
      const spread = zone.offsetSpread(
        Math.min(after, after - byMs) - REACH_MS,
        Math.max(bound, bound - byMs) + REACH_MS,
      );
      let best: Instant | undefined;
      let at = source.next(after - byMs - spread, bound - byMs + spread);
      while (at !== undefined) {
        const movedAt = zone.instantOf(zone.wallAt(at) + byMs);
        if (movedAt > after && movedAt <= bound && (best === undefined || movedAt < best)) best = movedAt;
        at = source.next(at, (best ?? bound) - byMs + spread);
      }
      return best;
    },
    idleUntil: (after) => Math.max(after, source.idleUntil(after - byMs - REACH_MS) + byMs - REACH_MS),
  };
}

function readShift(by: Duration): Millis {
  if (typeof by === "string" && by.startsWith("-")) return -toMillisOrZero(".shift(…)", by.slice(1) as Duration);
  return typeof by === "number" && by < 0 ? -toMillisOrZero(".shift(…)", -by) : toMillisOrZero(".shift(…)", by);
}

/** Three streams, each in order: what stays, Saturdays two days later, Sundays one day later. Equal instants are one tick. */
function onWeekdays(source: Source): Source {
  const daysLater = (day: "saturday" | "sunday", days: number) => {
    const onDay = only(source, isDayOfWeek(day));
    return extended(onDay, "", null, movedOnTheWall(onDay, days * DAY_MS));
  };
  const streams = [except(source, isWeekend), daysLater("saturday", 2), daysLater("sunday", 1)];
  const next: Source["next"] = (after, last) => {
    // What is later than `after` stays later when it is moved, so it bounds the search in streams that may be empty
    // for a century; without it only what lies before `after` may still be moved over it.
    const unmoved = source.next(after, last);
    const bound = Math.min(last, (unmoved ?? after) + WEEKDAYS_REACH_MS);
    const first = Math.min(...streams.map((stream) => stream.next(after, bound) ?? Infinity));
    return first < Infinity ? first : undefined;
  };
  const idleUntil = (after: Instant) => Math.max(after, source.idleUntil(after - WEEKDAYS_REACH_MS));
  return extended(source, "moved to the next weekday", { shift: "nextWeekday" }, { next, idleUntil });
}

/** No tick before `first`. @throws CaudalError SCHEDULE_INVALID */
export function from(source: Source, first: When): Source {
  const firstAt = readWhen(".from(…)", first, source.zone, "up");
  return extended(
    source,
    `from ${new Date(firstAt).toISOString()}`,
    { from: new Date(firstAt).toISOString() },
    {
      next: (after, last) => source.next(Math.max(after, firstAt - 1), last),
      idleUntil: (after) => source.idleUntil(Math.max(after, firstAt - 1)),
    },
  );
}

/** No tick after `last`. @throws CaudalError SCHEDULE_INVALID */
export function until(source: Source, last: When): Source {
  const isDay = typeof last === "string" && /^\d{4}-\d{2}-\d{2}$/.test(last);
  if (isDay)
    throw new CaudalError("SCHEDULE_INVALID", {
      what: ".until(…)",
      why: `"${last}" may mean the beginning of the day or its end: say the time too, such as "${last}T23:59:59"`,
    });
  const lastAt = readWhen(".until(…)", last, source.zone, "down");
  return extended(
    source,
    `until ${new Date(lastAt).toISOString()}`,
    { until: new Date(lastAt).toISOString() },
    { next: (after, last) => source.next(after, Math.min(last, lastAt)) },
  );
}

/** What a step changes of the source before it. */
type Step = Pick<Source, "next"> & Partial<Pick<Source, "idleUntil" | "searchMs">>;

function extended(source: Source, part: string, json: Json, { next, idleUntil, searchMs }: Step): Source {
  return {
    zone: source.zone,
    next: remembering(next),
    idleUntil: idleUntil ?? source.idleUntil,
    searchMs: searchMs ?? source.searchMs,
    parts: [...source.parts, part],
    json: [...source.json, json],
  };
}

/** Steps upon steps ask the same over and over: one stretch is kept in which there is no tick, and what it ended at. */
function remembering(next: Source["next"]): Source["next"] {
  let idleAfter: Instant = Number.POSITIVE_INFINITY;
  /** The last instant known to have no tick, or the one before `tick`. */
  let idleLast: Instant = Number.NEGATIVE_INFINITY;
  let tick: Instant | undefined;
  return (after, last) => {
    if (after >= last) return undefined;
    const isKnown = after >= idleAfter && after <= idleLast;
    if (!isKnown) [idleAfter, idleLast, tick] = [after, after, undefined];
    if (tick === undefined && idleLast < last) {
      tick = next(idleLast, last);
      idleLast = tick === undefined ? last : tick - 1;
    }
    return tick !== undefined && tick <= last ? tick : undefined;
  };
}
