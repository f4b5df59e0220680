/** The steps of a chain: each wraps the source before it, in the order they are written. */
import { type Duration, formatMillis, toMillisOrZero } from "../base/duration.ts";
import { CaudalError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { DAY_MS, type Instant, type Millis } from "../base/time.ts";
import { isWeekend, type Moment, type NamedFilter, nextWeekday } from "./day-filters.ts";
import { isDayOfWeek, readFilter, type TickFilter } from "./filter.ts";
import type { Source } from "./source.ts";
import { readWhen, type When } from "./when.ts";

/** What `.shift(…)` takes: a duration, with a minus in front to move back (`"-1h"`), or `nextWeekday`. */
export type Shift = Duration | typeof nextWeekday;

/** How far a filter that is a function is followed. */
const ASKED_MS_MAX: Millis = 5 * 366 * DAY_MS;
const QUESTIONS_MAX = 10_000_000;

/** How far `nextWeekday` looks at first. */
const WEEKDAYS_SEARCH_MS: Millis = 8 * DAY_MS;
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
  return extended(source, part, json, (after, withinMs) => {
    const searchMs = filter.asksEachTime ? Math.min(withinMs, ASKED_MS_MAX) : withinMs;
    let at = source.next(after, withinMs);
    if (at === undefined) return undefined;
    const searchUntil = at + searchMs;
    for (let questions = 0; questions < QUESTIONS_MAX; questions++) {
      if (at === undefined || at > searchUntil) return undefined;
      const moment = { at, wall: zone.wallAt(at), zone };
      if (isWanted(moment)) return at;
      const holdsUntil = filter.holdsUntil(moment);
      if (holdsUntil > searchUntil) return undefined;
      at = source.next(Math.max(at, holdsUntil - 1), searchUntil - at);
    }
    throw new CaudalError("SCHEDULE_INVALID", {
      what: filter.name,
      why: `it has refused ${QUESTIONS_MAX} ticks one after the other. Take a longer interval, or a filter such as betweenTimes(…) that can be skipped through`,
    });
  });
}

/** Every tick moved. @throws CaudalError DURATION_INVALID */
export function shift(source: Source, by: Shift): Source {
  if (by === nextWeekday) return onWeekdays(source);
  const byMs = readShift(by as Duration);
  const part = byMs < 0 ? `${formatMillis(-byMs)} earlier` : `${formatMillis(byMs)} later`;
  return extended(source, part, { shiftMs: byMs }, (after, withinMs) => {
    const at = source.next(after - byMs, withinMs);
    return at === undefined ? undefined : at + byMs;
  });
}

function readShift(by: Duration): Millis {
  if (typeof by === "string" && by.startsWith("-")) return -toMillisOrZero(".shift(…)", by.slice(1) as Duration);
  return typeof by === "number" && by < 0 ? -toMillisOrZero(".shift(…)", -by) : toMillisOrZero(".shift(…)", by);
}

/** Three streams, each in order: what stays, Saturdays two days later, Sundays one day later. Equal instants are one tick. */
function onWeekdays(source: Source): Source {
  const streams = [
    except(source, isWeekend),
    daysLater(only(source, isDayOfWeek("saturday")), 2),
    daysLater(only(source, isDayOfWeek("sunday")), 1),
  ];
  return extended(source, "moved to the next weekday", { shift: "nextWeekday" }, (after, withinMs) => {
    const begin = source.next(after - WEEKDAYS_REACH_MS, withinMs + WEEKDAYS_REACH_MS);
    if (begin === undefined) return undefined;
    // What comes first bounds the search in the other streams, which may be empty for a century. Beyond what all of
    // them have searched, the first found need not be the first there is.
    for (let searchMs = WEEKDAYS_SEARCH_MS; ; searchMs *= 8) {
      const reachMs = Math.min(searchMs, withinMs + 2 * WEEKDAYS_REACH_MS);
      const found = streams.map((stream) => stream.next(after, reachMs));
      const first = Math.min(...found.map((at) => at ?? Infinity));
      if (first <= Math.max(begin, after) + reachMs - WEEKDAYS_REACH_MS) return first;
      if (reachMs < searchMs) return undefined;
    }
  });
}

/** Whole days on the wall clock. Where offsets change on the way the order can, so all that may come first are compared. */
function daysLater(source: Source, days: number): Source {
  const { zone } = source;
  const byMs = days * DAY_MS;
  return extended(source, "", null, (after, withinMs) => {
    const spread = zone.offsetSpread(after - byMs - DAY_MS, after + DAY_MS);
    let from = source.next(after - byMs - spread, withinMs);
    let best: Instant | undefined;
    while (from !== undefined && (best === undefined || from + byMs - spread < best)) {
      const at = zone.instantOf(zone.wallAt(from) + byMs);
      if (at > after && (best === undefined || at < best)) best = at;
      from = source.next(from, withinMs);
    }
    return best;
  });
}

/** No tick before `first`. @throws CaudalError SCHEDULE_INVALID */
export function from(source: Source, first: When): Source {
  const firstAt = readWhen(".from(…)", first, source.zone, "up");
  return extended(
    source,
    `from ${new Date(firstAt).toISOString()}`,
    { from: new Date(firstAt).toISOString() },
    (after, withinMs) => source.next(Math.max(after, firstAt - 1), withinMs),
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
    (after, withinMs) => {
      if (after >= lastAt) return undefined;
      const at = source.next(after, Math.min(withinMs, lastAt - after));
      return at === undefined || at > lastAt ? undefined : at;
    },
  );
}

function extended(source: Source, part: string, json: Json, next: Source["next"]): Source {
  return {
    zone: source.zone,
    next: remembering(next),
    parts: [...source.parts, part],
    json: [...source.json, json],
  };
}

/** Until the last tick found is over it is the answer again: steps upon steps ask the same over and over. */
function remembering(next: Source["next"]): Source["next"] {
  let askedAfter: Instant = Number.POSITIVE_INFINITY;
  let answer: Instant = Number.NEGATIVE_INFINITY;
  return (after, withinMs) => {
    if (after >= askedAfter && after < answer) return answer;
    const found = next(after, withinMs);
    if (found !== undefined) [askedAfter, answer] = [after, found];
    return found;
  };
}
