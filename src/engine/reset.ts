/**
 * Running again what failed, or from one task run on: which task runs that is, and putting them back to Pending as a
 * new generation. All others keep their state and result. What follows from what runs again runs again; so does a
 * task whose result is not kept (`result: "none"`, a resource's setup) where one of these needs it, and a resource is
 * opened and closed around what runs in its block.
 */
import { assert } from "../base/assert.ts";
import type { Instant } from "../base/time.ts";
import { familyOf } from "../state/task-state.ts";
import { childIndex, FINISHED, isDropped, newCounters, PHASE, record, type Run, STATE_INDEX, typeOf } from "./run.ts";
import { writeState } from "./state-of.ts";
import { isPaired, upstreamsByValue } from "./lost-values.ts";
import { countChildren, countWaiting } from "./recount.ts";

export type RerunAction =
  /** What failed or was cancelled, and what follows from it. */
  | { readonly type: "retry-failed" }
  /** This node, or this child. */
  | { readonly type: "run-from"; readonly slot: number }
  /** What follows from this one, which a person is about to mark. */
  | { readonly type: "mark"; readonly slot: number };

export interface Reset {
  /** Task runs that are Pending again, in slot order. Empty: there was nothing to run again, and nothing was set back. */
  readonly slots: readonly number[];
  /** Children that are no task runs any more: their node decides anew how many it has. Their slots are not used again. */
  readonly dropped: readonly number[];
}

/**
 * Sets a run back that has ended; `RunStarted` (with nothing given) makes it go on. Attempts are counted on, so that no
 * two have one number; retries, rounds and the like begin anew. O(slots + edges).
 */
export function resetFor(run: Run, action: RerunAction, at: Instant): Reset {
  assert(run.running + run.starting + run.questions.size === 0, "nothing is in flight in a run that is set back");
  const reset = setBackChosen(run, choose(run, action, true), at);
  if (action.type === "mark") reopen(run, action.slot);
  else if (reset.slots.length === 0) return reset;
  recount(run);
  beginAnew(run);
  return reset;
}

/**
 * Of a run that was left before its end and has just been rebuilt: sets back what follows from a finished task run
 * that a person is about to mark. `RunRecovered` with that mark makes it go on, and says what becomes of the rest.
 */
export function resetAfter(run: Run, slot: number, at: Instant): Reset {
  const reset = setBackChosen(run, choose(run, { type: "mark", slot }, false), at);
  reopen(run, slot);
  recount(run);
  return reset;
}

/** It keeps its state until it is marked, and is not done meanwhile: what follows waits for it. */
function reopen(run: Run, slot: number): void {
  run.phase[slot] = PHASE.IDLE;
  run.phase[run.owner[slot]!] = PHASE.IDLE;
}

function setBackChosen(run: Run, chosen: Chosen, at: Instant): Reset {
  const slots: number[] = [];
  const dropped: number[] = [];
  for (let node = 0; node < run.plan.count; node++) {
    if (chosen.whole[node] === 1) {
      dropChildren(run, node, dropped);
      slots.push(node);
    } else slots.push(...(chosen.children.get(node) ?? []));
  }
  if (slots.length === 0) return { slots, dropped };
  slots.sort((a, b) => a - b);
  const gone = new Set(dropped);
  run.dirty = run.dirty.filter((slot) => !gone.has(slot));
  for (const slot of slots) setBack(run, slot, chosen.needed.has(slot), at);
  for (const node of chosen.children.keys()) if (chosen.whole[node] === 0) run.phase[node] = PHASE.IDLE;
  for (const key of run.origins.keys()) if (chosen.whole[Number(key.split(" ")[0])] === 1) run.origins.delete(key);
  run.lists.clear();
  return { slots, dropped };
}

/** What is to run again: whole nodes, and of others some children, by slot. */
interface Chosen {
  readonly whole: Uint8Array;
  readonly children: Map<number, Set<number>>;
  /** Task runs that run only because what they returned was not kept. */
  readonly needed: Set<number>;
  /** A person is about to mark it: it does not run again, whatever else does. */
  readonly marked: number | undefined;
}

/** News of one node for those downstream: all of it, or some children. */
interface News {
  readonly node: number;
  readonly children: readonly number[] | undefined;
}

