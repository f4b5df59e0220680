/**
 * What the clocks of the world show, read from Intl field by field, and when a wall-clock schedule fires by them:
 * the oracle that daylight saving is checked against. It shares no code with `src/schedule` and looks at every minute.
 */
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** An instant at which a clock is put forward or back. */
interface Change {
  readonly at: number;
  /** Wall clock minus UTC, in milliseconds. */
  readonly before: number;
  readonly after: number;
}

/** A stretch of time by one zone's clock. */
export interface ClockTable {
  readonly from: number;
  readonly until: number;
  readonly offset: number;
  readonly changes: readonly Change[];
}

interface Clock {
  /** Wall clock minus UTC. */
  readonly offsetAt: (at: number) => number;
  /** Whether it shows what this offset would make it show; cheaper than reading it. */
  readonly hasOffset: (at: number, offset: number) => boolean;
}

const two = (value: number) => String(value).padStart(2, "0");

function openClock(zone: string): Clock {
  const inZone = { timeZone: zone, hourCycle: "h23", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
  const whole = new Intl.DateTimeFormat("en-US", { ...inZone, year: "numeric", month: "2-digit", second: "2-digit" });
  const short = new Intl.DateTimeFormat("en-US", inZone);
  return {
    offsetAt: (at) => {
      const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = whole
        .format(at)
        .split(/\D+/)
        .map(Number);
      return Date.UTC(year, month - 1, day, hour, minute, second) - at;
    },
    hasOffset: (at, offset) => {
      const wall = new Date(at + offset);
      const shown = `${two(wall.getUTCDate())}, ${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}`;
      return short.format(at) === shown;
    },
  };
}

/** The table of a zone, with every change that lasts for `stepMs` at least, to the minute. Cost: 1 µs a step. */
export function readTable(zone: string, from: number, until: number, stepMs: number): ClockTable {
  const clock = openClock(zone);
  const changes: Change[] = [];
  const offset = clock.offsetAt(from);
  let before = offset;
  for (let at = from; at < until; ) {
    let high = Math.min(at + stepMs, until);
    if (clock.hasOffset(high, before)) {
      at = high;
      continue;
    }
    for (let low = at; high - low > MINUTE; ) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
      if (clock.hasOffset(middle, before)) low = middle;
      else high = middle;
    }
    const after = clock.offsetAt(high);
    if (clock.offsetAt(high - 1_000) !== before) throw new Error(`${zone} changes between two minutes before ${high}`);
    changes.push({ at: high, before, after });
    [at, before] = [high, after];
  }
  return { from, until, offset, changes };
}

export function offsetIn(table: ClockTable, at: number): number {
  return table.changes.findLast((change) => change.at <= at)?.after ?? table.offset;
}

/** The rule for hours that do not exist and those that exist twice, in our words. */
export interface OracleRules {
  readonly gap: "shift" | "first" | "skip";
  readonly repeat: "second" | "first" | "both";
}

/** The minutes of a stretch that a schedule means, as the wall clock counts them. */
export interface Minutes {
  readonly ticksBy: (rules: OracleRules) => readonly number[];
}

/** Every wall-clock minute of a stretch: when the clock shows it, and when it would have, where the clock jumped over it. */
export interface Stretch {
  readonly minutesOf: (isWanted: (wallMinute: number) => boolean) => Minutes;
}

/** Looks at each minute between two instants, and as far around them as the clock was ever put forward or back. */
export function readStretch(table: ClockTable, from: number, until: number): Stretch {
  const around = Math.max(0, ...table.changes.map(({ before, after }) => Math.abs(after - before)));
  const [begin, end] = [from - around, until + around];
  const changes = table.changes.filter((change) => change.at > begin && change.at <= end);
  const offsets = [offsetIn(table, begin), ...changes.map((change) => change.after)];
  const wallBegin = (begin + Math.min(...offsets)) / MINUTE;
  const size = (end + Math.max(...offsets)) / MINUTE - wallBegin + 1;
  const [first, last, gapEnd, shifted] = [0, 1, 2, 3].map(() => new Float64Array(size)) as [
    ...[Float64Array, Float64Array, Float64Array, Float64Array],
  ];
  let offset = offsets[0] ?? 0;
  for (let at = begin; at <= end; at += MINUTE) {
    const change = changes[0]?.at === at ? changes.shift() : undefined;
    const due = (at + offset) / MINUTE - wallBegin;
    offset = change?.after ?? offset;
    const shown = (at + offset) / MINUTE - wallBegin;
    for (let missing = due; missing < shown; missing++) {
      gapEnd[missing] = at;
      shifted[missing] = at + (missing - due) * MINUTE;
    }
    if (first[shown] === 0) first[shown] = at;
    last[shown] = at;
  }
  const repeats = { first: [first], second: [last], both: [first, last] };
  const gaps = { shift: [shifted], first: [gapEnd], skip: [] };
  return {
    minutesOf: (isWanted) => {
      const wanted: number[] = [];
      for (let index = 0; index < size; index++) if (isWanted(wallBegin + index)) wanted.push(index);
      return {
        ticksBy: ({ gap, repeat }) => {
          const fires = [...repeats[repeat], ...gaps[gap]].flatMap((times) => wanted.map((index) => times[index] ?? 0));
          return [...new Set(fires)].filter((at) => at >= from && at <= until).sort((a, b) => a - b);
        },
      };
    },
  };
}
