/**
 * Where flows announce themselves, so that a file can be loaded for its flows without running them.
 *
 * One per process, on a global symbol: the CLI's copy of the package and the copy a flow file imports
 * may be two files on disk. While a loader listens, the first run, runOnSchedule, resume, retry, mark or visualize is
 * not carried out: it gets a promise that never settles, and the loader is told.
 */

import type { People } from "../ports/people.ts";

const REGISTRY = Symbol.for("caudal.registry.v1");

/** What the loader sees of a flow: enough to name it and to call it. */
export interface RegisteredFlow {
  readonly name: string;
  /** The file that called `flow()`, absolute; undefined where it cannot be known. */
  readonly file: string | undefined;
  /** Where in it, as `file:line:column`. Flows of an older copy of the package do not say. */
  readonly line?: string | undefined;
}

export type InterceptedCall = "run" | "runOnSchedule" | "resume" | "retry" | "mark" | "visualize";

export interface Loader {
  /** Called once, for the first call that would have acted. `line` is the user's line, as V8 prints it. */
  intercepted(call: InterceptedCall, flow: RegisteredFlow, line: string | undefined): void;
}

interface Registry {
  readonly flows: RegisteredFlow[];
  /** Set by a loader before it imports a file, cleared when the file has been loaded. */
  loader: Loader | undefined;
  /** Whoever sits at the terminal of `caudal run`. */
  people?: People | undefined;
  /** Where what is done comes from, for the audit: `cli`. Default: a script. */
  from?: string | undefined;
}

export function registry(): Registry {
  const holder = globalThis as { [REGISTRY]?: Registry };
  holder[REGISTRY] ??= { flows: [], loader: undefined };
  return holder[REGISTRY];
}
