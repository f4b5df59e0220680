/** `limit()`: how many task runs may hold something at once, over all runs and processes of a store. */
import { setLimit } from "../runtime/answers/limits.ts";
import { type Check, isFilledText, isText, isWhole, refuseIfAny } from "./checks/check-options.ts";
import { checkName } from "./checks/names.ts";
import { misuse } from "./user-line.ts";
import { describeValue } from "./checks/words.ts";

const MAX = 1_000_000;

/** A named bound on concurrency. Give it, or its name, to `limits` of a task. */
export interface Limit {
  readonly name: string;
  /** Task runs that may be Running at once. */
  readonly max: number;
}

class NamedLimit implements Limit {
  readonly name: string;
  readonly max: number;

  constructor(name: string, max: number) {
    this.name = name;
    this.max = max;
    Object.freeze(this);
  }
}

/**
 * Makes a limit known to this process; of two of one name the later counts.
 * @param max task runs that may be Running at once, 1 to 1,000,000
 * @throws CaudalError OPTION_INVALID, NAME_INVALID; LIMIT_TWICE when a flow uses two of one name that differ
 */
export function limit(name: string, max: number): Limit {
  const complaints = [
    ...complaint("its name", isText(name, "name") ?? (name === "" ? "must not be empty" : undefined)),
    ...complaint("its maximum", isWhole(1, MAX)(max, "max")),
  ];
  refuseIfAny(`limit(${describeValue(name)}, …)`, complaints);
  checkName("a limit", name);
  setLimit(name, max);
  return new NamedLimit(name, max);
}

function complaint(what: string, why: string | undefined): string[] {
  return why === undefined ? [] : [`${what} ${why}`];
}

/** A limit, or the name of one. */
export const isLimit: Check = (value, option) =>
  value instanceof NamedLimit ? undefined : isFilledText(value, option);

export function limitName(given: string | Limit): string {
  return typeof given === "string" ? given : given.name;
}

/** Notes the limits a task of this flow counts against. @throws CaudalError LIMIT_TWICE */
export function noteLimits(
  flow: string,
  known: Map<string, number>,
  given: readonly (string | Limit)[] | undefined,
): void {
  for (const one of given ?? []) {
    if (typeof one === "string") continue;
    const before = known.get(one.name);
    if (before !== undefined && before !== one.max)
      throw misuse("LIMIT_TWICE", { flow, limit: one.name, first: before, second: one.max });
    known.set(one.name, one.max);
  }
}
