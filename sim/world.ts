/**
 * A simulated world: virtual time, processes on one disk, and the faults of a scenario. The runtime in it is the real
 * one; what it does is noted in the ledgers and judged by the invariants.
 *
 * Between two happenings all that follows from the first is run to its end (every microtask), so the order of things
 * is the heap's and nobody else's.
 */
import { Prng } from "../src/base/prng.ts";
import type { Command } from "../src/engine/command.ts";
import type { RunEvent } from "../src/engine/event.ts";
import type { Run } from "../src/engine/run.ts";
import type { Program } from "../src/ports/program.ts";
import type { Batch, CacheClaim, CacheRequest, HistoryRow, OnceKey, RunRow, Tick } from "../src/ports/store.ts";
import { isFinishedType, STATE_TYPES } from "../src/state/task-state.ts";
import { Bodies } from "./calls.ts";
import { Clients } from "./clients.ts";
import { Disk } from "./disk.ts";
import { Ears } from "./ears.ts";
import { type Happening, HappeningHeap } from "./heap.ts";
import { checkAccepted, checkCommitted, checkPath, isHeldByPerson } from "./invariants.ts";
import { RunLedger } from "./ledger.ts";
import type { System } from "./load-system.ts";
import { programOf } from "./program-of.ts";
import type { Fault, Scenario, TimedFault } from "./scenario.ts";
import { ShadowCache } from "./shadow-cache.ts";
import { SimProcess } from "./sim-process.ts";
import { StepWatch } from "./step-watch.ts";
import { Violation } from "./violation.ts";

/** 2026-11-23T10:03:53Z, where virtual time begins. */
const START = Date.UTC(2026, 10, 23, 10, 3, 53);
/** A world that is not at its end by then goes round in circles, or is hostile without end. */
const STEPS_MAX = 20_000;
/** With the ticks of stores. */
const TURNS_MAX = 100_000;
const STEPS_HOSTILE_MAX = 80;
/** Processes that may live at once. */
const PROCESSES_MAX = 3;

export interface WorldOptions {
  /** Keeps what happened, to be told. */
  readonly traces?: boolean | undefined;
  readonly detailed?: boolean | undefined;
}

export class World {
  readonly scenario: Scenario;
  readonly system: System;
  readonly latency: Prng;
  readonly disk: Disk;
  readonly bodies: Bodies;
  readonly clients: Clients;
  /** Undefined: nobody listens. */
  readonly ears: Ears | undefined;
  readonly cache = new ShadowCache();
  readonly watch: StepWatch;
  readonly runs = new Map<string, RunLedger>();
  readonly ticks = new Map<string, string>();
  readonly processes: SimProcess[] = [];
  readonly edges = new Map<number, number>();
  /** What happened, in words, where it is traced. */
  readonly told: string[] = [];
  /** Ticks of stores that wait until something happens. */
  readonly resting: (() => void)[] = [];
  now = START;
  steps = 0;
  storeCalls = 0;
  bodyCalls = 0;
  /** Faults that struck, and those of them that met a body under way. */
  struck = 0;
  struckInFlight = 0;
  crashes = 0;
  /** Runs that were compared with the reference model. */
  compared = 0;
  violation: Violation | undefined;
  /** Later processes have the changed code. */
  codeChanged = false;
  /** Tells every step of every engine, too. */
  detailed = false;
  /** Whose turn it is. */
  current: SimProcess | undefined;
  readonly #heap = new HappeningHeap();
  readonly #ties: Prng;
  readonly #traces: boolean;
  readonly #programs: (Program | undefined)[] = [];
  readonly #byCall = new Map<number, Fault>();
  /** Faults that wait for a call of a body. */
  readonly #byBody = new Map<number, Fault[]>();
  readonly #period: number;
  readonly #clocksAgree: boolean;
  readonly #hasLimits: boolean;
  #order = 0;
  #turns = 0;
  #spawned = 0;
  #failing: { readonly kind: "full" | "busy"; readonly until: number } | undefined;
  #unseed = 0x811c9dc5;

