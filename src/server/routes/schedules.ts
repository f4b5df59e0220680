/** Schedules of the loaded flows: when runs start, and whether they do. */
import * as z from "zod";
import { CaudalError } from "../../base/errors.ts";
import type { ScheduleDetail, ScheduleSummary } from "../contract.ts";
import { shownPath } from "../error-detail.ts";
import type { ServerParts } from "../parts.ts";
import { wholeJson } from "../preview-value.ts";
import { withoutUndefined } from "../run-tables.ts";
import type { Followed } from "../schedule-desk.ts";
import { schemas } from "../schemas.ts";
import { note } from "./flows.ts";
import { whole } from "./queries.ts";
import { type Asked, route, type Route } from "./route.ts";

const NEXT = 10;
const TICKS_MAX = 50;

export const scheduleRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/schedules",
    summary: "The schedules of the loaded flows",
    tag: "schedules",
    answer: schemas.ScheduleList,
    refuses: [],
    handle: ({ parts }) => {
      const cursor = parts.queries.cursor();
      const schedules = [...parts.schedules.all.values()].map((followed) => scheduleSummary(parts, followed));
      return { json: { schedules, revision: parts.revision(), cursor } };
    },
  }),
  route({
    method: "GET",
    path: "/schedules/:schedule",
    summary: "One schedule: its next times, and what became of the last ones",
    tag: "schedules",
    query: z.strictObject({ count: whole(1, 100).exactOptional() }),
    answer: schemas.ScheduleDetail,
    refuses: ["SCHEDULE_UNKNOWN"],
    handle: ({ parts, params, query }) => ({ json: scheduleDetail(parts, followedOf(parts, params), query.count) }),
  }),
  ...(["on", "off"] as const).map((word) =>
    route({
      method: "POST",
      path: `/schedules/:schedule/${word}`,
      summary: word === "on" ? "Switches it on" : "Switches it off, for every process of the store",
      tag: "actions",
      body: schemas.Nothing,
      answer: schemas.ScheduleDetail,
      refuses: ["SCHEDULE_UNKNOWN"],
      handle: (asked) => switchSchedule(asked, word === "on"),
    }),
  ),
];

function switchSchedule({ parts, params, by, from }: Asked<unknown, unknown>, on: boolean) {
  const followed = followedOf(parts, params);
  const { key, flow } = followed;
  parts.queries.switchSchedule(key, flow.name, on, by, parts.clock.now());
  parts.changed();
  note(parts, { action: `schedule-${on ? "on" : "off"}`, flow: flow.name, by, from });
  return { json: scheduleDetail(parts, followed) };
}

/** @throws CaudalError SCHEDULE_UNKNOWN */
function followedOf({ schedules }: ServerParts, params: Readonly<Record<string, string>>): Followed {
  const id = params["schedule"] ?? "";
  const followed = schedules.all.get(id);
  if (followed === undefined) throw new CaudalError("SCHEDULE_UNKNOWN", { schedule: id.slice(0, 60) });
  return followed;
}

export function scheduleSummary(
  { queries, clock }: ServerParts,
  { id, key, flow, schedule, overlap, catchUp }: Followed,
): ScheduleSummary {
  const kept = queries.schedule(key);
  const last = queries.ticks(key, TICKS_MAX).find(({ runId }) => runId !== "");
  return {
    id,
    flow: flow.name,
    text: schedule.describe(),
    on: kept?.on ?? true,
    ...withoutUndefined({ changedBy: kept?.changedBy, changedAt: kept?.changedAt }),
    next: schedule.upcoming(clock.now(), NEXT).map(({ at }) => at),
    ...(last !== undefined && { lastTick: { at: last.at, run: last.runId } }),
    overlap,
    catchUp,
  };
}

function scheduleDetail(parts: ServerParts, followed: Followed, count = NEXT): ScheduleDetail {
  const { queries, clock, folder } = parts;
  const { key, flow, schedule } = followed;
  const cursor = queries.cursor();
  return {
    ...scheduleSummary(parts, followed),
    upcoming: schedule.upcoming(clock.now(), count).map(({ at, clock: of, parameters }) => ({
      at,
      clock: of,
      parameters: wholeJson(parameters),
    })),
    definition: schedule.toJSON(),
    ...(flow.file !== undefined && { file: shownPath(flow.file, folder) }),
    ticks: queries
      .ticks(key, TICKS_MAX)
      .map(({ at, clock: of, runId }) =>
        runId === ""
          ? { at, clock: of, outcome: "skipped" as const }
          : { at, clock: of, run: runId, outcome: "run" as const },
      ),
    revision: parts.revision(),
    cursor,
  };
}
