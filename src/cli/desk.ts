/**
 * Where commands about kept runs are carried out: at the store of this folder, or by a server somewhere else
 * (`--remote`, `CAUDAL_REMOTE`). One member per command; nothing of it is loaded before it is called.
 */
import type { CacheOptions } from "./commands/cache.ts";
import type { CancelOptions } from "./runs/cancel.ts";
import type { DecideOptions } from "./runs/decide.ts";
import type { GoOnOptions } from "./runs/go-on.ts";
import type { MarkOptions, MarkWords } from "./runs/mark.ts";
import type { PauseOptions } from "./runs/pause.ts";
import type { RunCommandOptions } from "./commands/run.ts";
import type { ListOptions } from "./runs/runs-list.ts";
import type { LogsOptions } from "./runs/runs-logs.ts";
import type { ShowOptions } from "./runs/runs-show.ts";
import type { WhyOptions } from "./runs/runs-why.ts";
import type { NextOptions, SchedulesOptions } from "./commands/schedules.ts";
import type { ExitCode, Shell } from "./shell.ts";

type Done = Promise<ExitCode>;

export interface Desk {
  list(options: ListOptions): Done;
  show(run: string, options: ShowOptions): Done;
  logs(run: string, task: string | undefined, options: LogsOptions): Done;
  why(run: string, task: string | undefined, options: WhyOptions): Done;
  cancel(run: string, options: CancelOptions): Done;
  pause(run: string, options: PauseOptions): Done;
  resume(run: string | undefined, options: GoOnOptions): Done;
  retry(run: string | undefined, options: GoOnOptions): Done;
  decide(kind: "approve" | "reject", words: DecideWords, options: DecideOptions): Done;
  mark(words: MarkWords, options: MarkOptions): Done;
  schedules(options: SchedulesOptions): Done;
  /** @param what a file here, a flow there */
  nextTicks(what: string, options: NextOptions): Done;
  switchSchedule(flow: string, on: boolean): Done;
  cached(task: string | undefined, options: CacheOptions): Done;
  clearCache(task: string | undefined, options: CacheOptions): Done;
  /** @param what a file here, a flow there */
  run(what: string, options: RunCommandOptions): Done;
}

export interface DecideWords {
  readonly run: string;
  readonly task: string | undefined;
}

export interface RemoteOption {
  readonly remote?: string | undefined;
}

export async function deskOf({ remote }: RemoteOption, shell: Shell): Promise<Desk> {
  const address = remote ?? (process.env["CAUDAL_REMOTE"] || undefined);
  return address === undefined ? deskHere(shell) : (await import("./remote/desk-there.ts")).deskThere(address, shell);
}

export function deskHere(shell: Shell): Desk {
  return {
    list: async (options) => (await import("./runs/runs-list.ts")).listCommand(options, shell),
    show: async (run, options) => (await import("./runs/runs-show.ts")).showCommand(run, options, shell),
    logs: async (run, task, options) => (await import("./runs/runs-logs.ts")).logsCommand(run, task, options, shell),
    why: async (run, task, options) => (await import("./runs/runs-why.ts")).whyCommand(run, task, options, shell),
    cancel: async (run, options) => (await import("./runs/cancel.ts")).cancelCommand(run, options, shell),
    pause: async (run, options) => (await import("./runs/pause.ts")).pauseCommand(run, options, shell),
    resume: async (run, options) => (await import("./runs/go-on.ts")).resumeCommand(run, options, shell),
    retry: async (run, options) => (await import("./runs/go-on.ts")).retryCommand(run, options, shell),
    decide: async (kind, words, options) =>
      (await import("./runs/decide.ts")).decideCommand(kind, words, options, shell),
    mark: async (words, options) => (await import("./runs/mark.ts")).markCommand(words, options, shell),
    schedules: async (options) => (await import("./commands/schedules.ts")).schedulesListCommand(options, shell),
    nextTicks: async (file, options) =>
      (await import("./commands/schedules.ts")).schedulesNextCommand(file, options, shell),
    switchSchedule: async (flow, on) =>
      (await import("./commands/schedules.ts")).schedulesSwitchCommand(flow, on, shell),
    cached: async (task, options) => (await import("./commands/cache.ts")).cacheListCommand(task, options, shell),
    clearCache: async (task, options) => (await import("./commands/cache.ts")).cacheClearCommand(task, options, shell),
    run: async (file, options) => (await import("./commands/run.ts")).runCommand(file, options, shell),
  };
}
