/**
 * The loop that drives one run: take events → advance → commit the pass → only then print, tell, ask, start.
 *
 * The engine decides, the store remembers, the executor calls bodies; this file keeps their order. Nothing a pass
 * decided is acted on before its commit has returned.
 */
import { CaudalError } from "../base/errors.ts";
import { advance } from "../engine/advance.ts";
import type { Command } from "../engine/command.ts";
import type { RunEvent } from "../engine/event.ts";
import { childIndex, FINISHED, isCleanup, PHASE, rulesOf, type Run, STATE_INDEX, takeDirty } from "../engine/run.ts";
import { stateOf } from "../engine/state-of.ts";
import { gather } from "../engine/values.ts";
import type { Clock, Random, Timer } from "../ports/clock.ts";
import type { AttemptAbout, AttemptEnd, AttemptOrder, Executor } from "../ports/executor.ts";
import type { Logger } from "../ports/logger.ts";
import type { Program } from "../ports/program.ts";
import type { LogRow, Store, TaskRunRow } from "../ports/store.ts";
import { recordOf } from "../state/error-text.ts";
import type { FlowState } from "../state/task-state.ts";
import { outcomeOf } from "./outcome.ts";
import { Publisher } from "./publish.ts";
import { Questions } from "./questions.ts";

export interface DriverParts {
  readonly program: Program;
  readonly run: Run;
  readonly epoch: number;
  readonly about: AttemptAbout;
  readonly store: Store;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Go on waiting when the run waits only for people. */
  readonly wait: boolean;
}

/** Events taken before other things of the process get their turn, where bodies are synchronous. */
const PASSES_PER_TURN = 256;

export class Driver {
  readonly parts: DriverParts;
  #events: RunEvent[] = [];
  #taken: RunEvent[] = [];
  /** Commands of a pass, carried out after its commit. */
  #commands: Command[] = [];
  #logs: LogRow[] = [];
  #wake: (() => void) | undefined;
  #finished: FlowState | undefined;
  readonly #timers = new Map<number, Timer>();
  readonly #questions: Questions;
  readonly #publisher: Publisher;
  readonly #ended = (order: AttemptOrder, end: AttemptEnd) => this.#attemptEnded(order, end);

  constructor(parts: DriverParts) {
    this.parts = parts;
    this.#publisher = new Publisher(parts);
    this.#questions = new Questions(parts, this.#publisher, (event) => this.push(event));
  }

  /** Hands an event to the run; it is taken in the next pass. */
  push(event: RunEvent): void {
    this.#events.push(event);
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#wake = undefined;
    wake();
  }

  /**
   * Nothing in this process can happen any more: bodies and triggers that have not answered never will. They fail, so
   * that the run ends by its rules instead of ending silently with the process.
   */
  nothingCanHappen(): void {
    const { run, clock } = this.parts;
    const error = { ...recordOf(new CaudalError("TASK_NEVER_ENDS", undefined)), stack: "" };
    const at = clock.now();
    for (let slot = 0; slot < run.slots; slot++) {
      if (run.questions.get(slot)?.kind === "trigger") {
        this.push({ type: "TriggerAnswered", slot, answer: { kind: "threw", error }, at });
      } else if (run.state[slot] === STATE_INDEX.Running) {
        const outcome = { kind: "threw", error, as: "Failed", retry: { allowed: false, inMs: 0 } } as const;
        this.push({ type: "AttemptSettled", slot, attempt: run.attempt[slot]!, outcome, at });
      }
    }
  }

  /** A line of a body: kept for the commit. */
  keepLog(row: LogRow): void {
    this.#logs.push(row);
  }

  /** Runs until the run is over, waits only for people, or this process is to stop. */
  async drive(): Promise<FlowState> {
    for (let pass = 1; ; pass++) {
      this.#takeEvents();
      const committed = this.#commit();
      if (committed instanceof Promise) await committed;
      this.#carryOut();
      if (this.#finished !== undefined && this.#events.length === 0) return this.#end(this.#finished);
      if (this.#events.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (pass % PASSES_PER_TURN === 0) await this.parts.clock.turn();
    }
  }

  /** One pass: every event that was there when it began. What it leads to is the next pass's. */
  #takeEvents(): void {
    const { run } = this.parts;
    const events = this.#events;
    this.#events = this.#taken;
    this.#taken = events;
    for (const event of events) advance(run, event, this.#commands);
    events.length = 0;
  }

  /** Writes what the pass changed, but for what is in between two states. */
  #commit(): void | Promise<unknown> {
    const { run, store, epoch, clock } = this.parts;
    const { changed, flow, path } = this.#publisher.take();
    const dirty = takeDirty(run);
    const rows: TaskRunRow[] = [];
    for (const slot of dirty) {
      if (isInBetween(run, slot)) {
        this.#publisher.keepDirty(slot);
        continue;
      }
      rows.push({
        slot,
        node: run.owner[slot]!,
        child: childIndex(run, slot),
        attempt: run.attempt[slot]!,
        state: stateOf(run, slot),
      });
    }
    const { entries: cache, freed: cacheFreed } = this.#questions.cache.changesOf(this.#commands);
    const logs = this.#logs;
    if (rows.length === 0 && !changed && logs.length + cache.length + cacheFreed.length === 0) return;
    if (logs.length > 0) this.#logs = [];
    const at = clock.now();
    const cursor = store.commit({ runId: run.id, epoch, at, flow, taskRuns: rows, path, logs, cache, cacheFreed });
    if (cursor instanceof Promise) return cursor;
  }

  #carryOut(): void {
    const commands = this.#commands;
    if (commands.length > 0) this.#commands = [];
    this.#publisher.publish();
    for (const command of commands) this.#carryOutOne(command);
  }

