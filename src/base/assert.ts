/** Our own mistakes: they throw, nobody catches them, and the sentence says what we relied on. */

export class AssertionFailed extends Error {
  override readonly name = "AssertionFailed";
}

/** Throws when something we rely on is not so. Never used for what users or the world do wrong. */
export function assert(condition: boolean, reliedOn: string): asserts condition {
  if (!condition) throw new AssertionFailed(`caudal relied on this and it was not so: ${reliedOn}`);
}

/** The end of every `switch` over a union: a new member breaks the build wherever someone must think. */
export function unreachable(member: never): never {
  throw new AssertionFailed(`a case nobody wrote: ${JSON.stringify(member)}`);
}

/** The value, where we know that it is there (an index we computed ourselves). */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new AssertionFailed(`caudal expected ${what} to be there`);
  return value;
}
