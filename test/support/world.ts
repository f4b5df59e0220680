/**
 * The world around one engine run, for tests without runtime: it owes the engine answers (attempts in flight,
 * questions, timers) and gives one at a time, in an order the test chooses. Every event is kept, and after each the
 * invariants of the run are checked.
 */
import { advance } from "../../src/engine/advance.ts";
import { checkRun } from "../../src/engine/check-run.ts";
import type { Command } from "../../src/engine/command.ts";
import type { Outcome, RetryAnswer, RunEvent } from "../../src/engine/event.ts";
import { makePlan, type Plan } from "../../src/engine/plan.ts";
import { createRun, type Run, taskRunName, typeOf } from "../../src/engine/run.ts";
import { stateOf } from "../../src/engine/state-of.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { recordOf } from "../../src/state/error-text.ts";
import type { SignalData } from "../../src/state/signal.ts";
import type { FlowState, TaskState } from "../../src/state/task-state.ts";

/** What a body does, by the name of its task run (`load`, `load[2]`) and attempt. */
export type Behave = (name: string, attempt: number) => Outcome;

/** What handlers answer; `undefined` leaves the state as it is. */
export type Answer = (name: string, to: TaskState) => TaskState | undefined;

export interface WorldOptions {
  readonly capacity?: number;
  /** How many task runs may hold a limit, whichever it is; default 1. */
  readonly limit?: number;
  readonly handlers?: Answer;
  readonly given?: ReadonlyMap<number, TaskState>;
  /** A run that was begun before, and what makes it go on. */
  readonly goesOn?: { readonly run: Run; readonly event: RunEvent };
}

/** Something the engine waits for, as the event that would answer it. */
interface Owed {
  readonly about: Command;
  readonly event: (at: number) => RunEvent;
}

const NO_RETRY: RetryAnswer = { allowed: false, inMs: 0 };

export const returned = (value: unknown): Outcome => ({ kind: "returned", value });
export const threw = (message: string, inMs = 0): Outcome => ({
  kind: "threw",
  error: { ...recordOf(new Error(message)), stack: "" },
  as: "Failed",
  retry: { allowed: true, inMs },
});
export const signalled = (signal: SignalData): Outcome => ({
  kind: "signalled",
  signal,
  retry: { allowed: signal.kind === "fail" && signal.retry, inMs: 0 },
});

export class World {
  readonly run: Run;
  readonly plan: Plan;
  readonly events: RunEvent[] = [];
  readonly commands: Command[] = [];
  /** Names in the order of their starts, one per attempt. */
  readonly starts: string[] = [];
  readonly #owed: Owed[] = [];
  readonly #behave: Behave;
  readonly #handlers: Answer;
  readonly #limit: number;
  readonly #holding = new Set<number>();
  readonly #inLine = new Set<number>();
  now = 0;
  finished: FlowState | undefined;

  constructor(graph: Graph, behave: Behave = () => returned("done"), options: WorldOptions = {}) {
    this.plan = makePlan(graph);
    this.run = options.goesOn?.run ?? createRun(this.plan, "run", {}, options.capacity ?? 1_000_000);
    this.#behave = behave;
    this.#handlers = options.handlers ?? (() => undefined);
    this.#limit = options.limit ?? 1;
    this.send(options.goesOn?.event ?? { type: "RunStarted", given: options.given ?? new Map(), at: 0 });
  }

  /** Answers the engine is owed. */
  get open(): number {
    return this.#owed.length;
  }

  /** Attempts in flight. */
  get inFlight(): number {
    return this.#owed.filter(({ about }) => about.type === "StartAttempt").length;
  }

  /** Gives the engine an event, checks it, and notes what it asks for; returns that. */
  send(event: RunEvent): readonly Command[] {
    const commands: Command[] = [];
    this.now = Math.max(this.now, event.at);
    this.events.push(event);
    advance(this.run, event, commands);
    checkRun(this.run);
    this.commands.push(...commands);
    for (const command of commands) this.#take(command);
    return commands;
  }

  /** Answers what is owed at this index (modulo their number). A timer moves time on. */
  answer(index: number): readonly Command[] {
    const [owed] = this.#owed.splice(index % this.#owed.length, 1);
    if (owed === undefined) return [];
    const at = owed.about.type === "SetTimer" ? Math.max(this.now, owed.about.at) : this.now;
    return this.send(owed.event(at));
  }

