/** What a test of bad input asks: which error was thrown, for which line, and that no body was called. */
import { expect, vi } from "vitest";
import { CaudalError } from "../../src/base/errors.ts";
import { flow, task } from "../../src/index.ts";

export type Located = CaudalError & { readonly line?: string };

/** What a careless program in plain JavaScript hands over: the compiler does not see it. */
export const careless = (value: unknown) => value as never;

/** The coded error that `attempt` throws. */
export function refused(attempt: () => unknown): Located {
  try {
    attempt();
  } catch (thrown) {
    if (thrown instanceof CaudalError) return thrown as Located;
    throw thrown;
  }
  throw new Error("nothing was refused");
}

/** The coded error that `attempt` rejects with. */
export async function refusedLater(attempt: () => Promise<unknown>): Promise<Located> {
  try {
    await attempt();
  } catch (thrown) {
    if (thrown instanceof CaudalError) return thrown as Located;
    throw thrown;
  }
  throw new Error("nothing was refused");
}

/** The same of a flow with this build function. */
export const refusedBuild = (build: () => unknown, name = "misused") =>
  refused(() =>
    flow(name, () => {
      build();
    }),
  );

/** A task whose body must never be called, and what says whether it was. */
export function watchedTask() {
  const body = vi.fn((..._given: unknown[]) => 1);
  return { body, untouched: task("untouched", body) };
}

/** The error names a line of the test's own file: the user's. */
export function expectOwnLine(error: Located, file: RegExp): void {
  expect(error.line).toMatch(file);
  expect(error.message.endsWith(`\n    at ${error.line}`)).toBe(true);
}
