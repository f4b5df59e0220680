/** A world for a copy of a run: bodies succeed, handlers agree, nothing is cached, limits have room; no person answers. */
import type { Instant } from "../base/time.ts";
import type { NodeId } from "../graph/graph.ts";
import { advance } from "./advance.ts";
import type { Command } from "./command.ts";
import type { RunEvent } from "./event.ts";
import type { Plan } from "./plan.ts";
import { PHASE, type Question, type Run, STATE_INDEX, typeOf } from "./run.ts";
import { tallyUpstreams } from "./tally.ts";
import { judge } from "./trigger.ts";

/** What a body would return. */
const UNKNOWN = Object.freeze({ unknown: true });

export class Ahead {
  readonly run: Run;
  /** As people wrote it: in the copy some nodes ask where they would decide. */
  readonly #plan: Plan;
  readonly #dependsOn: (node: NodeId) => string;
  readonly #events: RunEvent[] = [];
  readonly #commands: Command[] = [];
  /** Questions that only the user's code answers, by task run. */
  readonly #open = new Map<number, string>();
  #now: Instant;
  /** Task runs whose bodies were called, or were at work before. */
  readonly started = new Set<number>();
  readonly assumes = new Set<string>();

  constructor(run: Run, plan: Plan, at: Instant, dependsOn: (node: NodeId) => string) {
    this.run = run;
    this.#plan = plan;
    this.#now = at;
    this.#dependsOn = dependsOn;
  }

  send(event: RunEvent): void {
    this.#events.push(event);
  }

  /** What the run was in the middle of. */
  pickUp(): void {
    const { run } = this;
    if (run.flowProposed !== undefined)
      this.send({ type: "FlowHandlersAnswered", state: run.flowProposed, at: this.#now });
    for (const [slot, question] of run.questions) this.#answerOpen(slot, question);
    for (let slot = 0; slot < run.slots; slot++) {
      if (run.phase[slot] !== PHASE.WAITING) continue;
      if (run.state[slot] === STATE_INDEX.Running)
        this.#take({ type: "StartAttempt", slot, attempt: run.attempt[slot]! });
      else if (run.state[slot] === STATE_INDEX.Queued) this.#wake(slot);
      else this.#take({ type: "SetTimer", slot, at: run.detail.get(slot)?.startAt ?? this.#now });
    }
  }

  #answerOpen(slot: number, question: Question): void {
    if (question.kind === "handlers")
      this.#take({ type: "AskHandlers", slot, question: question.id, from: question.from, to: question.to });
    else if (question.kind === "trigger") this.#take({ type: "AskTrigger", slot, question: question.id });
    else this.#take({ type: question.kind === "cache" ? "AskCache" : "ClaimLimits", slot });
  }

  #wake(slot: number): void {
    const type = this.run.detail.get(slot)?.reason?.code === "limit" ? "LimitFreed" : "CacheReleased";
    this.send({ type, slot, at: this.#now });
  }

  /** Until nothing goes on without a person or the user's code. Actions come before the ends of what is at work. */
  toTheEnd(): void {
    for (;;) {
      const event = this.#events.pop();
      if (event === undefined) return;
      this.#now = Math.max(this.#now, event.at);
      advance(this.run, { ...event, at: this.#now }, this.#commands);
      for (const command of this.#commands.splice(0)) this.#take(command);
    }
  }

  #take(command: Command): void {
    const at = this.#now;
    switch (command.type) {
      case "StartAttempt":
        return this.#startAttempt(command.slot, command.attempt);
      case "AbortAttempt":
        return this.send({ type: "AttemptReleased", slot: command.slot, attempt: this.run.attempt[command.slot]!, at });
      case "SetTimer":
        if (this.run.state[command.slot] === STATE_INDEX.Paused) return; // its time may run out: nothing that is asked here
        return this.send({ type: "TimerFired", slot: command.slot, at: command.at });
      case "AskHandlers": {
        const { slot, question, to } = command;
        this.assumes.add("state handlers leave the states as they are");
        const retry = { allowed: false, inMs: 0 } as const;
        return this.send({ type: "HandlersAnswered", slot, question, state: to, failed: false, retry, at });
      }
      case "AskFlowHandlers":
        return this.send({ type: "FlowHandlersAnswered", state: command.to, at });
      case "AskFinalState":
        return this.send({ type: "FinalStateAnswered", state: command.state, at });
      case "AskTrigger":
        return this.#askTrigger(command.slot, command.question);
      case "AskCache":
        this.assumes.add("no result is found in the cache");
        return this.send({ type: "CacheAnswered", slot: command.slot, answer: { kind: "miss" }, at });
      case "ClaimLimits":
        return this.send({ type: "LimitsAnswered", slot: command.slot, full: undefined, at });
      default:
        return;
    }
  }

  #startAttempt(slot: number, attempt: number): void {
    this.started.add(slot);
    this.assumes.add("bodies that run succeed");
    const outcome = { kind: "returned", value: UNKNOWN } as const;
    this.send({ type: "AttemptSettled", slot, attempt, outcome, at: this.#now });
  }

  /** Where the plan only asks because a value is not there, its own trigger may still say no. */
  #askTrigger(slot: number, question: number): void {
    const node = this.run.owner[slot]!;
    const rule = this.#plan.rules[node]!.trigger;
    const verdict = rule.kind === "custom" ? "ask" : judge(rule, tallyUpstreams(this.run, slot));
    if (verdict !== "fail") {
      this.#open.set(slot, this.#dependsOn(node));
      return;
    }
    this.send({ type: "TriggerAnswered", slot, question, answer: { kind: "said", run: false }, at: this.#now });
  }

  /** The first question nobody answered. */
  openQuestion(): string | undefined {
    for (const [slot, text] of this.#open) if (this.run.phase[slot] === PHASE.ASKED) return text;
    return undefined;
  }

  /** Task runs that depend on the user's code, with what on. */
  whatDepends(): ReadonlyMap<number, string> {
    const depends = new Map<number, string>();
    for (const [slot, text] of this.#open) if (this.run.phase[slot] === PHASE.ASKED) depends.set(slot, text);
    this.#spread([...depends.keys()], (slot, from) => {
      if (depends.has(slot)) return false;
      depends.set(slot, depends.get(from) ?? "");
      return true;
    });
    return depends;
  }

  /** Task runs that wait for a person upstream. */
  whatWaits(): ReadonlySet<number> {
    const { run } = this;
    const waits = new Set<number>();
    const paused: number[] = [];
    for (let slot = 0; slot < run.slots; slot++) if (run.state[slot] === STATE_INDEX.Paused) paused.push(slot);
    this.#spread(paused, (slot) => {
      if (waits.has(slot)) return false;
      waits.add(slot);
      return true;
    });
    return waits;
  }

  /** Visits all that is Pending downstream of these; children that have not begun with their node. */
  #spread(from: readonly number[], visit: (slot: number, from: number) => boolean): void {
    const { run } = this;
    const { plan } = run;
    const queue = [...from];
    for (let i = 0; i < queue.length; i++) {
      const node = run.owner[queue[i]!]!;
      for (let e = plan.downStart[node]!; e < plan.downStart[node + 1]!; e++) {
        const down = plan.down[e]!;
        const slots = [down];
        for (let child = 0; run.childBase[down]! > 0 && child < run.childCount[down]!; child++)
          slots.push(run.childBase[down]! + child);
        for (const slot of slots)
          if (typeOf(run, slot) === "Pending" && run.waiting[slot]! > 0 && visit(slot, queue[i]!)) queue.push(slot);
      }
    }
  }
}
