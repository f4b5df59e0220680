/** The options of every, cron, rrule and dates: a name that nobody reads is refused, or a zone would silently be UTC. */
import { CaudalError } from "../base/errors.ts";
import { isPlainObject } from "../base/json.ts";
import { nearest } from "../base/nearest.ts";

/** What others call it, in small letters. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["tz", "zone"],
  ["timezone", "zone"],
  ["startdate", "start"],
  ["dtstart", "start"],
  ["dayor", "dayOr"],
]);

/**
 * The options themselves, once it is known that there are no others.
 * @throws CaudalError SCHEDULE_INVALID
 */
export function readOptions<Options extends object>(
  what: string,
  given: Options,
  names: readonly (keyof Options & string)[],
): Options {
  if (!isPlainObject(given))
    throw new CaudalError("SCHEDULE_INVALID", {
      what: `options of ${what}`,
      why: 'write an object, such as { zone: "Europe/Madrid" }',
    });
  const unknown = Object.keys(given).find((name) => !(names as readonly string[]).includes(name));
  if (unknown === undefined) return given;
  const elsewhere = ELSEWHERE.get(unknown.toLowerCase().replaceAll("_", ""));
  const meant = names.find((name) => name === elsewhere) ?? nearest(unknown, names);
  throw new CaudalError("SCHEDULE_INVALID", {
    what: `options of ${what}`,
    why: `'${unknown.slice(0, 60)}' is none of them: ${meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`}`,
  });
}
