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
import { isCleanup, markDirty, PHASE, rulesOf, STATE_INDEX, takeDirty } from "../engine/run.ts";
import { gather } from "../engine/values.ts";
import { labelsOf } from "./report/argument-labels.ts";
import type { Timer } from "../ports/clock.ts";
import type { AttemptEnd, AttemptOrder } from "../ports/executor.ts";
import type { Batch, LogRow, NewVersion, TaskRunRow } from "../ports/store.ts";
import { recordOf } from "../state/error-text.ts";
import { staysPaused } from "../state/reason.ts";
import { type FlowState, isFinishedType } from "../state/task-state.ts";
import type { DriverParts } from "./driver-parts.ts";
import { AbandonedBodies } from "./body/abandoned.ts";
import { commitPatiently } from "./kept/commit-patiently.ts";
import { askPeople, type DecisionOrder, eventOfDecision } from "./kept/decide.ts";
import { isBeingDecided, isInBetween, KeptRows } from "./kept/kept-rows.ts";
import { endsOfWaiting } from "./body/never-ends.ts";
import { outcomeOf } from "./body/outcome.ts";
import { Publisher } from "./publish.ts";
import { Questions } from "./answers/questions.ts";
import type { RunNames } from "./report/run-names.ts";
import { lastWord } from "./telling.ts";
import { carryOutRequest, lookAtChildRuns } from "./kept/requests.ts";

/** How long a line of a body may wait for a commit, where others can read it. */
const LOGS_WAIT_MS = 250;
/** Events taken before other things of the process get their turn, where bodies are synchronous. */
const PASSES_PER_TURN = 256;
/** Until requests are read again that could not be read. */
const LOOK_AGAIN_MS = 1_000;

type Writing = Omit<Batch, "runId" | "epoch" | "at" | "logs" | "removed" | "version">;

