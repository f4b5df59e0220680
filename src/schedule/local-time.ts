/** The local date and time of a tick, taken apart for filters that are functions. */
import type { Instant } from "../base/time.ts";
import type { Wall, Zone } from "./zone.ts";

export const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface LocalTime {
  /** The instant itself. */
  readonly at: Instant;
  /** IANA name of the zone whose wall clock shows the rest. */
  readonly zone: string;
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  readonly weekday: Weekday;
}

export function localTime(moment: { readonly at: Instant; readonly wall: Wall; readonly zone: Zone }): LocalTime {
  const shown = new Date(moment.wall);
  return {
    at: moment.at,
    zone: moment.zone.name,
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
    millisecond: shown.getUTCMilliseconds(),
    weekday: WEEKDAYS[shown.getUTCDay()] ?? "sunday",
  };
}
