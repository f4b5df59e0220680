/**
 * A run that waits for its place among the runs of its flow (`maxConcurrency`): Queued in its store, and within reach
 * of its abort signal, of a cancel through the store, and of Ctrl-C.
 */
import type { FlowState } from "../state/task-state.ts";
import { commitPatiently } from "./kept/commit-patiently.ts";
import { interruptedLine } from "./drive-to-end.ts";
import { takePlace } from "./answers/flow-places.ts";
import { onInterrupt } from "./interrupt.ts";
import { onAbort } from "./listeners.ts";
import type { OwnedRun } from "./own-run.ts";

const QUEUED: FlowState = { type: "Queued", reason: { code: "limit", limit: "maxConcurrency" } };

/** Resolves when the run is to begin; `leave` gives its place to the next. */
export async function waitForPlace(
  owned: OwnedRun,
  max: number,
): Promise<{ readonly waited: boolean; readonly leave: () => void }> {
  const { program, store, ports } = owned;
  const { clock } = ports;
  const waiting = new WaitingRun(owned);
  const flow = program.graph.name;
  const waits = () => waiting.begin(max);
  try {
    const stop = () => waiting.signal;
    const leave = await takePlace({ store, flow, max, stop, now: () => clock.now(), waits });
    // Ctrl-C ends the process as soon as nothing is in flight: until then nothing begins.
    if (waiting.interrupted) await new Promise(() => undefined);
    return { waited: waiting.waited, leave };
  } finally {
    waiting.end();
  }
}

class WaitingRun {
  readonly #owned: OwnedRun;
  readonly #ends: (() => void)[] = [];
  /** Nothing is waited for any more. Of a run that has to wait: most begin at once. */
  #stop: AbortController | undefined;
  waited = false;
  interrupted = false;

  constructor(owned: OwnedRun) {
    this.#owned = owned;
  }

  get signal(): AbortSignal | undefined {
    return (this.#stop ?? this.#owned.options).signal;
  }

  async begin(max: number): Promise<void> {
    const { program, options, store, ports } = this.#owned;
    const { clock, logger } = ports;
    const stop = new AbortController();
    this.#stop = stop;
    if (options.signal?.aborted) stop.abort();
    this.#ends.push(onAbort(options.signal, () => stop.abort()));
    const flow = program.graph.name;
    const message = `Waiting: ${max} run${max === 1 ? "" : "s"} of this flow may go on at once (maxConcurrency)`;
    this.waited = true;
    // Before the line is printed: whoever sees it may press Ctrl-C.
    if (store.shared) this.#ends.push(onInterrupt({ interrupt: () => this.#interrupt() }, logger));
    logger.write({ at: clock.now(), level: "info", logger: `caudal.${flow}`, message });
    if (!store.shared) return; // nobody sees it, and nobody could go on with it
    // What cannot be read just now is read with the next change, or when it begins.
    this.#ends.push(store.watch(() => void this.#lookForStop().catch(() => undefined)));
    await this.#commit(QUEUED, false);
    await this.#lookForStop();
  }

  #interrupt(): { readonly line: string; readonly ended: Promise<unknown> } {
    const { row, store } = this.#owned;
    this.interrupted = true;
    this.#stop?.abort();
    return { line: interruptedLine(row, store), ended: Promise.resolve(this.#commit(undefined, true)) };
  }

  /** Somebody asks for its end, or to pause it, or has it now: it begins, to be stopped by its own rules, or refused here. */
  async #lookForStop(): Promise<void> {
    const { row, store } = this.#owned;
    const asked = await store.requestsOf(row.id);
    const now = await store.readRun(row.id);
    const stops = asked.some(({ ask }) => ask.kind === "cancel" || ask.kind === "pause");
    if (stops || now?.epoch !== row.epoch) this.#stop?.abort();
  }

  #commit(flow: FlowState | undefined, letsGo: boolean): unknown {
    const { row, store, ports } = this.#owned;
    const { clock, logger } = ports;
    const batch = {
      runId: row.id,
      epoch: row.epoch,
      at: clock.now(),
      flow,
      letsGo,
      taskRuns: [],
      removed: [],
      logs: [],
      path: { slots: new Uint32Array(0), steps: new Uint16Array(0) },
      cache: [],
      cacheFreed: [],
      answered: [],
    };
    return commitPatiently({ store, batch, clock, logger, stops: () => this.signal?.aborted ?? false });
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}
