/** A measured figure, beside what it should be. */

export interface Target {
  readonly max: number;
  readonly unit: string;
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

export const atMost = (max: number, unit: string): Target => ({ max, unit });

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** `met`, or by how much it is missed (by wall clock and by CPU time, where both are known); nothing where nothing is asked. */
export function verdictOf({ value, cpuValue = value, target }: Figure): string {
  if (target === undefined) return "";
  const least = Math.min(value, cpuValue);
  if (Number.isNaN(least)) return "NOT MEASURED";
  return least <= target.max ? "met" : `MISSED by ${Math.round((least / target.max - 1) * 100)} %`;
}

export const targetText = ({ target }: Figure): string =>
  target === undefined
    ? ""
    : `≤ ${target.max.toLocaleString("en")}${target.unit === "×" ? "×" : ` ${target.unit}`}`.trimEnd();

/** What a group of benchmarks is asked. */
export interface Wish {
  /** The Node to measure on. */
  readonly node: string;
  readonly rounds: number;
  /** Only rows with this text in their name. */
  readonly only: string | undefined;
}

export const isWanted = ({ only }: Wish, what: string): boolean => only === undefined || what.includes(only);
