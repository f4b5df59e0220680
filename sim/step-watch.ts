/** Watches the engine of every process step by step: its own invariants, and events that come again or late. */
import type { Command } from "../src/engine/command.ts";
import type { RunEvent } from "../src/engine/event.ts";
import type { Run } from "../src/engine/run.ts";
import { stateIndex } from "./ledger.ts";
import type { Fault } from "./scenario.ts";
import type { SimProcess } from "./sim-process.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world.ts";

const FULL_CHECK_EVERY = 64;

/** What comes from outside the process's own loop, and may come twice. */
const FROM_OUTSIDE = new Set<RunEvent["type"]>([
  "AttemptSettled",
  "AttemptReleased",
  "TimerFired",
  "Resumed",
  "Decided",
  "CancelRequested",
  "DrainRequested",
]);

const RUNNING = stateIndex("Running");
const QUEUED = stateIndex("Queued");

type Again = Extract<Fault, { readonly kind: "again" }>;

interface Repeat {
  readonly run: Run;
  readonly event: RunEvent;
  left: number;
}

const about = (run: Run, event: RunEvent) => ({ runId: run.id, ...("slot" in event && { slot: event.slot }) });

/** What the end of an attempt, or a timer, must leave as it is when it comes again; undefined where a timer is due. */
function waitOf(run: Run, event: RunEvent, at: number): string | undefined {
  if (event.type !== "AttemptSettled" && event.type !== "AttemptReleased" && event.type !== "TimerFired")
    return undefined;
  const { slot } = event;
  const startAt = run.detail.get(slot)?.startAt ?? 0;
  if (event.type === "TimerFired" && startAt <= at) return undefined;
  return `${run.state[slot]} ${run.attempt[slot]} ${run.phase[slot]} ${startAt}`;
}

export class StepWatch {
  readonly #world: World;
  readonly #runs = new Map<SimProcess, Set<Run>>();
  readonly #planned: Again[] = [];
  #repeats: Repeat[] = [];
  #outside = 0;
  #timers = 0;
  #steps = 0;

  constructor(world: World) {
    this.#world = world;
  }

  plan(again: Again): void {
    this.#planned.push(again);
  }

  /** @throws Violation */
  stepped(process: SimProcess, run: Run, event: RunEvent, commands: Command[], from: number): void {
    let runs = this.#runs.get(process);
    if (runs === undefined) this.#runs.set(process, (runs = new Set()));
    runs.add(run);
    this.#check(process, run, event);
    this.#checkOrder(process, run, commands, from);
    if (FROM_OUTSIDE.has(event.type)) this.#noteOutside(run, event);
    if (this.#repeats.length > 0) this.#again(process, run, event.at, commands);
  }

  #check({ system }: SimProcess, run: Run, event: RunEvent): void {
    const full = ++this.#steps % FULL_CHECK_EVERY === 0 || event.type === "RunRecovered" || run.flowPhase === "ended";
    if (full) return system.checkRun(run);
    if (!("slot" in event)) return;
    system.checkSlot(run, event.slot);
    const { plan } = run;
    const node = run.owner[event.slot]!;
    for (let e = plan.downStart[node]!; e < plan.downStart[node + 1]!; e++) system.checkSlot(run, plan.down[e]!);
  }

  /** Attempts of one step begin in their order: by rank, unless what comes first was not ready before. */
  #checkOrder(process: SimProcess, run: Run, commands: readonly Command[], from: number): void {
    const { ready, plan, owner } = run;
    if (ready.length === 0) return;
    for (let i = 1; i < ready.length; i++) {
      const above = (i - 1) >> 1;
      if (plan.rank[owner[ready[above]!]!]! > plan.rank[owner[ready[i]!]!]!)
        throw new Violation("I22", "what is ready is out of order", { runId: run.id, slot: ready[i]! });
    }
    const room = run.running + run.starting < run.capacity && !run.draining;
    const asked = commands.length > from;
    if (room && !asked && run.flowPhase === "running" && !process.draining)
      throw new Violation("I22", "there is room, and something ready does not start", {
        runId: run.id,
        slot: ready[0]!,
      });
  }

  /**
   * Between two happenings, where nothing is about to be given back: a place in a limit is held by what runs, is about
   * to, or was given up by its task run and goes on; and who is in line for one waits, and stands there once.
   */
  checkLimits(process: SimProcess): void {
    if (process.dead || process.committing > 0 || process.movingPlaces > 0) return;
    const held = process.system.heldPlaces(process.memory);
    const inLine = process.system.inLineForPlaces(process.memory);
    if (held === 0 && inLine === 0) return;
    let holders = 0;
    let waiting = 0;
    for (const run of this.#runs.get(process) ?? []) {
      for (let slot = 0; slot < run.slots; slot++) {
        const { length: limits } = run.plan.rules[run.owner[slot]!]!.limits;
        if (limits === 0) continue;
        const question = run.questions.get(slot);
        const asks = question?.kind === "limits" || question?.kind === "handlers";
        const isInLine = run.state[slot] === QUEUED && run.detail.get(slot)?.reason?.code === "limit";
        if (asks || isInLine) waiting++;
        const runs = run.state[slot] === RUNNING || asks;
        const attempt = run.state[slot] === RUNNING ? run.attempt[slot] : undefined;
        const left = this.#world.bodies.leftBehind(process, run.id, slot, attempt);
        holders += (left + (runs ? 1 : 0)) * limits;
      }
    }
    if (held > holders) throw new Violation("I21", `${held} places in limits are held by ${holders} task runs`);
    if (inLine > waiting) throw new Violation("I22", `${inLine} stand in line for places, ${waiting} task runs wait`);
  }

  #noteOutside(run: Run, event: RunEvent): void {
    const outside = this.#outside++;
    const timer = event.type === "TimerFired" ? this.#timers++ : undefined;
    for (const { of, event: number, later } of this.#planned)
      if (number === (of === undefined ? outside : timer)) this.#repeats.push({ run, event, left: later });
  }

  /** The same event once more: nothing may come of it. */
  #again(process: SimProcess, run: Run, at: number, commands: Command[]): void {
    const due: Repeat[] = [];
    this.#repeats = this.#repeats.filter((repeat) => {
      if (repeat.run !== run || repeat.left-- > 0) return true;
      due.push(repeat);
      return false;
    });
    for (const { event } of due) {
      const paused = event.type === "Resumed" || event.type === "Decided";
      if (paused) continue; // a person who says it twice means it twice, if it waits again
      this.#world.strikes(process);
      this.#world.say(() => `${process.name}: ${event.type} comes again`);
      const before = waitOf(run, event, at);
      process.system.advanceAgain(run, { ...event, at }, commands);
      if (before !== undefined && waitOf(run, event, at) !== before)
        throw new Violation("I13", `${event.type} came again, and changed something`, about(run, event));
    }
  }
}
