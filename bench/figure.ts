/** A measured figure, beside what it should be. */

export interface Target {
  readonly bound: number;
  readonly unit: string;
  /** The bound is the least it may be, not the most. */
  readonly atLeast?: boolean;
}

export interface Figure {
  readonly what: string;
  /** What is compared with the target. */
  readonly value: number;
  /** The same by CPU time, where that was measured: other programs on the machine touch it less. */
  readonly cpuValue?: number;
  /** For people: the value and what else was measured. */
  readonly shown: string;
  readonly target?: Target | undefined;
}

export const atMost = (bound: number, unit: string): Target => ({ bound, unit });
export const atLeast = (bound: number, unit: string): Target => ({ bound, unit, atLeast: true });

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** `met`, or by how much it is missed (by wall clock and by CPU time, where both are known); nothing where nothing is asked. */
export function verdictOf({ value, cpuValue = value, target }: Figure): string {
  if (target === undefined) return "";
  const best = target.atLeast ? Math.max(value, cpuValue) : Math.min(value, cpuValue);
  if (Number.isNaN(best)) return "NOT MEASURED";
  const isMet = target.atLeast ? best >= target.bound : best <= target.bound;
  return isMet ? "met" : `MISSED by ${Math.round(Math.abs(best / target.bound - 1) * 100)} %`;
}

export const targetText = ({ target }: Figure): string =>
  target === undefined
    ? ""
    : `${target.atLeast ? "≥" : "≤"} ${target.bound.toLocaleString("en")}${target.unit === "×" ? "×" : ` ${target.unit}`}`.trimEnd();

/** What a group of benchmarks is asked. */
export interface Wish {
  /** The Node to measure on. */
  readonly node: string;
  readonly rounds: number;
  /** Only rows with this text in their name. */
  readonly only: string | undefined;
  /** Without the rows that take minutes, where a group has some. */
  readonly quick?: boolean | undefined;
}

export const isWanted = ({ only }: Wish, what: string): boolean => only === undefined || what.includes(only);