  /** Answers everything, the oldest first, until nothing is owed. */
  toTheEnd(): this {
    while (this.#owed.length > 0) this.answer(0);
    return this;
  }

  /** Answers what is owed about a task run, by its name. */
  answerFor(name: string): readonly Command[] {
    const index = this.owedAbout().indexOf(name);
    if (index < 0) throw new Error(`nothing is owed about ${name}; there is ${this.owedAbout().join(", ")}`);
    return this.answer(index);
  }

  /** Names of the task runs (or `flow`) that something is owed about. */
  owedAbout(): readonly string[] {
    return this.#owed.map(({ about }) => ("slot" in about ? taskRunName(this.run, about.slot) : "flow"));
  }

  slot(name: string): number {
    for (let slot = 0; slot < this.run.slots; slot++) if (taskRunName(this.run, slot) === name) return slot;
    throw new Error(`no task run ${name}`);
  }

  state(name: string): TaskState {
    return stateOf(this.run, this.slot(name));
  }

  /** Every task run's state type by name. */
  types(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Array.from({ length: this.run.slots }, (_, slot) => [taskRunName(this.run, slot), typeOf(this.run, slot)]),
    );
  }

  /** Every task run's type and value by name: equal whatever the order in which things were settled. */
  outcome(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      Array.from({ length: this.run.slots }, (_, slot) => [
        taskRunName(this.run, slot),
        [typeOf(this.run, slot), this.run.value[slot]],
      ]),
    );
  }

  #owe(about: Command, event: Owed["event"]): void {
    this.#owed.push({ about, event });
  }

  /** Task runs that hold a limit. */
  get holding(): number {
    return this.#holding.size;
  }

  #claim(command: Extract<Command, { readonly type: "ClaimLimits" }>): void {
    const { slot } = command;
    const full = this.#holding.size >= this.#limit ? "full" : undefined;
    (full === undefined ? this.#holding : this.#inLine).add(slot);
    this.#owe(command, (at) => ({ type: "LimitsAnswered", slot, full, at }));
  }

  #release(slot: number): void {
    this.#inLine.delete(slot);
    if (!this.#holding.delete(slot)) return;
    const waiting = [...this.#inLine];
    this.#inLine.clear();
    for (const next of waiting) {
      const about: Command = { type: "ClaimLimits", slot: next };
      this.#owe(about, (at) => ({ type: "LimitFreed", slot: next, at }));
    }
  }

  #take(command: Command): void {
    switch (command.type) {
      case "StartAttempt": {
        const { slot, attempt } = command;
        const name = taskRunName(this.run, slot);
        this.starts.push(name);
        const outcome = this.#behave(name, attempt);
        return this.#owe(command, (at) => ({ type: "AttemptSettled", slot, attempt, outcome, at }));
      }
      case "SetTimer":
        return this.#owe(command, (at) => ({ type: "TimerFired", slot: command.slot, at }));
      case "AskHandlers": {
        const { slot, question, to } = command;
        const state = this.#handlers(taskRunName(this.run, slot), to) ?? to;
        return this.#owe(command, (at) => ({
          type: "HandlersAnswered",
          slot,
          question,
          state,
          failed: false,
          retry: NO_RETRY,
          at,
        }));
      }
      case "AskFlowHandlers":
        return this.#owe(command, (at) => ({ type: "FlowHandlersAnswered", state: command.to, at }));
      case "AskFinalState":
        return this.#owe(command, (at) => ({ type: "FinalStateAnswered", state: command.state, at }));
      case "AskTrigger": {
        const answer = { kind: "said", run: true } as const;
        return this.#owe(command, (at) => ({
          type: "TriggerAnswered",
          slot: command.slot,
          question: command.question,
          answer,
          at,
        }));
      }
      case "AskCache":
        return this.#owe(command, (at) => ({
          type: "CacheAnswered",
          slot: command.slot,
          answer: { kind: "miss" },
          at,
        }));
      case "ClaimLimits":
        return this.#claim(command);
      case "ReleaseLimits":
        return this.#release(command.slot);
      case "FinishRun":
        this.finished = command.state;
        return;
      default:
    }
  }
}
