/**
 * What was committed, as the checks remember it: folded from the history of each run, commit by commit, outside the
 * world and never subject to its faults. It also is the effects journal: who called which body when.
 */
import type { Batch, RunRow, TaskRunRow } from "../src/ports/store.ts";
import { STATE_TYPES, type StateType } from "../src/state/task-state.ts";
import type { FlowSpec } from "./scenario.ts";

/** One call of a body. */
export interface Call {
  readonly slot: number;
  readonly attempt: number;
  readonly epoch: number;
  readonly at: number;
  /** What it gave its caller, as JSON; undefined while it is under way, or where it threw. */
  value: unknown;
  ended: boolean;
  /** Lines it logged. */
  logged: number;
}

/** What was committed of one task run. */
export class SlotLedger {
  node: number;
  child: number | undefined = undefined;
  /** Index of STATE_TYPES. */
  state = 0;
  row: TaskRunRow | undefined = undefined;
  /** Attempts that were committed as started, each with the epoch of its owner. */
  readonly started = new Map<number, number>();
  /** Calls of the body, in this generation. */
  calls: Call[] = [];
  generation = 0;
  /** Of this generation: what was committed. */
  failures = 0;
  notYet = 0;
  lost = 0;
  released = 0;
  resumed = 0;
  /** Times it became Paused, ever. */
  pauses = 0;
  commits = 0;
  /** Lines kept, by attempt; undefined while there are none. */
  logLines: Map<number, number> | undefined = undefined;
  /** Before it, its next attempt may not begin. */
  dueAt = 0;
  /** Its last commit began an attempt. */
  begins = false;
  /** Its last attempt began so many ms too early. */
  early = 0;
  /** Its last step was a person's word. */
  decided = false;

  constructor(node: number) {
    this.node = node;
  }
}

export const placeOf = ({ node, child }: SlotLedger) => `${node} ${child}`;

export const stateIndex = (type: StateType) => STATE_TYPES.indexOf(type);
const RUNNING = stateIndex("Running");

export class RunLedger {
  readonly id: string;
  readonly flow: FlowSpec;
  epoch: number;
  owner: string | undefined;
  /** As its owner's code calls its nodes. */
  slugs: readonly string[] = [];
  flowState: RunRow["state"] = { type: "Pending" };
  readonly slots: (SlotLedger | undefined)[] = [];
  commits = 0;
  /** In which states processes let go of it. */
  readonly leftAs = new Set<StateType>();
  /** It was kept as Paused by a person at some time, whatever came after that. */
  wasHeld = false;
  /** Task runs that a person let go on, by node and place: whatever runs again of them, they are not asked about again. */
  readonly goneOn = new Set<string>();
  /** A person has asked for its end. */
  cancelled = false;
  /** A person has resumed it since it was paused by one. */
  resumed = false;
  /** An attempt of it died with its process, and its task says that this decides. */
  lostForGood = false;
  /** Code changed under it: slots may have moved, and its history is no longer of one shape. */
  moved = false;

  constructor(row: RunRow, owner: string, flow: FlowSpec) {
    this.id = row.id;
    this.flow = flow;
    this.epoch = row.epoch;
    this.owner = owner;
  }

  slot(slot: number): SlotLedger {
    let known = this.slots[slot];
    if (known === undefined) this.slots[slot] = known = new SlotLedger(slot);
    return known;
  }

  typeOf(slot: number): StateType {
    return STATE_TYPES[this.slots[slot]?.state ?? 0]!;
  }

  /** The slot of a node's child; undefined where its children are not decided. */
  childSlot(node: number, child: number): number | undefined {
    const base = this.slots[node]?.row?.childBase;
    return base === undefined ? undefined : base + child;
  }

  /** Slots of the children of a mapped node that has decided them. */
  children(node: number): readonly number[] {
    const row = this.slots[node]?.row;
    if (row?.state.type !== "Mapped" || row.childBase === undefined) return [];
    return Array.from({ length: row.state.children }, (_, child) => row.childBase! + child);
  }

  /** Its task runs may have other slots from here on. */
  codeChanged(): void {
    this.moved = true;
    this.goneOn.clear(); // what has another name now is another task
    for (const known of this.slots) if (known !== undefined) this.#anew(known, known.generation);
  }

  /** Takes in a commit that was accepted. */
  take(batch: Batch): void {
    this.commits++;
    for (const slot of batch.removed) this.slots[slot] = undefined;
    if (batch.flow !== undefined) this.flowState = batch.flow;
    if (this.flowState.type === "Paused" && this.flowState.reason?.code === "by-person") this.wasHeld = true;
    const { slots, steps } = batch.path;
    for (let i = 0; i < slots.length; i++) this.#step(slots[i]!, steps[i]! >> 5, steps[i]! & 31);
    for (const row of batch.taskRuns) this.#row(row, batch.epoch, batch.at);
    for (const line of batch.logs) {
      const known = this.slot(line.slot);
      known.logLines ??= new Map();
      known.logLines.set(line.attempt, (known.logLines.get(line.attempt) ?? 0) + 1);
    }
  }

  #step(slot: number, from: number, to: number): void {
    const known = this.slot(slot);
    known.state = to;
    known.decided = STATE_TYPES[from] === "Paused";
    if (STATE_TYPES[to] === "Paused") known.pauses++;
    if (from === RUNNING && (STATE_TYPES[to] === "Failed" || STATE_TYPES[to] === "TimedOut")) known.failures++;
    if (from === RUNNING && STATE_TYPES[to] === "Retrying") known.notYet++;
    if (from === RUNNING && STATE_TYPES[to] === "Pending") known.released++;
    if (STATE_TYPES[from] === "Paused" && STATE_TYPES[to] === "Pending") {
      known.resumed++;
      this.goneOn.add(placeOf(known));
    }
  }

  #row(row: TaskRunRow, epoch: number, at: number): void {
    const known = this.slot(row.slot);
    known.commits++;
    known.node = row.node;
    known.child = row.child;
    known.row = row;
    if (this.moved) known.state = stateIndex(row.state.type); // rows of a changed flow come without their steps
    known.lost = row.counters?.lost ?? 0;
    const { onLost, maxLost } = this.flow.nodes[known.node]!;
    if (known.lost > 0 && (onLost !== "retry" || known.lost > maxLost)) this.lostForGood = true;
    const generation = row.counters?.generation ?? 0;
    if (generation !== known.generation) this.#anew(known, generation);
    if (row.state.type === "Running") {
      known.begins = !known.started.has(row.attempt);
      if (known.begins) known.started.set(row.attempt, epoch);
      known.early = known.dueAt - at;
    }
    known.dueAt = "startAt" in row.state ? row.state.startAt : 0;
  }

  /** A deliberate run of it anew: what was counted begins again. */
  #anew(known: SlotLedger, generation: number): void {
    known.generation = generation;
    known.calls = [];
    known.failures = known.notYet = known.lost = known.released = known.resumed = 0;
    known.started.clear();
  }
}