/** `isOver`: what the run had under way when it ended goes with it; else `RunRecovered` looks after that. */
function choose(run: Run, action: RerunAction, isOver: boolean): Chosen {
  const marked = action.type === "mark" ? action.slot : undefined;
  const chosen: Chosen = { whole: new Uint8Array(run.plan.count), children: new Map(), needed: new Set(), marked };
  const news: News[] = [];
  if (action.type === "run-from") choosePart(run, chosen, news, action.slot);
  if (marked !== undefined) news.push(newsOf(run, marked));
  for (let slot = 0; slot < run.slots && isOver; slot++) {
    if (isDropped(run, slot)) continue;
    if (isUnderWay(run, slot) || (action.type === "retry-failed" && hasFailed(run, slot)))
      choosePart(run, chosen, news, slot);
  }
  for (let i = 0; i < news.length; i++) tellDownstream(run, chosen, news, news[i]!); // in order: more come on the way
  chooseWhatTheyNeed(run, chosen);
  return chosen;
}

function hasFailed(run: Run, slot: number): boolean {
  const family = familyOf(typeOf(run, slot));
  return family === "failed" || family === "cancelled";
}

/** It waited for its next attempt, or in line, when the run was left. */
function isUnderWay(run: Run, slot: number): boolean {
  const type = typeOf(run, slot);
  return !FINISHED[run.state[slot]!]! && type !== "Pending" && type !== "Paused";
}

const newsOf = (run: Run, slot: number): News => ({
  node: run.owner[slot]!,
  children: slot < run.plan.count ? undefined : [slot],
});

function choosePart(run: Run, chosen: Chosen, news: News[], slot: number): void {
  const node = run.owner[slot]!;
  const { marked } = chosen;
  if (chosen.whole[node] === 1 || slot === marked) return;
  if (slot < run.plan.count) {
    if (marked !== undefined && run.owner[marked] === node) return; // or it would be none of its children any more
    chosen.whole[node] = 1;
    news.push(newsOf(run, slot));
    return;
  }
  const children = chosen.children.get(node) ?? new Set();
  chosen.children.set(node, children);
  if (children.has(slot)) return;
  children.add(slot);
  news.push(newsOf(run, slot));
}

/** Children that pair with children that run again run again alone; whatever else takes from them does so as a whole. */
function tellDownstream(run: Run, chosen: Chosen, news: News[], { node, children }: News): void {
  const { plan } = run;
  for (let e = plan.downStart[node]!; e < plan.downStart[node + 1]!; e++) {
    const down = plan.down[e]!;
    const pairs = children !== undefined && plan.downPaired[e] === 1 && run.childBase[down]! > 0;
    if (!pairs) choosePart(run, chosen, news, down);
    else
      for (const slot of children) {
        const index = childIndex(run, slot)!;
        if (index < run.childCount[down]!) choosePart(run, chosen, news, run.childBase[down]! + index);
      }
  }
}

/** Upstreams whose results are gone, and the resources of the blocks that these stand in; until there is nothing more. */
function chooseWhatTheyNeed(run: Run, chosen: Chosen): void {
  const { plan } = run;
  const losing = losingNodes(run);
  if (!losing.includes(1)) return;
  const needs: News[] = [];
  for (let node = 0; node < plan.count; node++) {
    const children = chosen.children.get(node);
    if (chosen.whole[node] === 1) needs.push({ node, children: undefined });
    else if (children !== undefined) needs.push({ node, children: [...children] });
  }
  for (let i = 0; i < needs.length; i++) {
    const { node, children } = needs[i]!;
    for (const up of upstreamsByValue(plan, node)) {
      if (losing[up] === 0) continue;
      const lost = slotsTaken(run, node, children, up).filter((slot) => isLost(run, slot));
      chooseNeeded(chosen, needs, up, lost);
    }
    for (const cleanup of plan.cleanups) {
      const { resource } = plan.graph.nodes[cleanup]!;
      // The nodes of a block are made between its setup and its cleanup.
      if (resource?.role !== "cleanup" || node <= resource.setup || node > cleanup) continue;
      for (const half of [resource.setup, cleanup]) chooseNeeded(chosen, needs, half, slotsOf(run, half));
    }
  }
}

/** Those whose results are not kept, and control nodes, which are not asked about theirs, that may have taken one from them. */
function losingNodes({ plan }: Run): Uint8Array {
  const losing = new Uint8Array(plan.count);
  for (let node = 0; node < plan.count; node++) {
    const { keepsResult, asksHandlers } = plan.rules[node]!;
    const follows = plan.kind[node] !== "task" && plan.kind[node] !== "branch" && !asksHandlers;
    if (!keepsResult || plan.graph.nodes[node]!.resource?.role === "setup") losing[node] = 1;
    else if (follows && [...upstreamsByValue(plan, node)].some((up) => losing[up] === 1)) losing[node] = 1;
  }
  return losing;
}