  constructor(scenario: Scenario, system: System, options: WorldOptions = {}) {
    this.scenario = scenario;
    this.system = system;
    this.#traces = options.traces ?? false;
    this.detailed = options.detailed ?? false;
    this.latency = new Prng(scenario.seed, "latency");
    this.#ties = new Prng(scenario.seed, "ties");
    this.disk = new Disk(this);
    this.bodies = new Bodies(this);
    this.clients = new Clients(this);
    if (scenario.listeners !== undefined) this.ears = new Ears(this, scenario.listeners);
    this.watch = new StepWatch(this);
    this.#clocksAgree = !scenario.faults.some(({ kind }) => kind === "clock-step");
    this.#hasLimits = scenario.features.includes("limits");
    let last = 0;
    for (const fault of scenario.faults) {
      if (fault.kind === "again") continue;
      const { body } = fault;
      if (body !== undefined) this.#byBody.set(body, [...(this.#byBody.get(body) ?? []), fault]);
      else if ("call" in fault && !this.#byCall.has(fault.call)) this.#byCall.set(fault.call, fault);
      last = Math.max(last, "call" in fault ? fault.call : 0, body ?? 0);
    }
    this.#period = last + 7;
    // A function written where it is assigned to a property is old from birth (V8): this world would stay until a full GC.
    const after: NonNullable<typeof system.probe.after> = (...step) => this.#stepped(...step);
    system.probe.after = after;
  }

  say(text: () => string): void {
    if (this.#traces) this.told.push(`${String(this.now - START).padStart(9)} ms  ${text()}`);
  }

  /** Mixes a whole number into what tells two runs of one seed apart. */
  mix(value: number): void {
    this.#unseed = Math.imul(this.#unseed ^ value, 0x01000193);
  }

  get unseed(): string {
    return ((this.#unseed ^ this.#ties.drawn ^ this.latency.drawn) >>> 0).toString(16).padStart(8, "0");
  }

  /** The first thing that does not hold is what is told. */
  fail(violation: unknown): void {
    if (this.violation !== undefined) return;
    if (violation instanceof Violation) this.violation = violation;
    else {
      const { name, message } = violation as Error;
      this.violation = new Violation("I34", `${name}: ${message}`);
    }
  }

  guarded(check: () => void): void {
    try {
      check();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** Happens `ms` from now, if its process lives; while that is stopped, once it goes on. */
  later(ms: number, process: SimProcess | undefined, action: () => void, background = false): void {
    const at = this.now + ms;
    this.#heap.push({ at, tie: this.#ties.next(), order: this.#order++, background, process, action });
  }

  #happens({ process, action }: Happening): void {
    if (process === undefined) this.current = undefined;
    else if (process.dead) return;
    else if (process.frozen) return void process.parked.push(action);
    else this.enter(process);
    action();
  }

  /** What is called from here on, and all that follows from it, happens in this process. */
  enter(process: SimProcess): void {
    this.current = process;
    this.system.enter(process.memory);
  }

  sleep(ms: number, process: SimProcess): Promise<void> {
    return new Promise((resolve) => this.later(ms, process, resolve));
  }

  /** Timers are a little late, where processes are busy. */
  lateness(): number {
    return this.scenario.storeMs > 0 && this.latency.chance(1, 8) ? this.latency.below(20) : 0;
  }

  storeDelay(): number {
    const { storeMs } = this.scenario;
    return storeMs === 0 || this.latency.chance(1, 3) ? 0 : this.latency.below(storeMs + 1);
  }

  /** The next thing that happens; false once nothing does any more. */
  step(): boolean {
    const max = this.scenario.survivable ? STEPS_MAX : STEPS_HOSTILE_MAX;
    if (this.violation !== undefined) return false;
    const rounds = ++this.#turns > TURNS_MAX;
    if (this.steps >= max || rounds) {
      if (this.scenario.survivable || rounds) this.fail(new Violation("L2", `it goes on after ${this.steps} steps`));
      return false;
    }
    if (this.#heap.size === 0 && !this.clients.nothingHappens()) return false;
    const next = this.#heap.pop();
    if (next === undefined) return false;
    this.now = Math.max(this.now, next.at);
    if (!next.background) {
      this.steps++;
      if (this.resting.length > 0) for (const tick of this.resting.splice(0)) this.later(200, undefined, tick, true);
    }
    if (this.#hasLimits) for (const process of this.processes) this.guarded(() => this.watch.checkLimits(process));
    try {
      this.#happens(next);
    } catch (thrown) {
      this.fail(thrown);
    }
    return true;
  }

  begin(): void {
    this.spawn();
    for (const fault of this.scenario.faults) this.#arrange(fault);
    this.clients.begin();
  }

  #arrange(fault: Fault): void {
    if (fault.kind === "again") return this.watch.plan(fault);
    if ("call" in fault || fault.body !== undefined) return;
    this.later(fault.ms, undefined, () => this.#meets(fault, this.victim(fault.victim)));
  }

  /** A body is called, and takes so long if it takes any time. */
  bodyBegins(process: SimProcess, ms: number): void {
    const number = this.bodyCalls++;
    const faults = this.#byBody.get(this.scenario.survivable ? number : number % this.#period);
    for (const fault of faults ?? []) {
      if ("call" in fault) this.#byCall.set(this.storeCalls + fault.call, fault);
      else if ("ms" in fault && ms > 0) this.later(fault.ms % ms, undefined, () => this.#meets(fault, process));
      else if ("ms" in fault) this.#meets(fault, process);
    }
  }

  #meets(fault: TimedFault, victim: SimProcess | undefined): void {
    if (victim === undefined || victim.dead || victim.frozen) return;
    this.strikes(victim);
    switch (fault.kind) {
      case "crash-at":
        this.say(() => `${victim.name}: killed`);
        return this.kill(victim);
      case "clock-step":
        victim.aheadMs += fault.byMs;
        return this.say(() => `${victim.name}: its clock steps by ${fault.byMs} ms`);
      case "freeze":
        return this.#freeze(fault, victim);
    }
  }

  #freeze({ forMs, deadAfterMs }: Extract<Fault, { readonly kind: "freeze" }>, victim: SimProcess): void {
    victim.frozen = true;
    this.say(() => `${victim.name}: stopped for ${forMs} ms`);
    this.later(deadAfterMs, undefined, () => {
      if (!victim.frozen || victim.dead) return;
      this.say(() => `${victim.name}: taken for dead`);
      this.disk.disown(victim);
      this.cache.takenForDead(victim.name);
      this.clients.comeAgain();
    });
    this.later(forMs, undefined, () => {
      victim.frozen = false;
      if (victim.dead) return;
      this.say(() => `${victim.name}: goes on`);
      this.disk.revive(victim);
      for (const action of victim.parked.splice(0)) this.later(0, victim, action);
    });
  }

  /** One of those that live and run; undefined if none does. */
  victim(number: number): SimProcess | undefined {
    const alive = this.processes.filter((process) => !process.dead && !process.frozen);
    return alive[number % Math.max(1, alive.length)];
  }

  /** A new process; undefined while as many live as may. */
  spawn(): SimProcess | undefined {
    const { processes, system, scenario } = this;
    if (processes.reduce((alive, { dead }) => alive + (dead ? 0 : 1), 0) >= PROCESSES_MAX) return undefined;
    const name = `p${++this.#spawned}`;
    const process = new SimProcess(this, name, this.disk.open(name), this.#program());
    this.enter(process);
    for (const [limit, max] of Object.entries(scenario.flow.limits)) system.setLimit(limit, max);
    processes.push(process);
    this.say(() => `${name}: begins`);
    return process;
  }

  /** One per version of the code: what is worked out of it once serves all processes. */
  #program(): Program {
    const key = this.codeChanged ? 1 : 0;
    let program = this.#programs[key];
    if (program !== undefined) return program;
    const { flow, schedule } = this.scenario;
    const around = {
      body: (node: number, args: readonly unknown[]) => this.bodies.called(this.current!, node, args),
      sleep: (ms: number) => this.sleep(ms, this.current!),
      ears: this.ears,
    };
    program = programOf(flow, around, {
      changed: this.codeChanged,
      schedule: schedule && this.system.every(schedule.everyMs),
    });
    this.#programs[key] = program;
    return program;
  }

  /** It dies, at once: nothing of what it was doing reaches the world any more. */
  kill(process: SimProcess): void {
    if (process.dead) return;
    process.dead = true;
    this.crashes++;
    this.disk.kill(process);
    this.bodies.processDied(process);
    this.clients.comeAgain();
  }

  strikes(process: SimProcess): void {
    this.struck++;
    if (this.bodies.isUnderWay(process)) this.struckInFlight++;
  }

  /** What goes wrong with the next call of the store, if anything does. */
  faultOfCall(process: SimProcess, what: string): Fault | undefined {
    const call = this.storeCalls++;
    this.clients.called(call);
    if (this.#failing !== undefined) {
      if (this.#failing.until <= this.now) this.#failing = undefined;
      else if (what === "commit") return { kind: this.#failing.kind, call, forMs: 0 };
    }
    const fault = this.#byCall.get(this.scenario.survivable ? call : call % this.#period);
    if (fault === undefined) return undefined;
    this.strikes(process);
    if (fault.kind !== "full" && fault.kind !== "busy") return fault;
    this.#failing = { kind: fault.kind, until: this.now + fault.forMs };
    return what === "commit" ? fault : undefined;
  }

  /** The history of a task run, as it is kept; of all of a run where no slot is given. */
  storyOf(runId: string, slot: number | undefined): string {
    const lines: string[] = [];
    for (const { at, epoch, path } of this.disk.reader.readHistory(runId) as readonly HistoryRow[])
      for (let i = 0; i < path.slots.length; i++) {
        if (slot !== undefined && path.slots[i] !== slot) continue;
        const name = this.scenario.flow.nodes[this.runs.get(runId)?.slots[path.slots[i]!]?.node ?? -1]?.name ?? "";
        const [from, to] = [STATE_TYPES[path.steps[i]! >> 5], STATE_TYPES[path.steps[i]! & 31]];
        lines.push(`  ${at - START} ms, owner ${epoch}: ${name} (slot ${path.slots[i]}) ${from} → ${to}`);
      }
    return lines.join("\n");
  }

  // What the stores tell: it was applied.

  created(process: SimProcess, row: RunRow, created: boolean): void {
    if (created) {
      const run = new RunLedger(row, process.name, this.scenario.flow);
      run.slugs = slugsOf(process);
      this.runs.set(row.id, run);
    }
    this.guarded(() => this.clients.keyed(row, created));
    if (process.dead) this.clients.comeAgain(); // it was sent before its sender died
    this.say(() => `${process.name}: run ${row.id.slice(-4)} ${created ? "is created" : "was there"}`);
  }

  tookOver(process: SimProcess, row: RunRow): void {
    const run = this.runs.get(row.id)!;
    this.say(() => `${process.name}: takes run ${row.id.slice(-4)} over, epoch ${row.epoch}`);
    this.guarded(() => {
      const before = this.processes.find(({ name }) => name === run.owner);
      if (row.epoch <= run.epoch)
        throw new Violation("I8", `epoch ${row.epoch} follows ${run.epoch}`, { runId: row.id });
      if (before !== undefined && this.disk.isAlive(before))
        throw new Violation("I8", `${process.name} takes it from ${before.name}, which lives`, { runId: row.id });
    });
    run.slugs = slugsOf(process);
    run.epoch = row.epoch;
    run.owner = isFinishedType(run.flowState.type) ? undefined : process.name; // of one that has ended listeners are told
    this.cache.tookOver(row.id);
    if (process.dead) this.clients.comeAgain();
  }

  committed(process: SimProcess, batch: Batch): void {
    const run = this.runs.get(batch.runId)!;
    for (const { slot, state } of batch.taskRuns) this.mix(slot * 37 + state.type.length);
    const { edges } = this;
    const { draining, name } = process;
    const { marked } = this.clients;
    const context = { process: name, draining, marked, clocksAgree: this.#clocksAgree, edges };
    this.say(() => `${process.name}: commits ${batchText(batch)}`);
    if (batch.version !== undefined) run.codeChanged();
    const wasHeld = isHeldByPerson(run);
    this.guarded(() => {
      checkAccepted(run, batch, context);
      checkPath(run, batch, context);
      this.ears?.committed(run, batch);
      run.take(batch);
      this.bodies.checkLogs(run, batch);
      this.cache.committed(run, batch);
      checkCommitted(run, batch, context);
      this.clients.answeredBy(run, batch, wasHeld);
    });
    if (batch.letsGo) run.leftAs.add(run.flowState.type);
    if (batch.letsGo || (batch.flow !== undefined && isFinishedType(batch.flow.type))) run.owner = undefined;
    const pauses = batch.letsGo && run.flowState.type === "Paused";
    if (pauses || batch.taskRuns.some(({ state }) => state.type === "Paused")) this.clients.somethingWaits(run);
  }

  keptOnce(key: OnceKey): void {
    this.guarded(() => this.bodies.keptOnce(key));
  }

  claimedCache(process: SimProcess, request: CacheRequest, claim: CacheClaim): void {
    this.say(() => `${process.name}: ${claim.kind} for the cache entry of slot ${request.slot}`);
    this.guarded(() => this.cache.claimed(process.name, request, claim));
  }

  tookTick(process: SimProcess, tick: Tick, runId: string, created: boolean): void {
    const key = `${tick.clock} ${tick.at}`;
    this.guarded(() => {
      if (this.#clocksAgree && tick.at > process.ports.clock.now())
        throw new Violation("I17", `tick ${tick.at} is decided at ${process.ports.clock.now()}`);
      if (created && this.ticks.has(key)) throw new Violation("I17", `tick ${tick.at} is decided twice`);
    });
    if (created) this.ticks.set(key, runId);
  }

  #stepped(run: Run, event: RunEvent, commands: Command[], from: number): void {
    const process = this.current;
    if (process === undefined || process.dead || this.violation !== undefined) return;
    if (this.detailed) this.say(stepText(process, run, event, commands.slice(from)));
    this.mix(event.type.length * 31 + ("slot" in event ? event.slot : 0));
    for (let i = from; i < commands.length; i++) {
      const command = commands[i]!;
      this.mix(command.type.length * 31 + ("slot" in command ? command.slot : 0));
    }
    try {
      this.watch.stepped(process, run, event, commands, from);
    } catch (thrown) {
      this.fail(thrown);
    }
  }
}

function stepText({ name }: SimProcess, run: Run, event: RunEvent, commands: readonly Command[]): () => string {
  const given = commands.map((command) => `${command.type} ${"slot" in command ? command.slot : ""}`);
  return () =>
    `    ${name} ${run.id.slice(-4)} ${event.type} ${"slot" in event ? event.slot : ""} → ${given.join(", ")}`;
}

const slugsOf = ({ program }: SimProcess) => program.graph.nodes.map(({ slug }) => slug);

function batchText({ flow, taskRuns, runId, letsGo, logs }: Batch): string {
  const states = taskRuns.map(({ slot, state, attempt }) => `${slot}:${state.type}${attempt > 1 ? `#${attempt}` : ""}`);
  return `${runId.slice(-4)} ${flow === undefined ? "" : `[${flow.type}] `}${states.join(" ")}${logs.length > 0 ? ` lines ${logs.map((line) => `${line.slot}#${line.attempt}`).join()}` : ""}${letsGo ? " and lets go" : ""}`;
}
