/** Drives a run to its end, within reach of Ctrl-C, an abort signal and the flow's timeout. */
import type { Timer } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import type { FlowState } from "../state/task-state.ts";
import { captureConsole } from "./report/console-capture.ts";
import type { Driver } from "./driver.ts";
import { onInterrupt } from "./interrupt.ts";
import { onAbort, onEmptyLoop } from "./listeners.ts";
import { catchStrayErrors } from "./body/stray-errors.ts";

/** How often a process that stays for a person looks whether it still does. */
const HOLD_MS = 1_000;

interface Bounds {
  readonly signal: AbortSignal | undefined;
  /** Aborts when nothing more is to be started. */
  readonly drain: AbortSignal | undefined;
  /** How long the run was Running before it came to this process. */
  readonly activeMs: number;
}

export async function driveToEnd(driver: Driver, { signal, drain, activeMs }: Bounds): Promise<FlowState> {
  const { clock, run, program, store, logger } = driver.parts;
  const release = captureConsole(logger);
  let ended: Promise<FlowState> | undefined;
  const stop = () => driver.push({ type: "DrainRequested", at: clock.now() });
  // Before the first line is printed: whoever sees it may press Ctrl-C.
  const leave = onInterrupt(
    {
      interrupt: () => {
        stop();
        return { line: interruptedLine({ id: run.id, flow: run.plan.graph.name }, store), ended };
      },
    },
    logger,
  );
  const cancel = () => driver.push({ type: "CancelRequested", by: "signal", at: clock.now() });
  if (signal?.aborted) cancel();
  if (drain?.aborted) stop();
  const deafTo = [onAbort(signal, cancel), onAbort(drain, stop), catchStrayErrors()];
  const timer = program.timeoutMs === undefined ? undefined : flowTimer(driver, program.timeoutMs, activeMs);
  // Emitted when the event loop is empty while the run is not over: without this the process would just end, with 0.
  let hold: NodeJS.Timeout | undefined;
  const empty = () => {
    if (!driver.waitsForPeople) return driver.nothingCanHappen();
    clearInterval(hold);
    hold = setInterval(() => driver.waitsForPeople || clearInterval(hold), HOLD_MS);
  };
  deafTo.push(onEmptyLoop(empty));
  try {
    ended = driver.drive(); // the first bodies are called before it returns: they may already abort the signal
    return await ended;
  } finally {
    for (const deaf of deafTo) deaf();
    clearInterval(hold);
    timer?.cancel();
    leave();
    release();
  }
}

/** The time of a flow; it stands still while the run waits for people only. */
function flowTimer(driver: Driver, timeoutMs: number, activeMs: number): Timer {
  const { clock } = driver.parts;
  const steady = () => clock.steady?.() ?? clock.now(); // how long it was Running does not change with the time of day
  let leftMs = Math.max(0, timeoutMs - activeMs);
  let since: number | undefined;
  let timer: Timer | undefined;
  const stop = () => {
    timer?.cancel();
    if (since !== undefined) leftMs -= steady() - since;
    since = undefined;
  };
  const goOn = () => {
    if (since !== undefined) return;
    since = steady();
    const out = () => driver.push({ type: "FlowTimedOut", afterMs: timeoutMs, at: clock.now() });
    timer = clock.at(clock.now() + leftMs, out);
  };
  // V8 puts a function that is written where it is assigned to a property among the old objects, and with it the run.
  const onWaiting = (waits: boolean) => (waits ? stop() : goOn());
  driver.onWaiting = onWaiting;
  goOn();
  return { cancel: stop };
}

export function interruptedLine(run: { readonly id: string; readonly flow: string }, store: Store): string {
  const kept = store.durable
    ? `what finished is kept. Go on with: npx caudal resume ${run.id}`
    : "it was kept in memory only, so it cannot be continued";
  return `Interrupted: run ${run.id} of flow '${run.flow}' starts nothing new; ${kept}. Ctrl-C again stops at once`;
}
