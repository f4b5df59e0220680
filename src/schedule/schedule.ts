/**
 * Schedules: when runs start. Pure arithmetic: a schedule never reads a clock, it is asked what comes after an
 * instant.
 *
 * A schedule is one or more clocks (`every`, `cron`, `rrule`, `dates`, joined by `.and`), each with its own zone, steps and
 * parameters. What a chain says after `.and(…)` holds for all clocks joined so far.
 */
import { CaudalError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Instant } from "../base/time.ts";
import type { TickFilter } from "./filter.ts";
import { parametersKey, readParameters, type TickParameters } from "./parameters.ts";
import { INSTANT_FIRST, INSTANT_LAST, type Source } from "./source.ts";
import { except, from, only, shift, type Shift, until } from "./steps.ts";
import type { When } from "./when.ts";

/** One instant at which a run starts. Identified by (schedule id, clock, instant): at most one run for each. */
export interface Tick {
  readonly at: Instant;
  /** The index of the clock it comes from, in the order they were joined. */
  readonly clock: number;
  /** What the clock says about parameters, given by `.with(…)`. */
  readonly parameters: TickParameters;
}

export interface Schedule {
  /**
   * The first tick later than `after`; undefined when there is none ever again. The first of several where clocks
   * with different parameters fire at one instant: `nextAll` gives them all. A search ends after 100 years
   * without a tick (5 where a filter is a function).
   * @throws CaudalError SCHEDULE_INVALID when a filter that is a function refuses 10,000,000 ticks in a row
   */
  next(after: Instant): Tick | undefined;
  /** Every tick of the first instant later than `after`, in the order of their clocks; none when there is no such instant. */
  nextAll(after: Instant): readonly Tick[];
  /** The next `count` ticks (at most 100,000) in order of instant, then clock; fewer when the schedule ends. */
  upcoming(after: Instant, count: number): readonly Tick[];

  /** The ticks of both; where both fire at one instant with equal parameters, that is one tick. */
  and(other: Schedule): Schedule;
  /** Only ticks that a filter accepts: `isWeekday`, `betweenTimes("09:00", "17:00")`, or a function of the local time. */
  only(filter: TickFilter): Schedule;
  /** Only ticks that a filter does not accept. */
  except(filter: TickFilter): Schedule;
  /**
   * Every tick moved: by a duration (`"90s"`, `"-1h"`; from a day on the local time stays, as in `every`), or by
   * `nextWeekday`. Filters before it judge the time before, those after it the time after.
   */
  shift(by: Shift): Schedule;
  /** No tick before this instant; one at it stays. Text without an offset is read in each clock's zone. */
  from(first: When): Schedule;
  /** No tick after this instant; one at it stays. Text without an offset is read in each clock's zone. */
  until(last: When): Schedule;
  /** Parameters for the runs these ticks start: they win over the flow's defaults, and over earlier ones of the same name. */
  with(options: { readonly parameters: TickParameters }): Schedule;

  /** One line for people. */
  describe(): string;
  toJSON(): Json;
}

interface Clock {
  readonly source: Source;
  readonly parameters: TickParameters;
  /** Equal for equal parameters. */
  readonly parametersKey: string;
}

const UPCOMING_MAX = 100_000;
const CLOCKS_MAX = 1_000;

/** Shared by all copies of this package. */
const CLOCKS = Symbol.for("caudal.schedule.clocks");

/** A schedule of one clock. */
export function makeSchedule(source: Source): Schedule {
  return new ClockSet([{ source, parameters: {}, parametersKey: parametersKey({}) }]);
}

export function isSchedule(value: unknown): value is Schedule {
  return typeof value === "object" && value !== null && CLOCKS in value;
}

class ClockSet implements Schedule {
  readonly [CLOCKS]: readonly Clock[];

  constructor(clocks: readonly Clock[]) {
    if (clocks.length > CLOCKS_MAX)
      throw new CaudalError("SCHEDULE_INVALID", {
        what: ".and(…)",
        why: `${clocks.length} clocks are more than ${CLOCKS_MAX}`,
      });
    this[CLOCKS] = clocks;
  }

  next(after: Instant): Tick | undefined {
    return this.nextAll(after)[0];
  }

