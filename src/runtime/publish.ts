/**
 * What the world is told, after the commit that made it true: log lines, and by `telling.ts` listeners.
 */
import { type Run, STATE_INDEX } from "../engine/run.ts";
import { stateOf } from "../engine/state-of.ts";
import type { AttemptEnd } from "../ports/executor.ts";
import type { LogRecord } from "../ports/logger.ts";
import type { Program, TaskFunctions } from "../ports/program.ts";
import type { Batch, LogRow, PackedPath } from "../ports/store.ts";
import { isAsked } from "../state/reason.ts";
import { familyOf, type FlowState, isFinishedType } from "../state/task-state.ts";
import { decisionName, waitingSlots } from "./kept/decide.ts";
import type { DriverParts } from "./driver-parts.ts";
import {
  askedLine,
  exceptionLines,
  finishedLine,
  FLOW_RUNNER,
  flowLine,
  lastLine,
  signalLine,
  starting,
  TASK_RUNNER,
  waitingLine,
  withoutValueLine,
} from "./report/log-lines.ts";
import { consumersOf } from "./report/no-value.ts";
import { takeMarkLines } from "./report/mark-lines.ts";
import { taskSubject } from "./answers/questions.ts";
import { RunNames } from "./report/run-names.ts";
import { makeTeller, type Teller } from "./telling.ts";

/** What a commit has to hold besides the current states. */
export interface PassRecord {
  readonly changed: boolean;
  readonly flow: FlowState | undefined;
  readonly path: PackedPath;
  /** What people said. */
  readonly lines: readonly LogRow[];
  /** What it says of listeners. */
  readonly untoldAfter: Batch["untoldAfter"];
}

const NO_LINES: readonly LogRow[] = [];

const NO_PATH: PackedPath = { slots: new Uint32Array(0), steps: new Uint16Array(0) };

/** Whether anybody is told of what its runs do. */
export const hasListeners = ({ flow, tasks }: Program) => listens(flow) || tasks.some(listens);

const listens = (to: { readonly listeners: readonly unknown[]; readonly onFailure: readonly unknown[] }) =>
  to.listeners.length + to.onFailure.length > 0;

