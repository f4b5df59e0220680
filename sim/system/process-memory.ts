/**
 * What modules of the runtime remember for as long as their process lives. The simulated processes share one copy of the
 * code (three are compiled three times, and stay three times as cold), and each has a memory of its own, which is put in
 * its place whenever it is its turn.
 */
interface Cell {
  readonly make: () => unknown;
  readonly put: (memory: unknown) => void;
}

/** What one process remembers, and what it is to hear when nothing is left that could happen in it. */
export interface ProcessMemory {
  /** By cell. */
  readonly kept: unknown[];
  readonly atEmptyLoop: Set<() => void>;
}

interface SeenLimit {
  readonly held: number;
  readonly waiting: ReadonlySet<unknown>;
}

const cells: Cell[] = [];
let current: ProcessMemory = newMemory();
let limits = -1;

/** A variable of a module is one of its process: `put` sets it. */
export function isOfProcess<T>(make: () => T, put: (memory: T) => void): void {
  const cell = cells.push({ make, put: put as Cell["put"] }) - 1;
  cells[cell]!.put((current.kept[cell] ??= make()));
}

/** The same of limits, whose places the simulator counts. */
export function limitsAreOfProcess<T extends ReadonlyMap<string, SeenLimit>>(
  make: () => T,
  put: (memory: T) => void,
): void {
  limits = cells.length;
  isOfProcess(make, put);
}

export function newMemory(): ProcessMemory {
  return { kept: cells.map(({ make }) => make()), atEmptyLoop: new Set() };
}

/** From here on the code runs for the process that has this memory. */
export function enter(memory: ProcessMemory): void {
  if (current === memory) return;
  current = memory;
  for (let cell = 0; cell < cells.length; cell++) cells[cell]!.put((memory.kept[cell] ??= cells[cell]!.make()));
}

const limitsOf = (memory: ProcessMemory) => (memory.kept[limits] as ReadonlyMap<string, SeenLimit>).values();

export function heldPlaces(memory: ProcessMemory): number {
  let held = 0;
  for (const limit of limitsOf(memory)) held += limit.held;
  return held;
}

/** How many stand in line for a place that is held in this process. */
export function inLineForPlaces(memory: ProcessMemory): number {
  let inLine = 0;
  for (const { waiting } of limitsOf(memory)) inLine += waiting.size;
  return inLine;
}

/** Stands in for Node's `process` where the runtime asks to be told that nothing is left to happen. */
export const nodeProcess = {
  on: (_name: "beforeExit", listener: () => void) => void current.atEmptyLoop.add(listener),
  removeListener: (_name: "beforeExit", listener: () => void) => void current.atEmptyLoop.delete(listener),
};

/** "beforeExit" of the process whose turn it is. */
export function tellEmptyLoop(): void {
  for (const listener of [...current.atEmptyLoop]) listener();
}