  #carryOutOne(command: Command): void {
    switch (command.type) {
      case "StartAttempt":
        return this.#start(command.slot, command.attempt);
      case "AbortAttempt":
        return this.parts.executor.abort(command.slot, command.why);
      case "SetTimer":
        return this.#setTimer(command.slot, command.at);
      case "StoreCache":
      case "ReleaseCache":
        return; // done with the commit
      case "ReleaseLimits":
        return this.#questions.releaseLimits(command.slot);
      case "FinishRun":
        if (command.state.type !== "Paused" || !this.parts.wait) this.#finished = command.state;
        return;
      default:
        return this.#questions.ask(command);
    }
  }

  #setTimer(slot: number, at: number): void {
    const { clock } = this.parts;
    this.#timers.get(slot)?.cancel();
    this.#timers.set(
      slot,
      clock.at(at, () => {
        this.#timers.delete(slot);
        this.push({ type: "TimerFired", slot, at: clock.now() });
      }),
    );
  }

  #start(slot: number, attempt: number): void {
    const { run, program, about, executor } = this.parts;
    if (run.attempt[slot] !== attempt || (run.cancelling && !isCleanup(run, slot))) {
      // Decided in this very pass, before the body was called: it is given back uncalled.
      this.push({ type: "AttemptReleased", slot, attempt, at: this.parts.clock.now() });
      return;
    }
    const node = program.graph.nodes[run.owner[slot]!]!;
    this.#publisher.starting(slot);
    executor.start({
      slot,
      attempt,
      taskName: node.name,
      functions: program.tasks[node.task]!,
      args: gather(run, slot),
      labels: labelsOf(node.arguments),
      timeoutMs: program.graph.tasks[node.task]!.timeoutMs,
      ended: this.#ended,
      about,
    });
  }

  #attemptEnded(order: AttemptOrder, end: AttemptEnd): void {
    const hasTarget = end.kind === "returned" && rulesOf(this.parts.run, order.slot).hasTarget;
    if (hasTarget) void this.#writeTarget(order, end);
    else this.#settle(order, end);
  }

  /** A result with a target is kept before it counts. */
  async #writeTarget(order: AttemptOrder, end: Extract<AttemptEnd, { readonly kind: "returned" }>): Promise<void> {
    try {
      await this.#questions.cache.writeTarget(order.slot, end.value);
      this.#settle(order, end);
    } catch (thrown) {
      this.#settle(order, { kind: "threw", error: recordOf(thrown), thrown, as: "Failed" });
    }
  }

  #settle(order: AttemptOrder, end: AttemptEnd): void {
    const { run, clock, random } = this.parts;
    const { slot, attempt } = order;
    const at = clock.now();
    if (end.kind === "released") return this.push({ type: "AttemptReleased", slot, attempt, at });
    if (end.kind !== "returned") this.#publisher.attemptFailed(slot, end);
    this.push({ type: "AttemptSettled", slot, attempt, outcome: outcomeOf(end, order, run, random), at });
  }

  async #end(state: FlowState): Promise<FlowState> {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    const { run, store, epoch, clock } = this.parts;
    const cacheFreed = this.#questions.close();
    if (cacheFreed.length > 0) {
      const { path } = this.#publisher.take();
      await store.commit({
        runId: run.id,
        epoch,
        at: clock.now(),
        flow: undefined,
        taskRuns: [],
        path,
        logs: [],
        cache: [],
        cacheFreed,
      });
    }
    this.#publisher.ended(state);
    return state;
  }
}

/** A finished state that is not the last, while somebody is asked: Success before Cached, Failed before Retrying, a hit before its trigger. */
function isInBetween(run: Run, slot: number): boolean {
  return run.phase[slot] === PHASE.ASKED && FINISHED[run.state[slot]!]!;
}

const labelsCache = new WeakMap<readonly { readonly label: string }[], readonly string[]>();

/** Argument names of a node, one array per node. */
function labelsOf(list: readonly { readonly label: string }[]): readonly string[] {
  let labels = labelsCache.get(list);
  if (labels === undefined) labelsCache.set(list, (labels = list.map((argument) => argument.label)));
  return labels;
}
