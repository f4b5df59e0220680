/**
 * Stands in for what no world sees: the failure screen, the lines of `console` in bodies (simulated ones use none),
 * errors of theirs that nobody catches (the guard takes every such rejection for a mistake of ours), and the store's
 * housekeeping, which has tests of its own and would take away what is to be checked.
 */
export function showFailure(): void {}

export function captureConsole(): () => void {
  return () => undefined;
}

export function catchStrayErrors(): () => void {
  return () => undefined;
}

export class KeepingHouse {
  wrote(): void {}
  runEnded(): void {}
  close(): void {}
}
