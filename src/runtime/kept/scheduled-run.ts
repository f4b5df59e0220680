/**
 * A run that is to begin at a later time: it is in its store as Scheduled and nobody's, so it outlives its process, and
 * whoever watches over the runs of the store begins it when it is due. Until then it can be cancelled, paused, or begun
 * before its time by resuming it.
 */
import { canonicalText } from "../../base/canonical.ts";
import { CaudalError } from "../../base/errors.ts";
import type { Instant } from "../../base/time.ts";
import type { Program } from "../../ports/program.ts";
import type { Origin, RunRow, Store } from "../../ports/store.ts";
import { commitPatiently } from "./commit-patiently.ts";
import { flowVersionOf } from "./flow-version.ts";
import { inHand } from "./in-hand.ts";
import { newRow, type RunOptions, type RunPorts } from "../run.ts";
import { readSecrets } from "../body/secrets.ts";

export interface LaterOrder {
  readonly program: Program;
  readonly options: RunOptions & { readonly store: Store };
  readonly ports: RunPorts;
  readonly startAt: Instant;
  readonly origin: Origin;
}

/**
 * Keeps a run that begins at `startAt`. With an idempotency key that is known: the run of that key, as it is.
 * @throws CaudalError PARAMETER_INVALID, SECRET_MISSING: before anything is written; IDEMPOTENCY_CONFLICT
 */
export async function keepForLater(order: LaterOrder): Promise<{ readonly row: RunRow; readonly created: boolean }> {
  const { program, options, ports, startAt, origin } = order;
  const { store } = options;
  const { clock, logger } = ports;
  const parameters = await program.readParameters(options.parameters ?? {});
  readSecrets(program, options.secrets);
  const at = clock.now();
  const id = ports.random.runId(at);
  const extra = { scheduledAt: startAt, origin };
  return inHand({ store, clock }, id, async (hand) => {
    const to = { program, parameters, options, extra };
    const { created, run } = await store.createRun(newRow(to, id, at), () => flowVersionOf(program));
    if (!created) return { created, row: sameAs(run, parameters) };
    hand.epoch = run.epoch;
    // Should the process end between the two, the run is Pending, and not due either.
    const batch = {
      ...({ runId: id, epoch: run.epoch, at, flow: { type: "Scheduled", startAt }, letsGo: true } as const),
      ...{ taskRuns: [], removed: [], logs: [], cache: [], cacheFreed: [], answered: [] },
      path: { slots: new Uint32Array(0), steps: new Uint16Array(0) },
    };
    await commitPatiently({ store, batch, clock, logger, stops: () => options.signal?.aborted === true });
    return { created, row: (await store.readRun(id)) ?? run };
  });
}

function sameAs(row: RunRow, parameters: Readonly<Record<string, unknown>>): RunRow {
  if (canonicalText(row.parameters) !== canonicalText(parameters))
    throw new CaudalError("IDEMPOTENCY_CONFLICT", { run: row.id, key: row.idempotencyKey ?? "" });
  return row;
}

/** Whether a run waits for its time, and for nothing else: nothing of it was ever begun. */
export function beginsAt({ state, startedAt, scheduledAt }: RunRow): Instant | undefined {
  const isWaiting = state.type === "Scheduled" || (state.type === "Pending" && startedAt === undefined);
  return isWaiting ? scheduledAt : undefined;
}