export class Publisher {
  readonly #parts: DriverParts;
  /** Undefined: nobody listens. */
  readonly teller: Teller | undefined;
  /** Between two rounds of a loop: the next one is not announced again. */
  readonly #looping = new Set<number>();
  #committedTo: number;
  #publishedTo: number;
  /** Of the log: transitions that lead to no state to rest in yet. */
  #heldBack: readonly number[] = [];
  #flow: FlowState;
  #said: FlowState | undefined;
  readonly #warnedOf = new Set<number>();
  /** What task runs are called. */
  readonly names: RunNames;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    const warn = (message: string) => this.#line({ level: "warn", logger: TASK_RUNNER, message });
    this.names = new RunNames(parts.run, parts.about.beganAt, warn);
    this.#flow = parts.run.flow;
    this.#publishedTo = parts.run.log.length; // of a run that goes on, all that was before
    this.#committedTo = parts.logKept ?? this.#publishedTo;
    if (hasListeners(parts.program)) this.teller = makeTeller(parts);
  }

  /** The path since the last commit, but for task runs in between two states: theirs is kept with the state it leads to. */
  take(inBetween: ReadonlySet<number> | undefined): PassRecord {
    const { run, store, clock } = this.#parts;
    const { log } = run;
    const lines = run.marked.length > 0 ? takeMarkLines(run, clock.now()) : NO_LINES;
    const from = this.#committedTo;
    this.#committedTo = log.length;
    const flowChanged = run.flow !== this.#flow;
    this.#flow = run.flow;
    const flow = flowChanged ? run.flow : undefined;
    const untoldAfter = this.teller?.take(flow, inBetween);
    const changed = flowChanged || from < log.length || this.#heldBack.length > 0;
    const path = store.keepsHistory ? this.#pathFrom(from, inBetween) : NO_PATH;
    return { changed, flow, path, lines, untoldAfter };
  }

  #pathFrom(from: number, inBetween: ReadonlySet<number> | undefined): PackedPath {
    const { log } = this.#parts.run;
    if (inBetween === undefined && this.#heldBack.length === 0) {
      if (from === log.length) return NO_PATH;
      return { slots: log.slot.slice(from, log.length), steps: log.step.slice(from, log.length) };
    }
    const indices = [...this.#heldBack];
    for (let i = from; i < log.length; i++) indices.push(i);
    this.#heldBack = indices.filter((i) => inBetween?.has(log.slot[i]!));
    const now = indices.filter((i) => !inBetween?.has(log.slot[i]!));
    return {
      slots: Uint32Array.from(now, (i) => log.slot[i]!),
      steps: Uint16Array.from(now, (i) => log.step[i]!),
    };
  }

  publish(): void {
    const { run, logger } = this.#parts;
    const says = logger.writes("info");
    if (says) for (const slot of run.settled) this.#sayFinished(slot);
    if (says) this.#waits(run); // after what they waited for
    this.#publishedTo = run.log.length;
    this.teller?.tell();
    run.settled.length = 0;
  }

  /** Lines of task runs that go on later: retries and pauses. Rounds of a loop are one run of it, with one pair of lines. */
  #waits(run: Run): void {
    const { log } = run;
    for (let i = this.#publishedTo; i < log.length; i++) {
      const to = log.step[i]! & 31;
      if (to === STATE_INDEX.Looped) this.#looping.add(log.slot[i]!);
      if (to !== STATE_INDEX.Retrying && to !== STATE_INDEX.Paused) continue;
      this.#looping.delete(log.slot[i]!);
      this.#line({ level: "info", logger: TASK_RUNNER, message: this.#waitsLine(log.slot[i]!, to) });
    }
  }

  #waitsLine(slot: number, to: number): string {
    const { run } = this.#parts;
    const name = this.names.of(slot);
    const reason = run.detail.get(slot)?.reason;
    if (to === STATE_INDEX.Paused && isAsked(reason)) return askedLine(name, reason);
    return lastLine(name, to === STATE_INDEX.Retrying ? "Retrying" : "Paused");
  }

  #sayFinished(slot: number): void {
    const { run } = this.#parts;
    if (!this.#speaksOf(slot)) return;
    this.#line({
      level: "info",
      logger: TASK_RUNNER,
      message: finishedLine(this.names.of(slot), stateOf(run, slot), run.id),
      fields: { slug: taskSubject(run, slot).slug },
    });
  }

  /** Nodes that stand for an expression (`merge`, the value of a branch) have no lines of their own. */
  #speaksOf(slot: number): boolean {
    const kind = this.#parts.run.plan.kind[this.#parts.run.owner[slot]!];
    return kind === "task" || familyOf(stateOf(this.#parts.run, slot).type) === "failed";
  }

  #functions(slot: number): TaskFunctions {
    const { program, run } = this.#parts;
    return program.tasks[program.graph.nodes[run.owner[slot]!]!.task]!;
  }

  #line(record: Omit<LogRecord, "at">): void {
    this.#parts.logger.write({ at: this.#parts.clock.now(), ...record });
  }

  starting(slot: number, args: readonly unknown[]): void {
    this.names.begins(slot, this.#functions(slot), args);
    if (this.#parts.logger.writes("info") && !this.#looping.delete(slot))
      this.#line({ level: "info", logger: TASK_RUNNER, message: starting(this.names.of(slot)) });
  }

  attemptFailed(slot: number, end: Exclude<AttemptEnd, { readonly kind: "returned" | "released" }>): void {
    const name = this.names.of(slot);
    if (end.kind === "signalled") {
      const message = signalLine(name, end.signal);
      if (message !== undefined) this.#line({ level: "info", logger: TASK_RUNNER, message });
      else if (end.signal.kind === "success" && !end.signal.hasResult) this.#warnOfNoValue(slot);
      return;
    }
    this.#line({
      level: "error",
      logger: TASK_RUNNER,
      message: exceptionLines(name, end.error),
      fields: { error: end.error },
    });
  }

  /** Consumers get undefined: what then goes wrong in them would not say where that came from. Once per node. */
  #warnOfNoValue(slot: number): void {
    const { run, program } = this.#parts;
    const node = run.owner[slot]!;
    if (this.#warnedOf.has(node)) return;
    this.#warnedOf.add(node);
    const consumers = consumersOf(program.graph, node);
    if (consumers.length > 0)
      this.#line({
        level: "warn",
        logger: TASK_RUNNER,
        message: withoutValueLine(this.names.of(slot), consumers),
      });
  }

  /** Its handlers are asked next: as in Prefect, the line of the end comes before what they print. */
  flowIsAbout(to: FlowState): void {
    if (isFinishedType(to.type)) this.#sayFlow(to);
  }

  /** Nobody answers here: says who waits, and how to go on. Each time it comes to that. */
  waitsForPeople(state: FlowState): void {
    const { run, store } = this.#parts;
    const waiting = waitingSlots(run).map((slot) => decisionName(run, slot));
    if (waiting.length === 0) return this.#sayFlow(state);
    this.#said = state;
    this.#line({ level: "info", logger: FLOW_RUNNER, message: waitingLine(run.id, waiting, store.durable) });
  }

  ended(state: FlowState): void {
    if (state.type !== "Pending") this.#sayFlow(state); // interrupted: whoever interrupted says so
  }

  #sayFlow(state: FlowState): void {
    if (this.#said?.type === state.type && state.reason?.code !== "by-person") return;
    this.#said = state;
    this.#line({ level: "info", logger: FLOW_RUNNER, message: flowLine(state) });
  }
}
