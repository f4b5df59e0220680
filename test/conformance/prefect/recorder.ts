/** Keeps what the bodies and handlers of a case saw: calls, inputs and transitions, by task and mapped child. */
import type { State, StateHandler, Subject } from "../../../src/index.ts";

export interface Recorded {
  calls: number;
  inputs: Readonly<Record<string, unknown>>;
  readonly transitions: string[];
}

export class Recorder {
  /** The run of the case, from 1; 0 before the first. */
  run = 0;
  /** Names of tasks that record by a handler of their own, before any other. */
  readonly own = new Set<string>();
  readonly #seen = new Map<string, Recorded>();
  readonly #inRun = new Map<string, number>();
  readonly #inCase = new Map<string, number>();

  startRun(): void {
    this.run++;
    this.#seen.clear();
    this.#inRun.clear();
  }

  /** Of a task, or of its mapped child. */
  of(slug: string, child: number | undefined): Recorded {
    const key = keyOf(slug, child);
    let seen = this.#seen.get(key);
    if (seen === undefined) this.#seen.set(key, (seen = { calls: 0, inputs: {}, transitions: [] }));
    return seen;
  }

  called(slug: string, child: number | undefined, inputs: Readonly<Record<string, unknown>>): void {
    const seen = this.of(slug, child);
    seen.calls++;
    seen.inputs = inputs;
  }

  /** Counts one more; in one run by task and child, over the whole case by task. */
  count(slug: string, child: number | undefined, what: string, within: "run" | "case"): number {
    const [counts, key] = within === "run" ? [this.#inRun, keyOf(slug, child)] : [this.#inCase, slug];
    const count = (counts.get(`${what} ${key}`) ?? 0) + 1;
    counts.set(`${what} ${key}`, count);
    return count;
  }

  /** Stands first among a task's handlers: it sees what is proposed before anybody replaces it. */
  readonly handler: StateHandler = (subject, from, to) => this.#note(subject, from, to);

  /** For nodes that have no handlers of their own. */
  readonly flowWide: StateHandler = (subject, from, to) => {
    if (!this.own.has(subject.slug)) this.#note(subject, from, to);
  };

  #note({ slug, mapIndex }: Subject, from: State, to: State): void {
    this.of(slug, mapIndex).transitions.push(`${from.type}>${to.type}`);
  }
}

function keyOf(slug: string, child: number | undefined): string {
  return child === undefined ? slug : `${slug}[${child}]`;
}
