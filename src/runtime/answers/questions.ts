/** Answers the engine's questions by calling the user's functions and the cache; at once where they answer at once. */
import { unreachable } from "../../base/assert.ts";
import { CaudalError } from "../../base/errors.ts";
import type { Command } from "../../engine/command.ts";
import type { RunEvent, TriggerAnswer } from "../../engine/event.ts";
import { referenceStates } from "../../engine/flow-end.ts";
import { childIndex, rulesOf, type Run, taskRunName } from "../../engine/run.ts";
import { stateOf } from "../../engine/state-of.ts";
import { upstreamSlots } from "../../engine/tally.ts";
import type { HandlerInfo, Subject, TaskFunctions, TriggerUpstream } from "../../ports/program.ts";
import { recordOf } from "../../state/error-text.ts";
import { familyOf, type FlowState, isFinishedType, type State, type TaskState } from "../../state/task-state.ts";
import { CacheDesk } from "./cache-desk.ts";
import { endChildRuns } from "../kept/child-runs.ts";
import type { DriverParts } from "../driver-parts.ts";
import { failuresOf } from "./failures.ts";
import { listening } from "../report/handler-lines.ts";
import { type Handled, isState, runHandlers } from "./handlers.ts";
import { type LimitTable, limitTable } from "./limits.ts";
import { retryAnswer } from "../body/outcome.ts";
import type { Publisher } from "../publish.ts";
import { askTrigger } from "./ask-trigger.ts";

export function taskSubject(run: Run, slot: number): Subject {
  const { slug } = run.plan.graph.nodes[run.owner[slot]!]!;
  return { kind: "task", name: taskRunName(run, slot), slug, mapIndex: childIndex(run, slot) };
}

export function flowSubject(run: Run): Subject {
  const { name } = run.plan.graph;
  return { kind: "flow", name, slug: name, mapIndex: undefined };
}

/** `to`: what handlers are asked about; Running belongs to the attempt it begins. */
export function handlerInfo(run: Run, slot: number | undefined, at: number, to?: TaskState): HandlerInfo {
  const attempt = slot === undefined ? 0 : to?.type === "Running" ? to.attempt : run.attempt[slot]!;
  const failures = () => failuresOf(run);
  return { runId: run.id, flowName: run.plan.graph.name, attempt, at, replayed: false, failures };
}

/** The commands that are questions. */
type Question = Extract<Command, { readonly type: `Ask${string}` | "ClaimLimits" }>;

export class Questions {
  readonly #parts: DriverParts;
  readonly #publisher: Publisher;
  readonly #push: (event: RunEvent) => void;
  readonly cache: CacheDesk;
  /** Slots whose handlers this owner has asked. */
  readonly #asked = new Set<number>();
  /** Made when the first task run asks. */
  #limits: LimitTable | undefined;

  constructor(
    parts: DriverParts,
    publisher: Publisher,
    push: (event: RunEvent) => void,
    broken: (thrown: unknown) => void,
  ) {
    this.#parts = parts;
    this.#publisher = publisher;
    this.#push = push;
    this.cache = new CacheDesk(parts, push, broken);
  }

  /** Answers a question with an event, often at once. */
  ask(question: Question): void {
    switch (question.type) {
      case "AskHandlers":
        return this.#askHandlers(question);
      case "AskFlowHandlers":
        return this.#askFlowHandlers(question.from, question.to);
      case "AskFinalState":
        return this.#askFinalState(question.state);
      case "AskTrigger":
        return this.#askTrigger(question);
      case "AskCache":
        return this.cache.ask(question.slot);
      case "ClaimLimits":
        return this.#claimLimits(question.slot);
      default:
        return unreachable(question);
    }
  }

