/**
 * Cron text, read strictly, with the column of what is wrong.
 *
 * Five fields: minute, hour, day, month, weekday; a sixth is seconds, as in Prefect 1.x (other libraries put
 * seconds first). A field is `*` or a list of numbers, names (`JAN`, `mon`), ranges (`1-5`, `fri-mon`) and steps
 * (`10/20`, `8-18/2`, and the same after `*`). Weekdays are 0 to 6 from Sunday, 7 is Sunday too; `5#2` is the second Friday of the
 * month, `L5` or `5L` the last, `L` as a day the month's last. `?` is `*` for days. `@hourly`, `@daily`,
 * `@midnight`, `@weekly`, `@monthly`, `@yearly` and `@annually` stand for what they say.
 */
import { CaudalError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";

export interface CronFields {
  /** Six fields, seconds first, numbers only, days from Sunday = 0: what the calendar search understands. */
  readonly pattern: string;
  /** The hours are given as `*` or with a step: they mean "all the time", so a repeated hour counts twice. */
  readonly isHourOpen: boolean;
}

interface FieldRule {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names from `min` on. */
  readonly names: readonly string[];
}

/** Something wrong at a place, counted from the start of the text that is being read. */
class Wrong extends Error {
  readonly column: number;
  constructor(column: number, why: string) {
    super(why);
    this.column = column;
  }
}

const MINUTE: FieldRule = { name: "minute", min: 0, max: 59, names: [] };
const HOUR: FieldRule = { name: "hour", min: 0, max: 23, names: [] };
const DAY: FieldRule = { name: "day", min: 1, max: 31, names: [] };
const MONTH: FieldRule = {
  name: "month",
  min: 1,
  max: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: FieldRule = {
  name: "weekday",
  min: 0,
  max: 6,
  names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};
const SECOND: FieldRule = { name: "second", min: 0, max: 59, names: [] };
const FIELDS = [MINUTE, HOUR, DAY, MONTH, WEEKDAY, SECOND] as const;

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

const TEXT_LENGTH_MAX = 500;

/**
 * Reads cron text.
 * @throws CaudalError CRON_INVALID
 */
export function readCron(text: string): CronFields {
  if (typeof text !== "string")
    throw new CaudalError("CRON_INVALID", { text: String(text), column: 0, why: 'write text such as "0 9 * * 1-5"' });
  try {
    return readFields(text);
  } catch (wrong) {
    if (!(wrong instanceof Wrong)) throw wrong;
    throw new CaudalError("CRON_INVALID", {
      text: text.slice(0, TEXT_LENGTH_MAX).replaceAll(/\s/g, " "),
      column: wrong.column,
      why: wrong.message,
    }); // a caret lines up under spaces only
  }
}

function readFields(text: string): CronFields {
  if (text.length > TEXT_LENGTH_MAX)
    throw new Wrong(TEXT_LENGTH_MAX, `it is longer than ${TEXT_LENGTH_MAX} characters`);
  const words = [...text.matchAll(/\S+/g)];
  const first = words[0];
  if (first?.[0].startsWith("@")) return readFields(readAlias(text.trim(), first.index));
  const excess = words[FIELDS.length];
  if (excess !== undefined)
    throw new Wrong(
      excess.index,
      `it has ${words.length} fields: write minute, hour, day, month, weekday, and seconds last if any`,
    );
  if (words.length < 5)
    throw new Wrong(
      text.trimEnd().length,
      `${FIELDS[words.length]?.name ?? "a field"} is missing: write minute, hour, day, month, weekday`,
    );
  const [minute, hour, day, month, weekday, second = "0"] = words.map((word, index) =>
    readField(word[0], word.index, FIELDS[index] ?? SECOND),
  );
  return {
    pattern: [second, minute, hour, day, month, weekday].join(" "),
    isHourOpen: /[*/]/.test(words[1]?.[0] ?? ""),
  };
}

function readAlias(alias: string, column: number): string {
  const fields = ALIASES.get(alias.toLowerCase());
  if (fields !== undefined) return fields;
  if (alias.toLowerCase() === "@reboot")
    throw new Wrong(column, "@reboot is no time: run the flow when the process starts");
  const meant = nearest(alias, ALIASES.keys());
  throw new Wrong(column, `'${alias}' is no alias${meant === undefined ? "" : `: did you mean ${meant}?`}`);
}

/** One field in the form the calendar search takes. */
function readField(field: string, column: number, rule: FieldRule): string {
  if (field === "*" || (field === "?" && (rule === DAY || rule === WEEKDAY))) return "*";
  const found = new Set<string>();
  let at = column;
  for (const item of field.split(",")) {
    for (const value of readItem(item, at, rule)) found.add(value);
    at += item.length + 1;
  }
  return [...found].join(",");
}

function readItem(item: string, column: number, rule: FieldRule): readonly string[] {
  if (item === "") throw new Wrong(column, `${rule.name} has nothing beside a comma`);
  const special = readSpecial(item, column, rule);
  if (special !== undefined) return [special];
  const [range = "", step, ...more] = item.split("/");
  if (more.length > 0)
    throw new Wrong(column + range.length + 1 + (step?.length ?? 0), `${rule.name} has two steps in '${item}'`);
  const size = rule.max - rule.min + 1;
  const by = step === undefined ? 1 : readStep(step, column + range.length + 1, rule, size);
  const [low, high] = readRange(range, column, rule, step !== undefined);
  if (low > high && step !== undefined)
    throw new Wrong(column, `${rule.name} has a step over a range that wraps: write two ranges`);
  const last = low > high ? high + size : high;
  const values: string[] = [];
  for (let value = low; value <= last; value += by) values.push(String(rule.min + ((value - rule.min) % size)));
  return values;
}

/** `L` among the days; `5#2`, `5#L`, `5L` and `L5` among the weekdays. */
function readSpecial(item: string, column: number, rule: FieldRule): string | undefined {
  if (rule === DAY && item.toUpperCase() === "L") return "L";
  if (rule !== WEEKDAY) return undefined;
  const hash = item.indexOf("#");
  if (hash >= 0) {
    const which = item.slice(hash + 1).toUpperCase();
    if (!/^[1-5L]$/.test(which))
      throw new Wrong(column + hash + 1, `after # comes which one of the month, 1 to 5 or L, not '${which}'`);
    return `${readValue(item.slice(0, hash), column, rule) % 7}#${which}`;
  }
  const [, last] = /^L(\w+)$/i.exec(item) ?? /^(\w+)L$/i.exec(item) ?? [];
  if (last === undefined) return undefined;
  return `${readValue(last, item.startsWith(last) ? column : column + 1, rule) % 7}#L`;
}

function readStep(step: string, column: number, rule: FieldRule, size: number): number {
  const by = /^\d{1,4}$/.test(step) ? Number(step) : 0;
  if (by < 1) throw new Wrong(column, `'${step}' is no step: write a number from 1 on`);
  if (by >= size && by > 1)
    throw new Wrong(
      column,
      `a step of ${by} is longer than the field: ${rule.name} goes from ${rule.min} to ${rule.max}`,
    );
  return by;
}

function readRange(
  range: string,
  column: number,
  rule: FieldRule,
  hasStep: boolean,
): readonly [low: number, high: number] {
  if (range === "*") return [rule.min, rule.max];
  const [from = "", to, ...more] = range.split("-");
  if (more.length > 0)
    throw new Wrong(column + from.length + 1 + (to?.length ?? 0), `${rule.name} has two dashes in '${range}'`);
  const first = readValue(from, column, rule);
  const low = rule === WEEKDAY ? first % 7 : first;
  if (to === undefined) return [low, hasStep ? rule.max : low];
  // Sunday is 0 where a range of weekdays begins and 7 where it ends: 5-7 goes through, 7-7 is one day.
  const high = readValue(to, column + from.length + 1, rule);
  return [low, rule === WEEKDAY && first === 7 && high === 7 ? low : high];
}

function readValue(value: string, column: number, rule: FieldRule): number {
  const name = rule.names.indexOf(value.toLowerCase());
  if (name >= 0) return rule.min + name;
  if (!/^\d{1,4}$/.test(value)) throw new Wrong(column, notAValue(value, rule));
  const number = Number(value);
  const max = rule === WEEKDAY ? 7 : rule.max;
  if (number < rule.min) throw new Wrong(column, `${rule.name} ${number} is below ${rule.min}`);
  if (number > max) throw new Wrong(column, `${rule.name} ${number} is over ${max}`);
  return number;
}

function notAValue(value: string, rule: FieldRule): string {
  if (value === "") return `${rule.name} lacks a number`;
  const meant = nearest(value, rule.names);
  return `'${value}' is no ${rule.name}${meant === undefined ? "" : `: did you mean ${meant}?`}`;
}
