/**
 * What a signal, or the process itself, has to tell its runs: heard once, and told to all of them. From the eleventh
 * listener of one thing on Node warns of a leak, and many runs at once, perhaps with one signal for all, are none.
 */
type Hearers = Set<() => void>;

/** The function it gives takes the hearer out again. */
function joined(all: Hearers, hearer: () => void, hear: () => void, stopHearing: () => void): () => void {
  if (all.size === 0) hear();
  all.add(hearer);
  return () => {
    if (all.delete(hearer) && all.size === 0) stopHearing();
  };
}

function tell(all: Hearers): void {
  for (const hearer of [...all]) if (all.has(hearer)) hearer();
}

interface Heard {
  readonly all: Hearers;
  readonly tellAll: () => void;
}

const signals = new WeakMap<AbortSignal, Heard>();

/** Calls when the signal aborts, until the function it gives is called. */
export function onAbort(signal: AbortSignal | undefined, hearer: () => void): () => void {
  if (signal === undefined) return () => undefined;
  let heard = signals.get(signal);
  if (heard === undefined) {
    const all: Hearers = new Set();
    signals.set(signal, (heard = { all, tellAll: () => tell(all) }));
  }
  const { all, tellAll } = heard;
  return joined(
    all,
    hearer,
    () => signal.addEventListener("abort", tellAll),
    () => signal.removeEventListener("abort", tellAll),
  );
}

const atEmptyLoop: Hearers = new Set();
const loopIsEmpty = () => tell(atEmptyLoop);

/** Calls when nothing is left that could happen in this process, until the function it gives is called. */
export function onEmptyLoop(hearer: () => void): () => void {
  return joined(
    atEmptyLoop,
    hearer,
    () => process.on("beforeExit", loopIsEmpty),
    () => process.removeListener("beforeExit", loopIsEmpty),
  );
}