/** It is done with a result, of a node that does not keep them; what a person gave is kept. */
function isLost(run: Run, slot: number): boolean {
  const detail = run.detail.get(slot);
  if (run.phase[slot] !== PHASE.DONE || detail?.reason?.code === "marked") return false;
  const type = typeOf(run, slot);
  if (type === "Skipped") return run.value[slot] !== null;
  return type === "Success" || type === "Cached" || detail?.hasResult === true;
}

/** The children of a mapped node that has decided them, else the node itself. */
function slotsOf(run: Run, node: number): readonly number[] {
  const base = run.childBase[node]!;
  return base === 0 ? [node] : Array.from({ length: run.childCount[node]! }, (_, child) => base + child);
}

/** The task runs of `up` that a node, or some of its children, take values from. */
function slotsTaken(run: Run, node: number, children: News["children"], up: number): readonly number[] {
  const base = run.childBase[up]!;
  if (children === undefined || base === 0 || !isPaired(run.plan, node, up)) return slotsOf(run, up);
  const places = children.map((slot) => slot - run.childBase[node]!);
  return places.filter((place) => place < run.childCount[up]!).map((place) => base + place);
}

/** Children stay the same: each runs again in its place. */
function chooseNeeded(chosen: Chosen, needs: News[], node: number, slots: readonly number[]): void {
  const known = chosen.children.get(node);
  const fresh = slots.filter((slot) => slot !== chosen.marked && known?.has(slot) !== true);
  if (chosen.whole[node] === 1 || fresh.length === 0) return;
  for (const slot of fresh) chosen.needed.add(slot);
  if (fresh[0] === node) chosen.whole[node] = 1;
  else chosen.children.set(node, new Set([...(known ?? []), ...fresh]));
  needs.push({ node, children: fresh[0] === node ? undefined : fresh });
}

function dropChildren(run: Run, node: number, dropped: number[]): void {
  const base = run.childBase[node]!;
  for (let slot = base; base > 0 && slot < base + run.childCount[node]!; slot++) {
    dropped.push(slot);
    run.detail.delete(slot);
    run.counters.delete(slot);
    run.value[slot] = undefined;
    run.state[slot] = STATE_INDEX.Cancelled;
    run.phase[slot] = PHASE.DONE;
    run.waiting[slot] = 0;
    run.dirtyFlag[slot] = 0;
  }
  run.childBase[node] = 0;
  run.childCount[node] = 0;
  run.childOpen[node] = 0;
}

function setBack(run: Run, slot: number, needed: boolean, at: Instant): void {
  const from = run.state[slot]!;
  writeState(run, slot, { type: "Pending", reason: { code: needed ? "value-not-kept" : "run-again" } });
  if (from !== run.state[slot]) record(run, slot, from, run.state[slot]!, at);
  run.value[slot] = undefined;
  run.phase[slot] = PHASE.IDLE;
  const { generation = 0, resumed } = run.counters.get(slot) ?? {};
  // Nobody but us wants it to run again, so whoever let it go on is not asked a second time.
  run.counters.set(slot, { ...newCounters(generation + 1), resumed: needed ? resumed : undefined });
}

/** What the states say, with some of them set back. */
function recount(run: Run): void {
  countChildren(run);
  run.running = run.starting = run.paused = run.queued = run.timers = run.openNodes = 0;
  for (let slot = 0; slot < run.slots; slot++) {
    if (isDropped(run, slot)) continue;
    const type = typeOf(run, slot);
    if (type === "Pending") run.phase[slot] = PHASE.IDLE;
    else if (type === "Running") run.running++;
    else if (type === "Paused") run.paused++;
    else if (type === "Queued") run.queued++;
    else if (type === "Retrying" || type === "Scheduled") run.timers++;
  }
  for (let node = 0; node < run.plan.count; node++) if (run.phase[node] !== PHASE.DONE) run.openNodes++;
  for (let slot = 0; slot < run.slots; slot++) if (!isDropped(run, slot)) run.waiting[slot] = countWaiting(run, slot);
  run.ready = [];
  run.todo = [];
}

/** As before its start, with what is finished in it. */
function beginAnew(run: Run): void {
  run.flowPhase = "new";
  run.flow = { type: "Pending", reason: { code: "run-again" } };
  run.flowProposed = undefined;
  run.flowTimedOutMs = undefined;
  run.cancelling = false;
  run.draining = false;
  run.pausing = undefined;
}
