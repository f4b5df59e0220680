/** What modules of the runtime remember for as long as their process lives. A new simulated process begins without. */
const forget: (() => void)[] = [];

export function atProcessStart(reset: () => void): void {
  forget.push(reset);
}

interface SeenLimit {
  readonly held: number;
}

let limits: ReadonlyMap<string, SeenLimit> = new Map();

/** Lets the simulator count places that are held in limits. */
export function seeLimits(seen: ReadonlyMap<string, SeenLimit>): void {
  limits = seen;
}

export function heldPlaces(): number {
  let held = 0;
  for (const limit of limits.values()) held += limit.held;
  return held;
}

export function forgetAll(): void {
  for (const reset of forget) reset();
}
