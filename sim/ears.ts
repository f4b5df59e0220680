/**
 * I26: what listeners hear, beside what was committed. Each step is told at least once, only after its commit, and in
 * the order of its subject; nothing is told of a step that was not kept.
 */
import type { Prng } from "../src/base/prng.ts";
import type { HandlerInfo, StateListener, Subject } from "../src/ports/program.ts";
import type { Batch, Store } from "../src/ports/store.ts";
import { familyOf, isFinishedType, type State, STATE_TYPES, type StateType } from "../src/state/task-state.ts";
import type { RunLedger } from "./ledger.ts";
import type { FlowSpec, ListenerSpec } from "./scenario.ts";
import type { SimProcess } from "./sim-process.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world.ts";

/** One world in so many has listeners. */
const LISTENERS_EVERY = 4;
/** They end within the time of a listener, most of them. */
const SLOW_MS = 40;

/** By numbers of their own: what else is drawn of a seed stays what it was. */
export function drawListeners(prng: Prng, { nodes }: FlowSpec): ListenerSpec | undefined {
  if (!prng.chance(1, LISTENERS_EVERY)) return undefined;
  const names = nodes.flatMap(({ name }) => (prng.chance(1, 2) ? [name] : []));
  return {
    nodes: names,
    flow: prng.chance(2, 3) || names.length === 0,
    deed: prng.pick(["notes", "notes", "slow", "throws", "hangs"] as const),
    deaths: Array.from({ length: prng.below(3) }, () => prng.below(4 + 2 * nodes.length)),
  };
}

/** What is told as one thing: a step of a task run, or of the flow. `!`: that it has failed for good. */
const FLOW = -1;
const keyOf = (slot: number, from: StateType | "!", to: StateType) => `${slot} ${from}→${to}`;

/** Of one run: how often each step was committed, told at all, and told by who had committed it. */
class Heard {
  readonly committed = new Map<string, number>();
  readonly told = new Map<string, number>();
  readonly first = new Map<string, number>();
  /** Kept by somebody who has no code of the flow, so that nobody is told. */
  readonly silent = new Map<string, number>();
  /** The flow's, but for waits for its place. */
  flow: StateType = "Pending";
}

const count = (of: Map<string, number>, key: string) => of.set(key, (of.get(key) ?? 0) + 1);

/** Steps that nobody is shown. */
const QUIET: ReadonlySet<StateType> = new Set(["Pending", "Scheduled"]);

export class Ears {
  readonly #world: World;
  readonly #spec: ListenerSpec;
  readonly #runs = new Map<string, Heard>();
  calls = 0;
  replayed = 0;

  constructor(world: World, spec: ListenerSpec) {
    this.#world = world;
    this.#spec = spec;
  }

  hears(name: string): boolean {
    return this.#spec.nodes.includes(name);
  }

  get hearsFlow(): boolean {
    return this.#spec.flow;
  }

