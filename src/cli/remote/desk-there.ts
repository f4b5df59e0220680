/** The commands about kept runs, carried out by a server somewhere else. */
import type { Desk } from "../desk.ts";
import type { Shell } from "../shell.ts";
import { cancelThere, decideThere, markThere, pauseThere, runThere } from "./act-there.ts";
import { cachedThere, clearThere } from "./cache-there.ts";
import { Client } from "./client.ts";
import { resumeThere, retryThere } from "./go-on-there.ts";
import { listThere, logsThere, showThere, whyThere } from "./look-there.ts";
import { nextTicksThere, schedulesThere, switchThere } from "./schedules-there.ts";

/** @throws CaudalError REMOTE_ADDRESS */
export function deskThere(address: string, shell: Shell): Desk {
  const client = new Client(address);
  return {
    list: (options) => listThere(client, options, shell),
    show: (run, options) => showThere(client, run, options, shell),
    logs: (run, task, options) => logsThere(client, run, task, options, shell),
    why: (run, task, options) => whyThere(client, run, task, options, shell),
    cancel: (run, options) => cancelThere(client, run, options, shell),
    pause: (run, options) => pauseThere(client, run, options, shell),
    resume: (run, options) => resumeThere(client, run, options, shell),
    retry: (run, options) => retryThere(client, run, options, shell),
    decide: (kind, words, options) => decideThere(client, kind, words, options, shell),
    mark: (words, options) => markThere(client, words, options, shell),
    schedules: (options) => schedulesThere(client, options, shell),
    nextTicks: (flow, options) => nextTicksThere(client, flow, options, shell),
    switchSchedule: (flow, on) => switchThere(client, flow, on, shell),
    cached: (task, options) => cachedThere(client, task, options, shell),
    clearCache: (task, options) => clearThere(client, task, options, shell),
    run: (flow, options) => runThere(client, flow, options, shell),
  };
}
