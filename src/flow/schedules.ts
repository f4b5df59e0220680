/** The public door of schedules: what authors write after `schedule:`. */
export { every, type EveryOptions } from "../schedule/every.ts";
export { cron, type CronOptions } from "../schedule/cron.ts";
export { dates, type DatesOptions } from "../schedule/dates.ts";
export {
  anyOf,
  atTime,
  betweenDates,
  betweenDateTimes,
  betweenTimes,
  isDayOfWeek,
  isMonthEnd,
  isMonthStart,
  isWeekday,
  isWeekend,
  onDate,
  onDateTime,
  type NamedFilter,
  type TickFilter,
} from "../schedule/filter.ts";
export type { LocalTime, Weekday } from "../schedule/local-time.ts";
export type { ClockRules } from "../schedule/rules.ts";
export type { Schedule, Tick } from "../schedule/schedule.ts";
export { nextWeekday, type Shift } from "../schedule/steps.ts";
export type { When } from "../schedule/when.ts";