export class Driver {
  readonly parts: DriverParts;
  #events: RunEvent[] = [];
  #taken: RunEvent[] = [];
  /** Commands of a pass, carried out after its commit. */
  #commands: Command[] = [];
  #logs: LogRow[] = [];
  #logsTimer: Timer | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;
  #finished: FlowState | undefined;
  #removed: readonly number[];
  /** Requests that are carried out, and not yet kept as answered; of a task run where it decides about one. */
  #answered: { readonly id: number; readonly slot: number | undefined }[] = [];
  /** Every request of which this owner has heard. */
  readonly #heard = new Set<number>();
  /** Something that the run cannot go on without was thrown outside of it. */
  #broken: { readonly thrown: unknown } | undefined;
  /** Told when the run begins to wait for people only, and when it goes on. */
  onWaiting: (waits: boolean) => void = () => undefined;
  /** People are being asked. */
  #asking: AbortController | undefined;
  #version: NewVersion | undefined;
  #look: Timer | undefined;
  readonly #timers = new Map<number, Timer>();
  readonly #questions: Questions;
  readonly #publisher: Publisher;
  readonly #rows: KeptRows;
  readonly #abandoned: AbandonedBodies;
  /** Of a run that was given up: how bodies that still go on give back their limits. */
  #left: Map<number, () => void> | undefined;
  readonly #ended = (order: AttemptOrder, end: AttemptEnd, goesOn: boolean) => {
    if (this.#left !== undefined) return goesOn ? undefined : this.#bodyOver(order);
    if (goesOn) this.#abandoned.goesOn(order, end);
    this.#attemptEnded(order, end);
  };
  readonly #bodyOver = (order: AttemptOrder) => {
    this.#left?.get(order.slot)?.();
    this.#abandoned.over(order);
  };

  constructor(parts: DriverParts) {
    this.parts = parts;
    this.#rows = new KeptRows(parts, (slot) => this.#publisher.names.ownOf(slot));
    this.#removed = parts.removed ?? [];
    this.#version = parts.version;
    for (const slot of parts.again ?? []) markDirty(parts.run, slot);
    this.#abandoned = new AbandonedBodies(parts.clock, parts.executor, (event) => this.push(event));
    this.#publisher = new Publisher(parts);
    this.#questions = new Questions(
      parts,
      this.#publisher,
      (event) => this.push(event),
      (thrown) => this.#break(thrown),
    );
  }

  /** What task runs are called in log lines and views. */
  get names(): RunNames {
    return this.#publisher.names;
  }

  /** Hands an event to the run; it is taken in the next pass. */
  push(event: RunEvent): void {
    this.#events.push(event);
    this.#wakeUp();
  }

  /** The store said, outside of a commit, that the run can be kept no longer. */
  #break(thrown: unknown): void {
    this.#broken ??= { thrown };
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#wake = undefined;
    wake();
  }

  /**
   * A decision about a task run that waits for a person, whoever made it and wherever.
   * @throws CaudalError TASK_UNKNOWN, TASK_AMBIGUOUS, TASK_NOT_WAITING, APPROVAL_INPUT: nothing has changed
   */
  async decide(order: DecisionOrder): Promise<void> {
    this.push(await eventOfDecision(this.parts, order));
  }

  /** What comes of a request, undefined where it is refused: it counts as answered with the commit of that. */
  answer(id: number, event: RunEvent | undefined): void {
    this.#answered.push({ id, slot: event !== undefined && "slot" in event ? event.slot : undefined });
    if (event === undefined) this.#wakeUp();
    else this.push(event);
  }

  /** It stays, and nothing but a person can make it go on. */
  get waitsForPeople(): boolean {
    return this.#finished === undefined && this.parts.run.flow.type === "Paused";
  }

  /**
   * Nothing in this process can happen any more: bodies and triggers that have not answered never will. They fail, so
   * that the run ends by its rules instead of ending silently with the process.
   */
  nothingCanHappen(): void {
    const { run, clock } = this.parts;
    this.#abandoned.noneGoesOn();
    for (const event of endsOfWaiting(run, clock.now())) this.push(event);
  }

  /** A line of a body: kept for the next commit, which comes soon even if nothing else happens. */
  keepLog(row: LogRow): void {
    if (this.#isOver) return; // of a body that goes on: there is no commit that could take it
    this.#logs.push(row);
    const { store, clock } = this.parts;
    if (!store.durable || this.#logsTimer !== undefined) return;
    this.#logsTimer = clock.at(clock.now() + LOGS_WAIT_MS, () => {
      this.#logsTimer = undefined;
      this.#wakeUp();
    });
  }

  /**
   * Runs until the run is over, waits only for people, or this process is to stop.
   * @throws CaudalError STALE_EPOCH, STORE_FAILED and others: what the store says when nothing can be kept any more
   */
  async drive(): Promise<FlowState> {
    const unwatch = this.parts.store.watch(() => this.#noticeRequests());
    try {
      // Once it would hear of more: nothing that is asked meanwhile goes unheard.
      if (this.parts.mayBeAsked) await this.readRequests();
      return await this.#drive();
    } catch (thrown) {
      this.#abandon();
      throw thrown;
    } finally {
      unwatch();
      this.#look?.cancel();
    }
  }

  /** Requests that cannot be read just now are read a little later: nobody calls a second time about them. */
  #noticeRequests(): void {
    const { clock } = this.parts;
    this.#look?.cancel();
    this.readRequests().catch(() => {
      this.#look = clock.at(clock.now() + LOOK_AGAIN_MS, () => this.#noticeRequests());
    });
  }

  async #drive(): Promise<FlowState> {
    for (let pass = 1; ; pass++) {
      this.#stopIfBroken();
      this.#takeEvents();
      if (this.parts.run.flow.type !== "Paused") this.#goesOn();
      const committed = this.#commit();
      if (committed instanceof Promise) await committed;
      this.#carryOut();
      this.#stopIfBroken();
      if (this.#isDone()) return this.#end(this.#finished!);
      if (this.#events.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (pass % PASSES_PER_TURN === 0) await this.parts.clock.turn();
    }
  }

  /** Listeners that have not ended are waited for, but by a process that is to stop. */
  #isDone(): boolean {
    if (this.#finished === undefined || this.#events.length > 0) return false;
    return this.parts.run.draining || this.#publisher.teller?.isBusy(() => this.#wakeUp()) !== true;
  }

  #stopIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken.thrown;
  }

  /** What others ask of this run, through the store: each request becomes an event once. */
  async readRequests(): Promise<void> {
    const { run, store, epoch } = this.parts;
    // Somebody took this process for dead: a run that only waits would never write, and never hear of it.
    const current = (await store.readRun(run.id))?.epoch;
    if (current !== undefined && current !== epoch)
      return this.#break(new CaudalError("STALE_EPOCH", { run: run.id, epoch, current }));
    for (const request of await store.requestsOf(run.id)) {
      if (this.#heard.has(request.id)) continue;
      if (run.flowPhase === "ended" && request.ask.kind !== "cancel") continue; // for whoever goes on with it
      this.#heard.add(request.id);
      await carryOutRequest(this, request);
    }
    if (run.paused > 0 && run.flowPhase !== "ended") await lookAtChildRuns(this);
  }

  /** The run can be kept no longer: what is in flight is told to stop, and nothing of it counts but what it holds. */
  #abandon(): void {
    this.#isOver = true;
    const { run, executor } = this.parts;
    const left = (this.#left = new Map<number, () => void>());
    for (let slot = 0; slot < run.slots; slot++) {
      const keep = () => this.#questions.keepLimits(slot);
      if (this.#abandoned.keepsLimits(slot, keep)) continue;
      if (run.state[slot] !== STATE_INDEX.Running || run.phase[slot] !== PHASE.WAITING) continue;
      if (rulesOf(run, slot).limits.length > 0) left.set(slot, keep());
      if (!executor.abort(slot, "interrupted")) left.get(slot)?.(); // its body was not called yet
    }
    this.#cancelTimers();
    this.#questions.close();
  }

  /** One pass: every event that was there when it began. What it leads to is the next pass's. */
  #takeEvents(): void {
    const { run } = this.parts;
    const events = this.#events;
    this.#events = this.#taken;
    this.#taken = events;
    for (const event of events) advance(run, event, this.#commands);
    events.length = 0;
    this.#answerAlone();
  }

  /** Where no user's function has a say in how the run begins or ends, that is part of the pass that came to it. */
  #answerAlone(): void {
    for (let last = this.#commands.at(-1); last !== undefined; last = this.#commands.at(-1)) {
      const answer = this.#questions.answerAlone(last);
      if (answer === undefined) return;
      this.#commands.pop();
      advance(this.parts.run, answer, this.#commands);
    }
  }

  /** Writes what the pass changed, but for what is in between two states. */
  #commit(): unknown {
    const { run } = this.parts;
    const rows: TaskRunRow[] = [];
    let inBetween: Set<number> | undefined;
    for (const slot of takeDirty(run)) {
      if (isInBetween(run, slot)) {
        (inBetween ??= new Set()).add(slot);
        markDirty(run, slot);
      } else rows.push(this.#rows.of(slot));
    }
    const { changed, lines, flow, path, untoldAfter } = this.#publisher.take(inBetween);
    if (lines.length > 0) this.#logs.push(...lines);
    const { entries: cache, freed: cacheFreed } = this.#questions.cache.changesOf(this.#commands);
    const answered = this.#takeAnswers();
    const rest = this.#logs.length + cache.length + cacheFreed.length + this.#removed.length + answered.length;
    if (rows.length === 0 && !changed && rest === 0) return;
    // Written out: Node 20 is slow to add to a copy.
    return this.#write({ flow, taskRuns: rows, path, cache, cacheFreed, answered, untoldAfter, letsGo: false });
  }

  #batchOf(what: Writing): Batch {
    const { run, epoch, clock } = this.parts;
    // What comes while a commit is on its way belongs to the next: a batch never shares a list that grows.
    const [logs, removed] = [orNone(this.#logs), this.#removed];
    if (logs.length > 0) this.#logs = [];
    if (removed.length > 0) this.#removed = [];
    const version = this.#version;
    this.#version = undefined;
    return { runId: run.id, epoch, at: clock.now(), ...what, logs, removed, version };
  }

  #write(what: Writing): unknown {
    const { store, clock, logger } = this.parts;
    const batch = this.#batchOf(what);
    const stops = () => this.#events.some((event) => event.type === "DrainRequested");
    const cursor = commitPatiently({ store, batch, clock, logger, stops });
    const { teller } = this.#publisher;
    if (teller === undefined) return cursor;
    return cursor instanceof Promise ? cursor.then(teller.committed) : teller.committed(cursor);
  }

  /** Of requests what came of them is in their rows now. */
  #takeAnswers(): readonly number[] {
    const { run } = this.parts;
    // While the flow's own handlers are asked whether it begins, nothing of what was asked is kept yet.
    if (this.#answered.length === 0 || run.flowPhase === "starting") return NONE;
    const settled = this.#answered.filter(({ slot }) => slot === undefined || !isBeingDecided(run, slot));
    this.#answered = this.#answered.filter((answer) => !settled.includes(answer));
    return settled.map(({ id }) => id);
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
        return void this.parts.executor.abort(command.slot, command.why);
      case "SetTimer":
        return this.#setTimer(command.slot, command.at);
      case "StoreCache":
      case "ReleaseCache":
        return; // done with the commit
      case "ReleaseLimits":
        return this.#releaseLimits(command.slot);
      case "FinishRun":
        // A run that is Paused by a person is left: whoever resumes the whole of it goes on.
        if (command.state.type === "Paused" && !staysPaused(command.state.reason)) this.#askPeople(command.state);
        else this.#finished = command.state;
        return;
      default:
        return this.#questions.ask(command);
    }
  }

  #releaseLimits(slot: number): void {
    const questions = this.#questions;
    if (!this.#abandoned.keepsLimits(slot, () => questions.keepLimits(slot))) questions.releaseLimits(slot);
  }

  #askPeople(state: FlowState): void {
    const { people, run } = this.parts;
    this.onWaiting(true);
    if (people === undefined) return this.#nobodyAnswers(state);
    const asking = (this.#asking = new AbortController());
    const decide = (order: DecisionOrder) => this.decide(order);
    void askPeople(run, decide, people, asking.signal).then(
      (answered) => {
        if (!answered && !asking.signal.aborted) this.#nobodyAnswers(state);
      },
      (thrown: unknown) => {
        this.#broken = { thrown };
        this.#wakeUp();
      },
    );
  }

  #nobodyAnswers(state: FlowState): void {
    this.#publisher.waitsForPeople(state);
    if (this.parts.wait) return;
    this.#finished = state;
    this.#wakeUp();
  }

  /** It waits for people no more, or not yet: what was asked of them is settled. */
  #goesOn(): void {
    this.onWaiting(false);
    this.#asking?.abort();
    this.#asking = undefined;
    if (this.#finished?.type === "Paused") this.#finished = undefined;
  }

  #setTimer(slot: number, at: number): void {
    const { clock } = this.parts;
    this.#timers.get(slot)?.cancel();
    this.#timers.set(
      slot,
      clock.at(at, () => {
        this.#timers.delete(slot);
        this.push({ type: "TimerFired", slot, at: Math.max(at, clock.now()) }); // due, even where the clock was set back
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
    const args = gather(run, slot);
    this.#publisher.starting(slot, args);
    this.#rows.started(slot);
    executor.start({
      slot,
      attempt,
      taskName: node.name,
      functions: program.tasks[node.task]!,
      args,
      labels: labelsOf(node.arguments),
      timeoutMs: program.graph.tasks[node.task]!.timeoutMs,
      ended: this.#ended,
      bodyOver: this.#bodyOver,
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

  #settle(order: AttemptOrder, unmasked: AttemptEnd): void {
    const { run, clock, random, mask } = this.parts;
    const end = mask.end(unmasked);
    const { slot, attempt } = order;
    const at = clock.now();
    if (end.kind === "released") return this.push({ type: "AttemptReleased", slot, attempt, at });
    const unkeepable = this.#rows.refusalOf(slot, end);
    if (unkeepable !== undefined) return this.#settle(order, unkeepable);
    if (end.kind !== "returned") this.#publisher.attemptFailed(slot, end);
    const outcome = end.kind === "returned" ? end : outcomeOf(end, order, run, random);
    this.push({ type: "AttemptSettled", slot, attempt, outcome, at });
  }

  #cancelTimers(): void {
    this.#logsTimer?.cancel();
    this.#logsTimer = undefined;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  async #end(state: FlowState): Promise<FlowState> {
    this.#cancelTimers();
    this.#asking?.abort();
    this.#abandoned.close();
    const cacheFreed = this.#questions.close();
    // A run that has ended is nobody's by itself, once its listeners were told.
    const goesOn = !isFinishedType(state.type);
    const { teller } = this.#publisher;
    if (cacheFreed.length > 0 || goesOn || teller?.word() === "itself") {
      const { path, untoldAfter } = this.#publisher.take(undefined);
      const answered = this.#takeAnswers();
      const last = { flow: undefined, taskRuns: [], path, cache: [], cacheFreed, answered, untoldAfter, letsGo: true };
      if (goesOn) await this.#write(last);
      else await lastWord(this.parts, this.#batchOf(last));
    }
    this.#isOver = true;
    this.#logsTimer?.cancel();
    this.#publisher.ended(state);
    return state;
  }
}

const NONE: readonly never[] = [];

function orNone<T>(list: readonly T[]): readonly T[] {
  return list.length > 0 ? list : NONE;
}