  nextAll(after: Instant): readonly Tick[] {
    const { value } = ticks(this[CLOCKS], after).next();
    return value ?? [];
  }

  upcoming(after: Instant, count: number): readonly Tick[] {
    if (!Number.isInteger(count) || count < 0 || count > UPCOMING_MAX) {
      throw new CaudalError("SCHEDULE_INVALID", {
        what: "count of .upcoming(…)",
        why: `write a whole number from 0 to ${UPCOMING_MAX}`,
      });
    }
    const found: Tick[] = [];
    if (count === 0) return found;
    for (const group of ticks(this[CLOCKS], after)) {
      found.push(...group);
      if (found.length >= count) break;
    }
    return found.slice(0, count);
  }

  and(other: Schedule): Schedule {
    if (!isSchedule(other))
      throw new CaudalError("SCHEDULE_INVALID", {
        what: ".and(…)",
        why: "it takes a schedule made by every(…), cron(…), rrule(…) or dates(…)",
      });
    return new ClockSet([...this[CLOCKS], ...(other as ClockSet)[CLOCKS]]);
  }

  only(filter: TickFilter): Schedule {
    return this.eachSource((source) => only(source, filter));
  }

  except(filter: TickFilter): Schedule {
    return this.eachSource((source) => except(source, filter));
  }

  shift(by: Shift): Schedule {
    return this.eachSource((source) => shift(source, by));
  }

  from(first: When): Schedule {
    return this.eachSource((source) => from(source, first));
  }

  until(last: When): Schedule {
    return this.eachSource((source) => until(source, last));
  }

  with(options: { readonly parameters: TickParameters }): Schedule {
    const given = readParameters(".with({ parameters })", options?.parameters);
    return new ClockSet(
      this[CLOCKS].map(({ source, parameters: earlier }) => {
        const parameters = { ...earlier, ...given };
        return { source, parameters, parametersKey: parametersKey(parameters) };
      }),
    );
  }

  describe(): string {
    return this[CLOCKS].map(describeClock).join("; and ");
  }

  toJSON(): Json {
    return {
      clocks: this[CLOCKS].map(({ source, parameters }) => ({
        base: source.json[0] ?? null,
        steps: source.json.slice(1),
        parameters: parameters as Json,
      })),
    };
  }

  private eachSource(step: (source: Source) => Source): Schedule {
    return new ClockSet(this[CLOCKS].map((clock) => ({ ...clock, source: step(clock.source) })));
  }
}

function describeClock({ source, parameters, parametersKey: text }: Clock): string {
  const parts = Object.keys(parameters).length === 0 ? source.parts : [...source.parts, `with ${text}`];
  return parts.join(", ");
}

/** The ticks later than `after`, those of one instant together. */
function* ticks(clocks: readonly Clock[], after: Instant): Generator<readonly Tick[], undefined> {
  if (typeof after !== "number" || Number.isNaN(after)) {
    throw new CaudalError("SCHEDULE_INVALID", {
      what: "after",
      why: `${String(after)} is no instant: give milliseconds since 1970`,
    });
  }
  const begin = Math.max(INSTANT_FIRST - 1, Math.floor(after));
  const nextOf = clocks.map(({ source }) => nextOfSource(source, begin));
  for (;;) {
    const at = earliest(nextOf);
    if (at === undefined) return;
    const firing = clocks.flatMap(({ source, parameters, parametersKey: key }, clock) =>
      nextOf[clock] === at ? [{ at, clock, source, parameters, key }] : [],
    );
    const isRepeated = (key: string, index: number) => firing.findIndex((other) => other.key === key) < index;
    yield firing
      .filter(({ key }, index) => !isRepeated(key, index))
      .map(({ clock, parameters }) => ({ at, clock, parameters }));
    for (const { clock, source } of firing) nextOf[clock] = nextOfSource(source, at);
  }
}

function nextOfSource(source: Source, after: Instant): Instant | undefined {
  const idleUntil = source.idleUntil(after);
  if (idleUntil >= INSTANT_LAST) return undefined;
  return source.next(after, Math.min(idleUntil + source.searchMs, INSTANT_LAST));
}

function earliest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  let first: Instant | undefined;
  for (const at of instants) if (at !== undefined && (first === undefined || at < first)) first = at;
  return first;
}
