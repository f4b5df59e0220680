/** The facts of a run that its attempts can ask for: one object per run, read when a body asks. */
import { childIndex, type Run } from "../engine/run.ts";
import type { AttemptAbout, RunHost } from "../ports/executor.ts";
import type { Program } from "../ports/program.ts";
import type { LogRow, RunRow } from "../ports/store.ts";
import { baseFolderOf } from "./base-folder.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import type { Mask } from "./masking.ts";
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
}

export function aboutOf({ program, run, row, secrets, mask, user, host, keepLog }: AboutParts): AttemptAbout {
  const { clock, logger } = host;
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
    get baseFolder() {
      return (baseFolder ??= baseFolderOf(program.file));
    },
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
    logged: (order, level, text, printed) => {
      const at = clock.now();
      const masked = mask.text(text);
      keepLog({ slot: order.slot, attempt: order.attempt, at, level, text: masked });
      if (printed && !logger.json) {
        if (masked === text) return false;
        logger.print(`${masked}\n`);
        return true;
      }
      logger.write({
        at,
        level,
        logger: `caudal.${order.taskName}`,
        message: masked,
        fields: { taskRun: slugOf(order.slot), attempt: order.attempt },
      });
      return true;
    },
  };
}
