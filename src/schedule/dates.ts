/** Given instants, in order, each once. */
import { CaudalError } from "../base/errors.ts";
import type { Instant } from "../base/time.ts";
import { readOptions } from "./options.ts";
import { makeSchedule, type Schedule } from "./schedule.ts";
import { SEARCH_MS, type Source } from "./source.ts";
import { readWhen, type When } from "./when.ts";
import { readZone } from "./zone.ts";

export interface DatesOptions {
  /** IANA name of the zone of texts without an offset, and of filters; `"UTC"` unless given. */
  readonly zone?: string;
}

const DATES_MAX = 100_000;

/**
 * A schedule of given instants, at most 100,000.
 * @throws CaudalError SCHEDULE_INVALID, ZONE_UNKNOWN
 */
export function dates(list: readonly When[], options: DatesOptions = {}): Schedule {
  if (!Array.isArray(list))
    throw new CaudalError("SCHEDULE_INVALID", { what: "dates(…)", why: "it takes an array of dates" });
  if (list.length > DATES_MAX)
    throw new CaudalError("SCHEDULE_INVALID", {
      what: "dates(…)",
      why: `${list.length} dates are more than ${DATES_MAX}`,
    });
  readOptions("dates(…)", options, ["zone"]);
  const zone = readZone(options.zone);
  const instants = list.map((when: When, index) => readWhen(`dates(…)[${index}]`, when, zone, "up"));
  const sorted = [...new Set(instants)].sort((a, b) => a - b);
  const nextOf = (after: Instant) => sorted[firstLater(sorted, after)] ?? Number.POSITIVE_INFINITY;
  const source: Source = {
    zone,
    next: (after, last) => {
      const at = nextOf(after);
      return at <= last ? at : undefined;
    },
    idleUntil: (after) => nextOf(after) - 1,
    searchMs: SEARCH_MS,
    parts: [sorted.length === 1 ? "1 date" : `${sorted.length} dates`],
    json: [{ kind: "dates", dates: sorted.map((at) => new Date(at).toISOString()), zone: zone.name }],
  };
  return makeSchedule(source);
}

/** The index of the first instant later than `after`. */
function firstLater(sorted: readonly Instant[], after: Instant): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