  #of(runId: string): Heard {
    let heard = this.#runs.get(runId);
    if (heard === undefined) this.#runs.set(runId, (heard = new Heard()));
    return heard;
  }

  /** Before the ledger takes the commit in. */
  committed(run: RunLedger, { path, flow, removed, letsGo }: Batch): void {
    const heard = this.#of(run.id);
    const { committed, first, told } = heard;
    // Children that are decided anew are others: of what became of these nobody asks any more.
    for (const slot of removed)
      for (const of of [committed, first, told])
        for (const key of of.keys()) if (key.startsWith(`${slot} `)) of.delete(key);
    const rests = new Map<number, StateType>();
    for (let i = 0; i < path.slots.length; i++) {
      const [slot, from, to] = [path.slots[i]!, STATE_TYPES[path.steps[i]! >> 5]!, STATE_TYPES[path.steps[i]! & 31]!];
      rests.set(slot, to);
      if (!QUIET.has(to)) count(committed, keyOf(slot, from, to));
    }
    for (const [slot, to] of rests) if (familyOf(to) === "failed") count(committed, keyOf(slot, "!", to));
    if (flow === undefined || QUIET.has(flow.type) || flow.type === "Queued") return;
    const from = heard.flow;
    heard.flow = flow.type;
    const isPausing = flow.type === "Running" && flow.reason !== undefined;
    if (from !== flow.type || isPausing) count(committed, keyOf(FLOW, from, flow.type));
    if (letsGo) count(heard.silent, keyOf(FLOW, from, flow.type));
    if (flow.type === "Failed" || flow.type === "TimedOut") count(committed, keyOf(FLOW, "!", flow.type));
  }

  readonly step: StateListener = (subject, from, to, info) => this.#hear(subject, from.type, to, info);
  readonly failure = (subject: Subject, state: State, info: HandlerInfo) => this.#hear(subject, "!", state, info);

  #hear(subject: Subject, from: StateType | "!", to: State, { runId, replayed }: HandlerInfo): unknown {
    const world = this.#world;
    const process = world.current!;
    if (process.dead) return undefined;
    const run = world.runs.get(runId)!;
    const slot = slotOf(run, subject);
    const key = keyOf(slot, from, to.type);
    const heard = this.#of(runId);
    world.say(() => `${process.name}: tells ${subject.name} ${from} → ${to.type}${replayed ? " again" : ""}`);
    this.calls++;
    if (replayed) this.replayed++;
    else count(heard.first, key);
    world.guarded(() => this.#checkCommitted(run, slot, key, heard));
    if (this.#spec.deaths.includes(this.calls)) {
      world.say(() => `${process.name}: dies before it has told`);
      world.strikes(process);
      world.kill(process);
      return undefined;
    }
    return this.#does(process, () => count(heard.told, key));
  }

  /** What is told has been committed, and by who committed it no step is told more often than it was. */
  #checkCommitted(run: RunLedger, slot: number, key: string, { committed, first }: Heard): void {
    if (run.moved) return;
    const about = { runId: run.id, ...(slot >= 0 && { slot }) };
    const [kept, told] = [committed.get(key) ?? 0, first.get(key) ?? 0];
    if (kept === 0) throw new Violation("I26", `${key} is told, and was not committed`, about);
    if (told > kept) throw new Violation("I26", `${key} is told ${told} times, and was committed ${kept} times`, about);
  }

  #does(process: SimProcess, effect: () => void): unknown {
    switch (this.#spec.deed) {
      case "slow":
        return this.#world.sleep(SLOW_MS, process).then(effect);
      case "throws":
        effect();
        throw new Error("the listener broke");
      case "hangs":
        effect();
        return new Promise(() => undefined);
      default:
        return effect();
    }
  }

  /** Of runs that ended before their listeners were told of all of it. */
  async tell(process: SimProcess): Promise<undefined> {
    this.#world.enter(process);
    const { program, ports, store } = process;
    await process.system.tellEnded({ program, options: { store }, ports });
  }

  /** Which process tells of runs that have ended, and of which not all was told; `nobody` lives that could. */
  get left(): SimProcess | "nobody" | undefined {
    const { disk, processes, codeChanged } = this.#world;
    if (codeChanged) return undefined;
    const sees = (store: Store) => (store.listRuns({ untold: true, limit: 1 }) as readonly unknown[]).length > 0;
    const lives = processes.filter((process) => !process.dead && !process.frozen && !process.draining);
    return lives.find(({ inner }) => sees(inner)) ?? (sees(disk.reader) ? "nobody" : undefined);
  }

  /** What was committed has been told. @throws Violation */
  checkEnd(): void {
    for (const run of this.#world.runs.values()) {
      if (run.moved || this.#world.codeChanged || !isFinishedType(run.flowState.type)) continue;
      const { committed, told, silent } = this.#of(run.id);
      for (const [key, kept] of committed) {
        const slot = Number(key.split(" ")[0]);
        if (!this.#isHeard(run, slot) || (told.get(key) ?? 0) + (silent.get(key) ?? 0) >= kept) continue;
        const message = `${key} was committed ${kept} times, and told ${told.get(key) ?? 0} times`;
        throw new Violation("I26", message, { runId: run.id, ...(slot >= 0 && { slot }) });
      }
    }
  }

  #isHeard(run: RunLedger, slot: number): boolean {
    if (slot === FLOW) return this.hearsFlow;
    return this.hears(run.flow.nodes[run.slots[slot]?.node ?? slot]?.name ?? "");
  }
}

function slotOf(run: RunLedger, { kind, slug, mapIndex }: Subject): number {
  if (kind === "flow") return FLOW;
  const node = run.slugs.indexOf(slug);
  return mapIndex === undefined ? node : (run.childSlot(node, mapIndex) ?? node);
}
