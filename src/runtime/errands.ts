/** What this process has still to bring to somebody when its runs are over: whoever ends it on purpose waits for that. */
const errands = new Set<Promise<unknown>>();

/** The promise ends by itself in bounded time, well or badly. */
export function runsErrand(errand: Promise<unknown>): void {
  errands.add(errand);
  const over = () => void errands.delete(errand);
  errand.then(over, over);
}

export async function errandsDone(): Promise<void> {
  while (errands.size > 0) await Promise.allSettled(errands);
}

let address: string | undefined;

/** This process serves the page of its runs there. */
export function servesAt(at: string): void {
  address = at;
}

export function servedAt(): string | undefined {
  return address;
}
