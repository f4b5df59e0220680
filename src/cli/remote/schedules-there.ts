/** `caudal schedules … --remote`. */
import { CaudalError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { isoUtc } from "../../base/time.ts";
import type { ScheduleDetail, ScheduleList, ScheduleSummary } from "../../server/contract.ts";
import { columns } from "../columns.ts";
import { refusal } from "../load/load-failure.ts";
import type { NextOptions, SchedulesOptions } from "../commands/schedules.ts";
import type { ExitCode, Shell } from "../shell.ts";
import type { Client } from "./client.ts";

const NEXT = 10;

export async function schedulesThere(client: Client, { json }: SchedulesOptions, shell: Shell): Promise<ExitCode> {
  const { schedules } = await client.get<ScheduleList>("schedules");
  if (json) shell.out(JSON.stringify(schedules));
  else if (schedules.length === 0) shell.out(`No schedule is followed at ${client.address}`);
  else shell.out(listText(schedules, shell));
  return 0;
}

function listText(schedules: readonly ScheduleSummary[], { paint }: Shell): string {
  const head = ["FLOW", "STATE", "SCHEDULE", "NEXT", "SWITCHED BY"].map((text) => ({ text, paint: paint.faint }));
  const rows = schedules.map(({ flow, on, text, next, changedBy }) => [
    flow,
    on ? "on" : { text: "off", paint: paint.bad },
    text,
    next[0] === undefined || !on ? "never" : isoUtc(next[0]),
    changedBy ?? "",
  ]);
  return columns([head, ...rows]).join("\n");
}

export async function nextTicksThere(
  client: Client,
  flow: string,
  { count = NEXT, json, flow: named }: NextOptions,
  shell: Shell,
): Promise<ExitCode> {
  if (named !== undefined)
    throw new CaudalError("REMOTE_OPTION", { option: "--flow", why: "name the flow in place of its file" });
  const { id } = await scheduleOf(client, flow);
  const { text, upcoming } = await client.get<ScheduleDetail>(`schedules/${id}`, { count });
  if (json) shell.out(JSON.stringify(upcoming));
  else shell.out([`${shell.paint.strong(flow)}: ${text}`, ...upcoming.map(({ at }) => `  ${isoUtc(at)}`)].join("\n"));
  return 0;
}

export async function switchThere(client: Client, flow: string, on: boolean, shell: Shell): Promise<ExitCode> {
  const { id } = await scheduleOf(client, flow);
  await client.post<ScheduleDetail>(`schedules/${id}/${on ? "on" : "off"}`);
  shell.out(`The schedule of '${flow}' is ${on ? "on" : "off"}, for every process that follows it there`);
  return 0;
}

async function scheduleOf(client: Client, flow: string): Promise<ScheduleSummary> {
  const { schedules } = await client.get<ScheduleList>("schedules");
  const found = schedules.find((schedule) => schedule.flow === flow);
  if (found !== undefined) return found;
  const meant = nearest(
    flow,
    schedules.map((schedule) => schedule.flow),
  );
  const why = `no schedule of flow '${flow}' is followed at ${client.address}${meant === undefined ? "" : `; did you mean '${meant}'?`}`;
  throw refusal("COMMAND_LINE", { why });
}
