/** Who uses the world: starts runs, cancels, interrupts, answers what waits for a person, and brings processes back. */
import type { Batch, Request, RunRow } from "../src/ports/store.ts";
import type { FinishedRun } from "../src/runtime/finished-run.ts";
import { isFinishedType } from "../src/state/task-state.ts";
import { isComplete, isHeldByPerson } from "./invariants.ts";
import type { RunLedger } from "./ledger.ts";
import type { Client } from "./scenario.ts";
import type { SimProcess } from "./sim-process.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world.ts";

const PERSON = "a person";
/** Until a person who asked for a pause looks whether anybody has the run. */
const PAUSE_WAIT_MS = 500;

/** It ends, whatever is asked of it now. */
function isEnding(run: RunLedger): boolean {
  const { type } = run.flowState;
  return type === "Cancelling" || isFinishedType(type) || run.flow.nodes.every((_, node) => isComplete(run, node));
}

/** What a person said to a task run: how often it had been Paused by then. */
interface Said {
  readonly run: RunLedger;
  readonly slot: number;
  readonly pauses: number;
}

const isHeldByCode = ({ flowState }: RunLedger) =>
  flowState.type === "Paused" && flowState.reason?.code === "code-changed";

/** What a run may be refused with, though nothing is wrong: others have it, it is over, the store said no. */
const EXPECTED = new Set([
  ...["STALE_EPOCH", "RUN_OWNED", "RUN_OVER", "RUN_IN_PROGRESS", "RUN_UNKNOWN"],
  ...["STORE_FAILED", "STORE_FULL", "STORE_BUSY", "STORE_CLOSED"],
]);
/** What the store did to a run; the process may end with it. */
const FATAL = new Set(["STORE_FAILED", "STORE_FULL", "STORE_BUSY"]);
/** Turns of nothing happening, and of nothing coming of it, before the world is at its end. */
const IDLE_MAX = 12;

export class Clients {
  readonly #world: World;
  /** Runs each process drives. */
  readonly #active = new Map<SimProcess, number>();
  readonly #keys = new Map<string, string>();
  readonly #cancels = new Map<string, AbortController>();
  /** Runs a person is going to look at. */
  readonly #looksAt = new Set<RunLedger>();
  readonly #atCall = new Map<number, Client>();
  readonly #started: string[] = [];
  #idle = 0;
  #commitsSeen = 0;
  cancelled = false;
  marked = false;
  interrupted = 0;
  /** A person has answered something. */
  answered = 0;
  /** Pauses that were asked for through the store, by request, until they are answered. */
  readonly #pauses = new Map<number, string>();
  /** What was said to task runs, by request: which, and how often it was Paused by then. */
  readonly #said = new Map<number, Said>();
  /** Task runs that were marked, by request, until it is answered. */
  readonly #marks = new Map<number, Omit<Said, "pauses">>();
  /** Runs a person is having go on: a pause in that moment may be kept before or after it. */
  readonly #resuming = new Set<RunLedger>();
  paused = 0;

  constructor(world: World) {
    this.#world = world;
  }

  begin(): void {
    for (const client of this.#world.scenario.clients) {
      if ("call" in client && client.call !== undefined) this.#atCall.set(client.call, client);
      else this.#world.later(client.ms, undefined, () => this.#does(client));
    }
  }

  /** The store is called for the so-manieth time: who comes just now? */
  called(call: number): void {
    const client = this.#atCall.get(call);
    if (client !== undefined) this.#world.later(0, undefined, () => this.#does(client));
  }

