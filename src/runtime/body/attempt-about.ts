/** The facts of a run that its attempts can ask for: one object per run, read when a body asks. */
import { childIndex, type Run } from "../../engine/run.ts";
import type { AttemptAbout, Manner, RunHost } from "../../ports/executor.ts";
import type { Program } from "../../ports/program.ts";
import type { LogRow, RunRow } from "../../ports/store.ts";
import { baseFolderOf } from "../kept/base-folder.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import type { Mask } from "../report/masking.ts";
import { onceIn } from "./once.ts";

export interface AboutParts {
  readonly program: Program;
  readonly run: Run;
  readonly row: RunRow;
  readonly secrets: Readonly<Record<string, string>>;
  readonly mask: Mask;
  /** What `run({ context })` was given. */
  readonly user: Readonly<Record<string, unknown>>;
  readonly host: RunHost;
  /** Keeps a line of a body for the next commit. */
  readonly keepLog: (row: LogRow) => void;
  /** What its `taskRunName` made of a task run. */
  readonly nameOf: (slot: number) => string | undefined;
}

export function aboutOf(parts: AboutParts): AttemptAbout {
  const { program, run, row, secrets, user, host, nameOf } = parts;
  const slugOf = (slot: number) => {
    const child = childIndex(run, slot);
    const { slug } = run.plan.graph.nodes[run.owner[slot]!]!;
    return child === undefined ? slug : `${slug}[${child}]`;
  };
  const taskRunId = (slot: number) => `${run.id}/${slugOf(slot)}`;
  const loop = (slot: number) => {
    const counters = run.counters.get(slot);
    return { count: (counters?.rounds ?? 0) + 1, result: counters?.loopValue };
  };
  const generation = (slot: number) => run.counters.get(slot)?.generation ?? 0;
  const scopeOf = (slot: number) => JSON.stringify([slugOf(slot), loop(slot).count, generation(slot)]);
  const stepKey = (slot: number, name: string) => ({ runId: run.id, epoch: row.epoch, scope: scopeOf(slot), name });
  let baseFolder: string | undefined;
  return {
    runId: run.id,
    runName: row.name,
    flowName: program.graph.name,
    parameters: run.parameters,
    scheduledAt: row.scheduledAt,
    beganAt: row.scheduledAt ?? row.createdAt,
    baseFolder: () => (baseFolder ??= baseFolderOf(program.file)),
    fence: row.epoch,
    user,
    secrets,
    host,
    mapIndex: (slot) => childIndex(run, slot),
    loop,
    resumed: (slot) => run.counters.get(slot)?.resumed,
    recovered: (slot) => (run.counters.get(slot)?.lost ?? 0) > 0,
    taskRunId,
    idempotencyKey: (slot) => idempotencyKeyOf(run.id, taskRunId(slot), loop(slot).count, generation(slot)),
    once: (slot, name, step) => onceIn(host.store, stepKey(slot, name), step),
    kept: async (slot, name) => (await host.store.readOnce(stepKey(slot, name)))?.value,
    logged: ({ slot, attempt, taskName }, level, text, printed) => {
      const own = nameOf(slot);
      const fields = { taskRun: slugOf(slot), ...(own !== undefined && { name: own }), attempt };
      return said(parts, { slot, attempt, level, text }, { logger: `caudal.${taskName}`, fields, printed });
    },
    said: (line, manner) => said(parts, line, manner),
  };
}

function said({ host, mask, keepLog }: AboutParts, line: Omit<LogRow, "at">, { printed, ...how }: Manner): boolean {
  const { clock, logger } = host;
  const at = clock.now();
  const message = mask.text(line.text);
  keepLog({ at, ...line, text: message });
  if (!printed || logger.json) logger.write({ at, level: line.level, message, ...how });
  else if (message === line.text) return false;
  else logger.print(`${message}\n`);
  return true;
}
