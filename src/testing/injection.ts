/**
 * What a test puts in the place of bodies: mocks and errors. It stands between the run and its executor, so
 * everything else (triggers, retries, cache, handlers, checks of input and output) is the real thing.
 */
import { isPlainObject } from "../base/json.ts";
import type { ExecutorFactory } from "../executor/inline.ts";
import type { Clock } from "../ports/clock.ts";
import type { AttemptEnd, AttemptOrder, Executor } from "../ports/executor.ts";
import type { Signal } from "../state/signal.ts";
import type { Crash, Life } from "./crash.ts";
import { virtualTimeOf } from "./virtual-clock.ts";

/** Takes the place of a body: gets its arguments, may be async, may throw errors and signals. */
export type Mock = (...args: never[]) => unknown;

/** What a body throws: an error, a signal, or text for an error with that message. */
export type Thrown = Error | Signal | string;

/** What goes wrong in a task: always, or in one attempt (from 1), or in several. */
export type Failure = Thrown | AttemptFailure | readonly AttemptFailure[];

export interface AttemptFailure {
  readonly attempt: number;
  readonly error: Thrown;
}

/** By task name, by slug for one of several calls, either with `[i]` for one child of a mapped task. */
export interface Injections {
  /** Functions in the place of bodies. */
  readonly mocks?: Readonly<Record<string, Mock>> | undefined;
  /** Errors thrown in the place of calling the body, or the mock. */
  readonly failAt?: Readonly<Record<string, Failure>> | undefined;
}

/** The process this executor is of, where it is to die. */
export interface Mortal {
  readonly life: Life;
  readonly crashAt: Readonly<Record<string, number | Crash>>;
}

/** An executor that calls what the test said, and tells a virtual clock what is at work. */
export function injecting(inner: ExecutorFactory, injections: Injections, mortal?: Mortal): ExecutorFactory {
  const { maxAttempts } = inner;
  const make = (clock: Clock) => new InjectingExecutor(inner(clock), clock, injections, mortal);
  return Object.assign(make, { maxAttempts });
}

class InjectingExecutor implements Executor {
  readonly maxAttempts: number;
  readonly graceMs: number;
  readonly #inner: Executor;
  readonly #clock: Clock;
  readonly #injections: Injections;
  readonly #mortal: Mortal | undefined;
  /** In flight: with the process they are over. */
  readonly #orders = new Set<AttemptOrder>();

  constructor(inner: Executor, clock: Clock, injections: Injections, mortal: Mortal | undefined) {
    this.maxAttempts = inner.maxAttempts;
    this.graceMs = inner.graceMs;
    this.#inner = inner;
    this.#clock = clock;
    this.#injections = injections;
    this.#mortal = mortal;
  }

  start(given: AttemptOrder): void {
    const time = virtualTimeOf(this.#clock);
    const crash = crashIn(given, this.#mortal);
    if (crash === "before") return this.#die();
    const ended = (order: AttemptOrder, end: AttemptEnd, goesOn: boolean) => {
      if (!this.#orders.delete(order)) return;
      if (crash === "after") this.#orders.add(order);
      if (crash === "after") return this.#die();
      time?.ends(order);
      given.ended(given, end, goesOn);
    };
    const bodyOver = () => given.bodyOver(given);
    const order = {
      ...given,
      ended,
      bodyOver,
      functions: { ...given.functions, body: bodyFor(given, this.#injections) },
    };
    time?.begins(order);
    this.#orders.add(order);
    this.#inner.start(order);
  }

  #die(): void {
    const time = virtualTimeOf(this.#clock);
    for (const order of this.#orders) time?.ends(order);
    this.#orders.clear();
    this.#mortal?.life.die();
  }

  abort(...[slot, why]: Parameters<Executor["abort"]>): boolean {
    return this.#inner.abort(slot, why);
  }
}

/** Whether the process dies at this attempt, and when. */
function crashIn(order: AttemptOrder, mortal: Mortal | undefined): "before" | "after" | undefined {
  if (mortal === undefined || mortal.life.isDead()) return undefined;
  const crash = namedFor(order, mortal.crashAt);
  if (crash === undefined) return undefined;
  const { attempt, when = "before" } = typeof crash === "number" ? { attempt: crash } : crash;
  return attempt === order.attempt ? when : undefined;
}

function bodyFor(order: AttemptOrder, { mocks, failAt }: Injections): AttemptOrder["functions"]["body"] {
  const failure = namedFor(order, failAt);
  const thrown = failure === undefined ? undefined : thrownIn(order.attempt, failure);
  if (thrown !== undefined) {
    return () => {
      throw thrown;
    };
  }
  return namedFor(order, mocks) ?? order.functions.body;
}

/** The nearest word wins: a child's before its task's, a slug's before the name's. */
function namedFor<T>(order: AttemptOrder, table: Readonly<Record<string, T>> | undefined): T | undefined {
  if (table === undefined) return undefined;
  const { about, slot, taskName } = order;
  const ofRun = about.taskRunId(slot).slice(about.runId.length + 1);
  const index = about.mapIndex(slot);
  const child = index === undefined ? "" : `[${index}]`;
  const slug = ofRun.slice(0, ofRun.length - child.length);
  const name = [`${slug}${child}`, `${taskName}${child}`, slug, taskName].find((key) => Object.hasOwn(table, key));
  return name === undefined ? undefined : table[name];
}

function thrownIn(attempt: number, failure: Failure): unknown {
  const listed = isAttemptFailure(failure) ? [failure] : failure;
  if (!Array.isArray(listed)) return asThrown(failure as Thrown);
  const named = (listed as readonly AttemptFailure[]).find((one) => one.attempt === attempt);
  return named && asThrown(named.error);
}

export function isAttemptFailure(failure: unknown): failure is AttemptFailure {
  return isPlainObject(failure) && "attempt" in failure && "error" in failure;
}

function asThrown(thrown: Thrown): unknown {
  return typeof thrown === "string" ? new Error(thrown) : thrown;
}