  #claimLimits(slot: number): void {
    const answer = (full: string | undefined) => this.#push({ type: "LimitsAnswered", slot, full, at: this.#now() });
    const { store, clock } = this.#parts;
    const freed = (of: number) => this.#push({ type: "LimitFreed", slot: of, at: clock.now() });
    this.#limits ??= limitTable(freed, store.shared ? { store, now: () => clock.now() } : undefined);
    const claimed = this.#limits.claim(slot, rulesOf(this.#parts.run, slot).limits);
    if (claimed instanceof Promise) void claimed.then(answer);
    else answer(claimed);
  }

  #now(): number {
    return this.#parts.clock.now();
  }

  #functions(slot: number): TaskFunctions {
    const { program, run } = this.#parts;
    return program.tasks[program.graph.nodes[run.owner[slot]!]!.task]!;
  }

  /** In a run that was taken over, the first question about each task run may have been asked by the owner before. */
  #mayHaveSeen(slot: number): boolean {
    if (this.#parts.epoch === 1 || this.#asked.has(slot)) return false;
    this.#asked.add(slot);
    return true;
  }

  #askHandlers({ slot, question, from, to }: Extract<Question, { readonly type: "AskHandlers" }>): void {
    const { run, clock } = this.#parts;
    const functions = this.#functions(slot);
    const at = this.#now();
    const call = {
      subject: taskSubject(run, slot),
      from,
      info: { ...handlerInfo(run, slot, at, to), replayed: this.#mayHaveSeen(slot) },
      clock,
      timeoutMs: functions.handlerTimeoutMs,
    };
    const answer = (handled: Handled) => {
      const { state, failed } = this.#keepable(handled, to);
      if (failed) this.#logHandlerFailure(call.subject, state);
      this.#push({
        type: "HandlersAnswered",
        slot,
        question,
        state: state as TaskState,
        failed,
        retry: this.#retryOf(slot, to, state),
        at: this.#now(),
      });
    };
    const handled = listening(this.#parts, { slot, attempt: call.info.attempt, subject: call.subject }, () =>
      runHandlers(functions.stateHandlers, call, to),
    );
    if (handled instanceof Promise) void handled.then(answer);
    else answer(handled);
  }

  /** What a handler puts in the place of a result must be kept like one. */
  #keepable(handled: Handled, to: TaskState): Handled {
    const { state, failed } = handled;
    if (failed && "error" in state) return { state: { ...state, error: this.#parts.mask.error(state.error) }, failed };
    if (failed || state === to || !("result" in state)) return handled;
    try {
      this.#parts.store.keep(state.result);
      return handled;
    } catch (thrown) {
      const error = { ...recordOf(thrown), stack: "" };
      return { state: { type: "Failed", error, reason: { code: "handler-failed", handler: "result" } }, failed: true };
    }
  }

  #logHandlerFailure(subject: Subject, state: State): void {
    if (!("error" in state)) return;
    const kind = subject.kind === "task" ? `Task '${subject.name}'` : `Flow '${subject.name}'`;
    this.#parts.logger.write({
      at: this.#now(),
      level: "error",
      logger: subject.kind === "task" ? "caudal.TaskRunner" : "caudal.FlowRunner",
      message: `${kind}: ${state.error.message}`,
    });
  }

  /** A handler that turns a success into a failure has it retried, by the task's own rules. */
  #retryOf(slot: number, to: TaskState, state: State) {
    const { run, random } = this.#parts;
    const turned = familyOf(state.type) === "failed" && familyOf(to.type) !== "failed";
    if (!turned || !("error" in state)) return { allowed: false, inMs: 0 };
    return retryAnswer(
      this.#functions(slot),
      rulesOf(run, slot).retries,
      run.counters.get(slot)?.failures ?? 0,
      state.error,
      random,
    );
  }

  /** The answer to a question about the flow itself that no user's function is there for. */
  answerAlone(command: Command): RunEvent | undefined {
    const { stateHandlers, finalState } = this.#parts.program.flow;
    if (command.type === "AskFinalState" && finalState === undefined)
      return { type: "FinalStateAnswered", state: command.state, at: this.#now() };
    if (command.type === "AskFlowHandlers" && stateHandlers.length === 0 && !this.#endsOthers(command.to))
      return { type: "FlowHandlersAnswered", state: command.to, at: this.#now() };
    return undefined;
  }

  /** It was cancelled, and so are the runs that flows called as tasks have begun in it. */
  #endsOthers(to: FlowState): boolean {
    const { run, program } = this.#parts;
    return run.cancelling && isFinishedType(to.type) && program.tasks.some(({ calls }) => calls !== undefined);
  }

  #askFlowHandlers(from: FlowState, to: FlowState): void {
    if (this.#endsOthers(to)) void endChildRuns(this.#parts).then(() => this.#callFlowHandlers(from, to));
    else this.#callFlowHandlers(from, to);
  }

  #callFlowHandlers(from: FlowState, to: FlowState): void {
    const { run, program, clock } = this.#parts;
    const { stateHandlers, handlerTimeoutMs } = program.flow;
    const call = {
      subject: flowSubject(run),
      from,
      info: handlerInfo(run, undefined, this.#now()),
      clock,
      timeoutMs: handlerTimeoutMs,
    };
    const answer = (handled: Handled) => {
      const { state, failed } = this.#keepable(handled, to);
      if (failed) this.#logHandlerFailure(call.subject, state);
      this.#push({ type: "FlowHandlersAnswered", state: asFlowState(state), at: this.#now() });
    };
    if (stateHandlers.length > 0) this.#publisher.flowIsAbout(to);
    const ask = () => runHandlers(stateHandlers, call, to);
    const { subject } = call;
    const handled =
      stateHandlers.length === 0 ? { state: to, failed: false } : listening(this.#parts, { attempt: 0, subject }, ask);
    if (handled instanceof Promise) void handled.then(answer);
    else answer(handled);
  }

  #askFinalState(state: FlowState): void {
    const { program, run } = this.#parts;
    const { finalState } = program.flow;
    let answer = state;
    if (finalState !== undefined) {
      try {
        const said = finalState({ name: run.plan.graph.name }, state, referenceStates(run));
        if (said !== undefined && said !== state) answer = finalAnswer(said, run.plan.graph.name);
      } catch (thrown) {
        answer = { type: "Failed", error: recordOf(thrown), reason: { code: "final-state" } };
      }
    }
    this.#push({ type: "FinalStateAnswered", state: answer, at: this.#now() });
  }

  #askTrigger({ slot, question }: Extract<Question, { readonly type: "AskTrigger" }>): void {
    const { run, clock } = this.#parts;
    const upstreams: TriggerUpstream[] = upstreamSlots(run, slot).map((up) => ({
      state: stateOf(run, up),
      ...taskSubject(run, up),
    }));
    const { trigger, handlerTimeoutMs } = this.#functions(slot);
    const said = askTrigger(trigger, upstreams, { clock, timeoutMs: handlerTimeoutMs });
    const answer = (answered: TriggerAnswer) =>
      this.#push({ type: "TriggerAnswered", slot, question, answer: answered, at: this.#now() });
    if (said instanceof Promise) void said.then(answer);
    else answer(said);
  }

  releaseLimits(slot: number): void {
    this.#limits?.release(slot);
  }

  /** Its body goes on: what it holds is given back by the function returned. */
  keepLimits(slot: number): () => void {
    return this.#limits?.keep(slot) ?? (() => undefined);
  }

  /** The run leaves this process. Keys of cache entries it had claimed, for the store to free. */
  close(): readonly string[] {
    this.#limits?.close();
    return this.cache.close();
  }
}

/** @throws CaudalError HANDLER_FAILED when it is no state a run can end in */
function finalAnswer(said: FlowState, flow: string): FlowState {
  if (!isState(said) || !isFinishedType(said.type)) {
    const why = "it must return a finished state, at once (states.success(…), states.failed(…), …), or nothing";
    throw new CaudalError("HANDLER_FAILED", { handler: "finalState", subject: flow, why });
  }
  return { ...asFlowState(said), reason: { code: "final-state" } };
}

/** A handler may answer with any finished state; a flow knows fewer of them. */
function asFlowState(state: State): FlowState {
  switch (state.type) {
    case "Cached":
    case "Mapped":
    case "Skipped":
    case "Looped":
      return { type: "Success", result: state.result, reason: state.reason ?? { code: "handler" } };
    case "TriggerFailed":
    case "ValidationFailed":
      return { type: "Failed", error: state.error, reason: state.reason ?? { code: "handler" } };
    case "Retrying":
      return {
        type: "Failed",
        error: recordOf(new Error("a flow's handler answered Retrying: flows are not retried")),
        reason: { code: "handler" },
      };
    default:
      return isFinishedType(state.type) || state.type === "Running" || state.type === "Paused"
        ? state
        : { type: "Running", attempt: 1 };
  }
}
