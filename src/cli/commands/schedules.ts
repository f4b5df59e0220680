/** `caudal schedules`: which there are, when they fire next, and whether they do. */
import "../../base/server-errors.ts";
import { userInfo } from "node:os";
import { isoUtc } from "../../base/time.ts";
import { nearest } from "../../base/nearest.ts";
import type { Queries, ScheduleRow } from "../../ports/queries.ts";
import { columns } from "../columns.ts";
import { refusal } from "../load/load-failure.ts";
import { openStoreHere } from "../open-store.ts";
import { loadFlow } from "../load/pick-flow.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface SchedulesOptions {
  readonly json?: boolean | undefined;
}

export interface NextOptions extends SchedulesOptions {
  readonly flow?: string | undefined;
  readonly count?: number | undefined;
}

const NEXT = 10;

/** Those the store knows: a server, or this command, has met them. */
export async function schedulesListCommand({ json }: SchedulesOptions, shell: Shell): Promise<ExitCode> {
  const known = (await queriesHere(shell)).schedules();
  if (json) shell.out(JSON.stringify(known.map(jsonOf)));
  else if (known.length === 0)
    shell.out("No schedule was followed here yet: npx caudal serve FILE follows those of its flows");
  else shell.out(listText(known, shell));
  return 0;
}

function listText(known: readonly ScheduleRow[], { paint }: Shell): string {
  const head = ["FLOW", "STATE", "FOLLOWED UNTIL", "SWITCHED BY"].map((text) => ({ text, paint: paint.faint }));
  const rows = known.map(({ flow, on, watchedUntil, changedBy }) => [
    flow,
    on ? "on" : { text: "off", paint: paint.bad },
    watchedUntil === undefined ? "never" : isoUtc(watchedUntil),
    changedBy ?? "",
  ]);
  return columns([head, ...rows]).join("\n");
}

function jsonOf({ flow, on, watchedUntil, changedBy, changedAt, schedule }: ScheduleRow) {
  const [, definition] = JSON.parse(schedule) as readonly unknown[];
  return { flow, on, watchedUntil, changedBy, changedAt, definition };
}

export async function schedulesNextCommand(
  file: string,
  { flow: named, count = NEXT, json }: NextOptions,
  shell: Shell,
): Promise<ExitCode> {
  const { name, program } = await loadFlow(file, named, shell);
  if (program.schedule === undefined) throw refusal("FLOW_WITHOUT_SCHEDULE", { flow: name });
  const ticks = program.schedule.upcoming(Date.now(), count);
  if (json) shell.out(JSON.stringify(ticks));
  else
    shell.out(
      [`${shell.paint.strong(name)}: ${program.schedule.describe()}`, ...ticks.map(({ at }) => `  ${isoUtc(at)}`)].join(
        "\n",
      ),
    );
  return 0;
}

/** For every process of the store. */
export async function schedulesSwitchCommand(flow: string, on: boolean, shell: Shell): Promise<ExitCode> {
  const queries = await queriesHere(shell);
  const [last] = queries.schedules(flow);
  if (last === undefined) {
    const known = [...new Set(queries.schedules().map((row) => row.flow))];
    const meant = nearest(flow, known);
    const why = `no schedule of flow '${flow}' was followed here yet${meant === undefined ? "" : `; did you mean '${meant}'?`}`;
    throw refusal("COMMAND_LINE", { why });
  }
  const { username } = userInfo();
  const at = Date.now();
  queries.switchSchedule(last.schedule, flow, on, username, at);
  const action = `schedule-${on ? "on" : "off"}`;
  queries.note({
    ...{ at, by: username, action, flow, from: "cli" },
    runId: undefined,
    task: undefined,
    why: undefined,
  });
  shell.out(`The schedule of '${flow}' is ${on ? "on" : "off"}, for every process that follows it here`);
  return 0;
}

/** @throws CaudalError STORE_NONE */
async function queriesHere(shell: Shell): Promise<Queries> {
  const queries = await (await openStoreHere(shell)).queries?.();
  if (queries === undefined) throw refusal("SERVE_IN_MEMORY", undefined);
  return queries;
}