  #does(client: Client): void {
    const world = this.#world;
    switch (client.kind) {
      case "start": {
        const process = world.victim(0);
        if (process === undefined) return;
        return world.scenario.schedule === undefined ? this.#start(process, client.key) : this.#follow(process);
      }
      case "join":
        return this.#join();
      case "cancel":
        return this.#cancel(client);
      case "pause":
        return this.#pause(client);
      case "mark":
        return this.#mark(client);
      case "interrupt":
        return this.#interrupt(client.victim);
      case "change-code":
        world.codeChanged = true;
        world.say(() => "the code changes");
    }
  }

  #options(process: SimProcess, end: AbortController) {
    const { wait, flow } = this.#world.scenario;
    const executor = process.system.inline({ maxAttempts: flow.maxAttempts, grace: flow.graceMs });
    return { store: process.store, signal: end.signal, wait, executor };
  }

  #start(process: SimProcess, key: string | undefined): void {
    if (process.draining) return;
    this.#world.enter(process);
    const end = new AbortController();
    const options = { idempotencyKey: key, ...this.#options(process, end) };
    this.#drives(process, end, process.system.runProgram(process.program, options, { ports: process.ports }));
  }

  #follow(process: SimProcess): void {
    this.#world.enter(process);
    const end = new AbortController();
    const { runs } = this.#world.scenario.schedule!;
    const { clock } = process.ports;
    const until = clock.now() + 3 * 60_000 * runs;
    const options = { runs, until, ...this.#options(process, end) };
    const done = process.system.runProgramOnSchedule(process.program, options, { ports: process.ports });
    this.#drives(process, end, done);
  }

  /** `unasked`: by itself, because nobody has it. */
  #resume(process: SimProcess, runId: string, unasked = false): void {
    this.#world.enter(process);
    const end = new AbortController();
    this.#cancels.set(runId, end);
    const options = { acceptChanges: this.#world.codeChanged, ...this.#options(process, end) };
    const done = process.system.resumeProgram(process.program, runId, options, { ports: process.ports, unasked });
    this.#drives(process, end, done);
  }

  #drives(process: SimProcess, end: AbortController, done: Promise<FinishedRun | undefined>): void {
    process.ends.add(end);
    this.#active.set(process, (this.#active.get(process) ?? 0) + 1);
    const over = () => {
      process.ends.delete(end);
      this.#active.set(process, (this.#active.get(process) ?? 1) - 1);
    };
    done.then(
      (finished) => {
        if (process.dead) return;
        if (finished !== undefined) this.#world.guarded(() => this.#ended(finished));
        over();
      },
      (error: unknown) => {
        if (process.dead) return;
        const code = String((error as { readonly code?: unknown }).code);
        this.#world.say(() => `${process.name}: a run ends with ${code}`);
        if (!EXPECTED.has(code)) this.#world.fail(error);
        over();
        if (!FATAL.has(code)) return;
        if (this.#world.scenario.failureEnds) this.#world.kill(process);
        else this.comeAgain();
      },
    );
  }

  /** What a caller was told is what is kept. */
  #ended(finished: FinishedRun): void {
    const { id, state } = finished;
    const run = this.#world.runs.get(id);
    this.#world.say(() => `run ${id.slice(-4)} is told to have ended ${state.type}`);
    if (run === undefined) throw new Violation("I1", "a run was told of that nobody created", { runId: id });
    if (isFinishedType(state.type) && run.flowState.type !== state.type)
      throw new Violation("I1", `told ${state.type}, kept ${run.flowState.type}`, { runId: id });
    if (state.type !== "Paused") return;
    // Kept as Paused it is told to whoever finds it, also where its process died before it let go. One that a person
    // has paused is told as it was found, however late the store answers.
    const wasPaused = run.leftAs.has("Paused") || run.flowState.type === "Paused" || run.wasHeld;
    if (run.leftAs.size > 0 && !wasPaused)
      throw new Violation("I1", `told Paused, let go as ${[...run.leftAs].join()}`, { runId: id });
    this.somethingWaits(run);
  }

  /** Equal keys give equal runs. */
  keyed({ id, idempotencyKey }: RunRow, created: boolean): void {
    if (created) this.#started.push(id);
    if (idempotencyKey === undefined) return;
    const known = this.#keys.get(idempotencyKey);
    if (known !== undefined && known !== id)
      throw new Violation("I18", `the key ${idempotencyKey} gave two runs`, { runId: id });
    if (known === undefined && !created) throw new Violation("I18", "a run was found that nobody created");
    this.#keys.set(idempotencyKey, id);
  }

  #join(): void {
    const process = this.#world.spawn() ?? this.#world.victim(0);
    if (process === undefined) return;
    if (this.#world.scenario.schedule !== undefined) this.#follow(process);
    this.#takeUp(process);
  }

  /** Some time after a process has gone, another comes in its place. */
  comeAgain(): void {
    const world = this.#world;
    world.later(world.scenario.restartMs, undefined, () => {
      // Whoever was about to go on with a run whose code has changed tries it again.
      for (const run of world.runs.values()) if (isHeldByCode(run)) this.somethingWaits(run);
      const other = world.victim(0);
      // Where others live, they sometimes take it up before it is back.
      if (other === undefined || other.draining || world.latency.chance(1, 2)) this.#join();
      else this.#takeUp(other);
    });
  }

  #unfinished(): readonly RunRow[] {
    const rows: RunRow[] = [];
    for (const run of this.#world.runs.values()) {
      if (isFinishedType(run.flowState.type)) continue;
      const row = this.#world.disk.reader.readRun(run.id) as RunRow | undefined;
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  /** A person has spoken, and nobody has heard it; what waits for who resumes the whole of a run does not count. */
  #isAsked({ id, state }: RunRow): boolean {
    const requests = this.#world.disk.reader.requestsOf(id) as readonly Request[];
    const isHeld = state.reason?.code === "by-person";
    return requests.some(({ ask }) => ask.kind === "cancel" || (ask.kind !== "pause" && !isHeld));
  }

  #isToEnd({ id }: RunRow): boolean {
    return (this.#world.disk.reader.requestsOf(id) as readonly Request[]).some(({ ask }) => ask.kind === "cancel");
  }

  #takeUp(process: SimProcess): void {
    if (process.draining || process.dead) return;
    const { ears } = this.#world;
    if (ears !== undefined) this.#drives(process, new AbortController(), ears.tell(process));
    for (const row of this.#unfinished()) {
      const isAsked = this.#isAsked(row);
      // Only an end is asked of the whole run: what a person pauses meanwhile stays so whatever was said to a task run.
      if ((row.state.type !== "Paused" || isAsked) && row.ownership !== "alive")
        this.#resume(process, row.id, !this.#isToEnd(row));
    }
  }

  #cancel({ run: number, through }: Extract<Client, { readonly kind: "cancel" }>): void {
    const world = this.#world;
    const runId = this.#started[number % Math.max(1, this.#started.length)];
    if (runId === undefined) return;
    this.cancelled = true;
    world.say(() => `a person cancels run ${runId.slice(-4)}`);
    if (through === "signal") {
      const owner = world.processes.find((process) => process.name === world.runs.get(runId)?.owner && !process.frozen);
      // The signal of a run's options: of one process, and of everything it drives here.
      if (owner !== undefined) world.enter(owner);
      for (const end of owner?.ends ?? []) end.abort();
      return;
    }
    world.runs.get(runId)!.cancelled = true;
    void world.disk.reader.post({ runId, ask: { kind: "cancel" }, by: PERSON, at: world.now });
    world.later(10, undefined, () => this.#takeUpOne(runId));
  }

  /** As `caudal pause`: who has the run is asked; nobody's is paused where it is. */
  #pause({ run: number }: Extract<Client, { readonly kind: "pause" }>): void {
    const world = this.#world;
    const runId = this.#started[number % Math.max(1, this.#started.length)];
    const row = this.#unfinished().find(({ id }) => id === runId);
    if (row === undefined) return;
    this.paused++;
    world.say(() => `a person pauses run ${row.id.slice(-4)}`);
    if (row.ownership !== "alive") return this.#pauseKept(row.id);
    const { id } = world.disk.reader.post({
      runId: row.id,
      ask: { kind: "pause" },
      by: PERSON,
      at: world.now,
    }) as Request;
    this.#pauses.set(id, row.id);
    world.later(PAUSE_WAIT_MS, undefined, () => {
      if (this.#pauses.has(id)) this.#pauseKept(row.id);
    });
  }

  #pauseKept(runId: string): void {
    const row = this.#unfinished().find(({ id }) => id === runId);
    const process = this.#world.victim(0) ?? this.#world.spawn();
    if (row === undefined || row.ownership === "alive" || process === undefined || process.draining) return;
    this.#world.enter(process);
    const done = process.system.pauseKept({ store: process.store, clock: process.ports.clock }, row, PERSON);
    this.#drives(
      process,
      new AbortController(),
      done.then(() => undefined),
    );
  }

  /**
   * What was asked is answered only with what comes of it: the run is Paused or about to be, or about to end. And it
   * stays so until a person resumes it.
   * @throws Violation
   */
  answeredBy(run: RunLedger, { answered, letsGo }: Batch, wasHeld: boolean): void {
    const isHeld = isHeldByPerson(run);
    const ends = run.flowState.type === "Cancelling" || isFinishedType(run.flowState.type);
    if (wasHeld && !isHeld && !ends && !isHeldByCode(run) && !run.resumed && !run.cancelled)
      throw new Violation("I36", "it goes on, and no person has resumed it", { runId: run.id });
    if (wasHeld !== isHeld) run.resumed = !wasHeld && this.#resuming.has(run);
    if (run.flowState.type === "Running") this.#resuming.delete(run);
    for (const id of answered) {
      this.#checkSaid(run, id);
      if (!this.#pauses.delete(id) || isHeld || isEnding(run)) continue;
      if (letsGo && run.flowState.type === "Paused") continue; // because its code has changed
      throw new Violation("I36", `a pause was answered, and the run is ${run.flowState.type}`, { runId: run.id });
    }
  }

  /** Whoever has the run hears of it, or who takes it up. */
  #mark({ run: number, node, child, as }: Extract<Client, { readonly kind: "mark" }>): void {
    const world = this.#world;
    const runId = this.#started[number % Math.max(1, this.#started.length)];
    const run = runId === undefined ? undefined : world.runs.get(runId);
    const slug = run?.slugs[node];
    if (run === undefined || slug === undefined || isFinishedType(run.flowState.type)) return;
    const children = run.children(node).length;
    const task = children === 0 ? slug : `${slug}[${child % children}]`;
    this.marked = true;
    world.say(() => `a person marks ${task} as ${as}`);
    const value = as === "Success" ? ["marked"] : undefined;
    const ask = { kind: "mark", task, as, why: "seen by hand", value } as const;
    const { id } = world.disk.reader.post({ runId: run.id, ask, by: PERSON, at: world.now }) as Request;
    this.#marks.set(id, { run, slot: children === 0 ? node : run.childSlot(node, child % children)! });
    world.later(10, undefined, () => this.#takeUpOne(run.id, true));
  }

  /** What was said to a task run is answered with what came of it, not before. */
  #checkSaid(run: RunLedger, id: number): void {
    const said = this.#said.get(id);
    this.#said.delete(id);
    this.#marks.delete(id);
    // Of a run that is being cancelled nothing is waited for any more, though handlers may still be asked.
    if (said === undefined || run.moved || run.flowState.type === "Cancelling") return;
    // Whoever says it twice, or of what is being marked, is told that it is decided already; the first word counts.
    const words = [...this.#said.values(), ...this.#marks.values()];
    const others = words.some((other) => other.run === run && other.slot === said.slot);
    const { pauses } = run.slot(said.slot);
    if (!others && run.typeOf(said.slot) === "Paused" && pauses === said.pauses)
      throw new Violation("I13", "what a person said to it was answered, and it is still Paused", {
        runId: run.id,
        slot: said.slot,
      });
  }

  /** `unasked`: not for its own sake, so that one which a person has paused stays so. */
  #takeUpOne(runId: string, unasked = false): void {
    const row = this.#unfinished().find(({ id }) => id === runId);
    if (row === undefined || row.ownership === "alive" || row.ownership === "here") return;
    const process = this.#world.victim(0) ?? this.#world.spawn();
    if (process !== undefined && !process.draining) this.#resume(process, runId, unasked);
  }

  /** A person looks at what waits, says what is to become of it, and has the run go on. */
  somethingWaits(run: RunLedger): void {
    if (this.#looksAt.has(run)) return;
    this.#looksAt.add(run);
    this.#world.later(this.#world.scenario.person.ms, undefined, () => {
      this.#looksAt.delete(run);
      this.#answer(run);
    });
  }

  #answer(run: RunLedger): void {
    const world = this.#world;
    if (isFinishedType(run.flowState.type)) return;
    for (let slot = 0; slot < run.slots.length; slot++) {
      if (run.typeOf(slot) !== "Paused") continue;
      const { node, child } = run.slot(slot);
      const name = run.slugs[node]!;
      const task = child === undefined ? name : `${name}[${child}]`;
      const { says } = world.scenario.person;
      const ask =
        says === "reject"
          ? ({ kind: says, task, why: undefined } as const)
          : ({ kind: says, task, input: undefined } as const);
      world.say(() => `a person says ${says} to ${task}`);
      this.answered++;
      const { id } = world.disk.reader.post({ runId: run.id, ask, by: PERSON, at: world.now }) as Request;
      this.#said.set(id, { run, slot, pauses: run.slot(slot).pauses });
    }
    if (run.flowState.type !== "Paused") return;
    world.later(5, undefined, () => {
      run.resumed = true;
      this.#resuming.add(run);
      this.#takeUpOne(run.id);
    });
  }

  #interrupt(number: number): void {
    const victim = this.#world.victim(number);
    if (victim === undefined || victim.draining) return;
    this.#world.say(() => `${victim.name}: Ctrl-C`);
    this.interrupted++;
    victim.draining = true;
    this.#world.enter(victim);
    // What is still waited for by then, a place for one, ends with the process.
    void victim.system.interruptAll().then(() => this.#world.later(0, victim, () => this.#leave(victim)));
  }

  #leave(process: SimProcess): void {
    if (process.dead) return;
    this.#exit(process);
    this.comeAgain();
  }

  #exit(process: SimProcess): void {
    this.#world.say(() => `${process.name}: leaves`);
    this.#world.enter(process);
    this.#world.disk.leave(process);
    process.closed = true;
    process.dead = true;
  }

  /**
   * Nothing is going to happen by itself. Bodies that never end are what Node tells a process of before it exits; runs
   * that nobody has are taken up once more. True: something may happen now.
   */
  nothingHappens(): boolean {
    const world = this.#world;
    let commits = 0;
    for (const run of world.runs.values()) commits += run.commits;
    if (commits !== this.#commitsSeen) this.#idle = 0;
    this.#commitsSeen = commits;
    if (++this.#idle > IDLE_MAX) return false;
    const busy = [...this.#active].some(([process, count]) => count > 0 && !process.dead);
    // A process that drives nothing ends by itself, and with it what bodies of it hold that never end.
    const done = world.processes.filter((process) => !process.dead && !process.frozen && !this.isActive(process));
    if (busy && done.length > 0) {
      for (const process of done) world.later(0, process, () => this.#exit(process));
      return true;
    }
    if (busy) {
      const hung = this.#idle < IDLE_MAX / 2 ? undefined : this.#hung();
      if (hung !== undefined) {
        world.say(() => `a person ends ${hung.name}, where a body hangs`);
        world.later(0, undefined, () => world.kill(hung));
        return true;
      }
      world.say(() => "nothing can happen any more");
      // One by one: what comes of it in one process may be something that happens in another.
      const alive = world.processes.filter((process) => !process.dead && !process.frozen);
      const process = alive[this.#idle % alive.length]!;
      world.later(0, process, () => {
        world.bodies.nothingHappens(process);
        process.system.tellEmptyLoop();
      });
      return true;
    }
    const unowned = this.#unfinished().filter(({ ownership }) => ownership !== "alive");
    // Somebody had taken it up when a person had spoken, or was about to, and died of that.
    const forgotten = unowned.filter(({ id, state }) => {
      const run = world.runs.get(id);
      return state.type === "Paused" && run !== undefined && (run.owner !== undefined || isHeldByPerson(run));
    });
    for (const { id } of forgotten) this.somethingWaits(world.runs.get(id)!);
    const left = unowned.some((row) => row.state.type !== "Paused" || this.#isAsked(row));
    const teller = world.ears?.left;
    if (!left && teller !== undefined) {
      world.later(0, undefined, () => (teller === "nobody" ? this.#join() : this.#takeUp(teller)));
      return true;
    }
    if (!left) return forgotten.length > 0;
    const other = world.victim(0);
    world.later(0, undefined, () => (other === undefined ? this.#join() : this.#takeUp(other)));
    return true;
  }

  /** What a body that hangs holds others wait for, and its process stays because it waits for something itself. */
  #hung(): SimProcess | undefined {
    const { processes, bodies } = this.#world;
    return processes.find(
      (process) =>
        !process.dead && !process.frozen && bodies.isUnderWay(process) && process.system.heldPlaces(process.memory) > 0,
    );
  }

  isActive(process: SimProcess): boolean {
    return (this.#active.get(process) ?? 0) > 0;
  }
}
