/**
 * What must hold of every commit and every call of a body, restated from what was committed: no code of the engine
 * is asked. Each check throws a `Violation` with the number it has in reliability's list (`README.md`).
 */
import type { Batch, TaskRunRow } from "../src/ports/store.ts";
import { familyOf, isFinishedType, STATES, STATE_TYPES, type StateType } from "../src/state/task-state.ts";
import type { Call, RunLedger } from "./ledger.ts";
import type { FlowSpec, NodeSpec } from "./scenario.ts";
import { Violation } from "./violation.ts";

/** Ends of task runs whose body was never called, by their reason. */
const NEVER_CALLED = new Set(["upstream-skipped", "trigger", "all-upstreams-skipped", "case-not-taken", "resource"]);
/** States in which something happens without a person. */
const GOES_ON: ReadonlySet<StateType> = new Set(["Running", "Queued", "Retrying", "Scheduled"]);
/** Why a run is Paused whatever goes on in it: it was left as it was. */
const STAYS: ReadonlySet<string | undefined> = new Set(["by-person", "code-changed"]);
/** Commits of one task run beyond which something goes round in circles. */
const COMMITS_MAX = 20;
const COMMITS_PER_ATTEMPT = 6;

export interface CommitContext {
  /** The process that wrote, as the ledger knows processes. */
  readonly process: string;
  /** It began to stop: cleanups may run before their block is finished. */
  readonly draining: boolean;
  /** All processes agree about the time. */
  readonly clocksAgree: boolean;
  /** A person has marked task runs: what follows from one runs again. */
  readonly marked: boolean;
  /** Every edge between states that was seen. */
  readonly edges: Map<number, number>;
}

/** Before the ledger takes the commit in. */
export function checkAccepted(run: RunLedger, batch: Batch, { process }: CommitContext): void {
  const about = { runId: run.id };
  if (batch.epoch !== run.epoch)
    throw new Violation("I8", `a commit of epoch ${batch.epoch} was accepted, the run has ${run.epoch}`, about);
  if (run.owner !== undefined && run.owner !== process)
    throw new Violation("I8", `a commit of ${process} was accepted, the run is ${run.owner}'s`, about);
  const changes = batch.flow !== undefined || batch.taskRuns.length > 0 || batch.path.slots.length > 0;
  if (isFinishedType(run.flowState.type) && changes)
    throw new Violation("I11", `the run is ${run.flowState.type}, and is changed again`, about);
}

/** The path of the commit, before the ledger takes it in. */
export function checkPath(run: RunLedger, { path, removed, taskRuns }: Batch, context: CommitContext): void {
  if (run.moved) return;
  const marked = new Set(taskRuns.filter(isMarked).map(({ slot }) => slot));
  const now = new Map(removed.map((slot) => [slot, 0]));
  for (let i = 0; i < path.slots.length; i++) {
    const slot = path.slots[i]!;
    const from = path.steps[i]! >> 5;
    const to = path.steps[i]! & 31;
    const is = now.get(slot) ?? run.slots[slot]?.state ?? 0;
    const about = { runId: run.id, slot };
    if (is !== from)
      throw new Violation(
        "I3",
        `${STATE_TYPES[from]} → ${STATE_TYPES[to]}, but it is ${STATE_TYPES[is]}: history has a gap`,
        about,
      );
    const before = run.slots[slot]?.row;
    if (before !== undefined && isMarked(before))
      throw new Violation("I35", `a person said it is ${before.state.type}, and it changes again`, about);
    if (!context.marked && to === 0 && before !== undefined && isKept(before) && !isCleanup(specOf(run, slot)))
      throw new Violation("I5", `it is ${before.state.type} with all it gave, and runs again`, about);
    if (!marked.has(slot) && !isLegal(specOf(run, slot), STATE_TYPES[from]!, STATE_TYPES[to]!))
      throw new Violation("I3", `${STATE_TYPES[from]} → ${STATE_TYPES[to]} is no step of the table`, about);
    now.set(slot, to);
    context.edges.set(path.steps[i]!, (context.edges.get(path.steps[i]!) ?? 0) + 1);
  }
}

/** A person's word: it may be any end, whatever it was. */
function isMarked({ state }: TaskRunRow): boolean {
  return state.reason?.code === "marked";
}

/** It is final, and lacks nothing in another process. */
function isKept({ state, value }: TaskRunRow): boolean {
  return isFinishedType(state.type) && value === "kept";
}

/** It runs again with the setup of its resource. */
function isCleanup(spec: NodeSpec | undefined): boolean {
  return spec?.resource?.role === "cleanup";
}

function specOf(run: RunLedger, slot: number): NodeSpec | undefined {
  return run.flow.nodes[run.slots[slot]?.node ?? slot];
}

/** Handlers may answer with any finished state, Retrying or Paused; a deliberate run anew begins at Pending. */
function isLegal(spec: NodeSpec | undefined, from: StateType, to: StateType): boolean {
  if ((STATES[from].next as readonly string[]).includes(to)) return true;
  if (to === "Pending" && isFinishedType(from)) return true;
  return spec?.handler !== undefined && (isFinishedType(to) || to === "Retrying" || to === "Paused");
}

/** The states and rows of the commit, once the ledger has it. */
export function checkCommitted(run: RunLedger, batch: Batch, context: CommitContext): void {
  for (const row of batch.taskRuns) {
    const { slot } = row;
    const known = run.slot(slot);
    const about = { runId: run.id, slot };
    if (!run.moved && STATE_TYPES[known.state] !== row.state.type)
      throw new Violation("I4", `kept as ${row.state.type}, its history says ${STATE_TYPES[known.state]}`, about);
    const bound =
      COMMITS_MAX + COMMITS_PER_ATTEMPT * (row.attempt + (row.counters?.rounds ?? 0) + known.resumed + run.epoch);
    if (known.commits > bound) throw new Violation("L2", `${known.commits} commits in ${row.attempt} attempts`, about);
    if (row.state.type === "Running" && known.begins) checkStarted(run, slot, batch.flow !== undefined, context);
    if (isFinishedType(row.state.type)) checkFinished(run, slot);
  }
  for (let i = 0; i < batch.path.slots.length; i++) {
    const slot = batch.path.slots[i]!;
    const known = run.slots[slot];
    if (known !== undefined && !run.moved && known.row?.state.type !== STATE_TYPES[known.state])
      throw new Violation("I4", `its history says ${STATE_TYPES[known.state]}, kept is ${known.row?.state.type}`, {
        runId: run.id,
        slot,
      });
  }
  if (run.moved || batch.flow === undefined) return;
  if (isFinishedType(batch.flow.type)) checkFlowEnd(run, batch.flow.type);
  else if (batch.flow.type === "Paused" && !STAYS.has(batch.flow.reason?.code)) checkWaitsForPeople(run);
}

/** Kept as Paused it may be left: all that goes on by itself is over, and who waits for an entry waits for a person. */
function checkWaitsForPeople(run: RunLedger): void {
  for (const [slot, known] of run.slots.entries()) {
    const type = known === undefined ? "Pending" : run.typeOf(slot);
    const reason = known?.row?.state.reason;
    const isThere = reason?.code === "cache-wait" && reason.runId === run.id && isFinishedType(run.typeOf(reason.slot));
    const waits = type === "Queued" && reason?.code === "cache-wait" && !isThere;
    if (GOES_ON.has(type) && !waits)
      throw new Violation(
        "I14",
        `the run is kept as Paused, and this is ${type}${isThere ? " for what is there" : ""}`,
        {
          runId: run.id,
          slot,
        },
      );
  }
}

/** A person paused it, or it is about to be Paused by one. */
export function isHeldByPerson({ flowState }: RunLedger): boolean {
  return flowState.reason?.code === "by-person";
}

/** A start that was decided in the very pass of the cancel is kept with it, and given back uncalled. */
function checkStarted(run: RunLedger, slot: number, withCancel: boolean, context: CommitContext): void {
  const known = run.slot(slot);
  const about = { runId: run.id, slot };
  const spec = run.flow.nodes[known.node]!;
  const isCleanup = spec.resource?.role === "cleanup";
  if (run.flowState.type === "Cancelling" && !isCleanup && !withCancel)
    throw new Violation("I15", "it starts after the cancel was committed", about);
  if (run.flowState.type === "Paused" && !isCleanup && !run.moved)
    throw new Violation("I11", "it starts, and the run is kept as Paused", about);
  if (isHeldByPerson(run) && !isCleanup && !withCancel)
    throw new Violation("I36", "it starts while the run is paused by a person", about);
  // A cleanup that a pause began may be kept with a cancel: what is unfinished above it starts no more.
  const stops = context.draining || isHeldByPerson(run) || (run.flowState.type === "Cancelling" && withCancel);
  if (!run.moved && !(isCleanup && stops)) {
    const open = openUpstream(run, spec, known.child);
    if (open !== undefined) throw new Violation("I9", `it starts while ${open} is unfinished`, about);
  }
  if (run.moved) return;
  if (context.clocksAgree && known.early > 0)
    throw new Violation("I20", `it starts ${known.early} ms before it is due`, about);
  const { retries } = spec;
  if (known.failures > retries + (spec.handler === undefined ? 0 : known.failures))
    throw new Violation("I7", `${known.failures} failures and another start, it has ${retries} retries`, about);
  if (known.lost > spec.maxLost && spec.onLost !== "ask")
    throw new Violation("I7", `lost ${known.lost} times and started again, maxLost is ${spec.maxLost}`, about);
  if (known.lost > 0 && spec.onLost === "fail")
    throw new Violation("I7", "it was lost, and starts again, where at most once was asked for", about);
  if (known.lost > known.resumed && spec.onLost === "ask")
    throw new Violation(
      "I7",
      `lost ${known.lost} times and started again, a person said so ${known.resumed} times`,
      about,
    );
  if (spec.kind === "task") {
    const rounds = known.row?.counters?.rounds ?? 0;
    const allowed = 1 + retries + known.lost + known.notYet + known.released + known.resumed + rounds;
    if (known.started.size > allowed)
      throw new Violation("I7", `${known.started.size} starts, ${allowed} are accounted for`, about);
  }
}

export function isComplete(run: RunLedger, node: number): boolean {
  return isFinishedType(run.typeOf(node)) && run.children(node).every((slot) => isFinishedType(run.typeOf(slot)));
}

/** An upstream that is not final though the task run starts. */
function openUpstream(run: RunLedger, spec: NodeSpec, child: number | undefined): string | undefined {
  const complete = (node: number, paired: boolean): boolean => {
    const sibling = paired && child !== undefined ? run.childSlot(node, child) : undefined;
    if (sibling !== undefined && run.typeOf(node) === "Mapped") return isFinishedType(run.typeOf(sibling));
    return isComplete(run, node);
  };
  const name = (node: number) => run.flow.nodes[node]?.name;
  for (const { from, each, flatten, element } of spec.args)
    if (!complete(from, (each && !flatten) || element)) return name(from);
  for (const from of spec.after) if (!complete(from, spec.over !== undefined)) return name(from);
  const branch = spec.branchOf ?? spec.caseOf?.branch;
  return branch !== undefined && !complete(branch, spec.mapped) ? name(branch) : undefined;
}

function checkFinished(run: RunLedger, slot: number): void {
  if (run.moved) return;
  const { row, calls, node, child, decided } = run.slot(slot);
  const about = { runId: run.id, slot };
  const { state } = row!;
  const spec = run.flow.nodes[node]!;
  const code = state.reason?.code ?? "";
  if (NEVER_CALLED.has(code) && calls.some((call) => call.epoch === run.epoch))
    throw new Violation("I10", `${state.type} (${code}), but its body was called`, about);
  if (code === "marked") return;
  if (spec.kind !== "task" || (spec.mapped && child === undefined)) return;
  if (state.type === "TimedOut") {
    const call = calls.findLast((each) => each.attempt === row!.attempt);
    if (call === undefined) throw new Violation("I25", "TimedOut without an attempt", about);
  }
  const computed =
    (state.type === "Success" && (code === "" || code === "signal")) ||
    (state.type === "Cached" && state.cache.how === "stored");
  if (computed && !decided && spec.handler === undefined) checkResult(row!.attempt, state.result, calls, about);
}

/** Nothing is invented, and nothing comes late: the result is what a call of this very attempt gave. */
function checkResult(
  attempt: number,
  result: unknown,
  calls: readonly Call[],
  about: { readonly runId: string; readonly slot: number },
): void {
  const own = calls.filter((call) => call.attempt === attempt);
  if (!own.some((call) => call.ended && sameValue(call.value, result)))
    throw new Violation(
      "I25",
      `its result ${JSON.stringify(result)?.slice(0, 80)} is not what attempt ${attempt} returned`,
      about,
    );
}

function sameValue(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function checkFlowEnd(run: RunLedger, type: StateType): void {
  const about = { runId: run.id };
  for (let node = 0; node < run.flow.nodes.length; node++)
    if (!isComplete(run, node))
      throw new Violation("I11", `the run is ${type}, ${run.flow.nodes[node]!.name} is ${run.typeOf(node)}`, about);
  if (type !== "Success" && type !== "Failed") return;
  const failed = referencesOf(run.flow).some((node) => slotsOf(run, node).some((slot) => isFailed(run, slot)));
  if ((type === "Failed") !== failed)
    throw new Violation("I11", `the run is ${type}, of its reference tasks ${failed ? "some" : "none"} failed`, about);
}

function isFailed(run: RunLedger, slot: number): boolean {
  return familyOf(run.typeOf(slot)) === "failed";
}

function slotsOf(run: RunLedger, node: number): readonly number[] {
  return run.typeOf(node) === "Mapped" ? run.children(node) : [node];
}

const references = new WeakMap<FlowSpec, readonly number[]>();

/** Nodes that nothing waits for, edges into cleanups not counted; setups and cleanups never. */
export function referencesOf(flow: FlowSpec): readonly number[] {
  let known = references.get(flow);
  if (known !== undefined) return known;
  const waitedFor = new Set<number>();
  for (const spec of flow.nodes) {
    if (spec.resource?.role === "cleanup") continue;
    for (const { from } of spec.args) waitedFor.add(from);
    for (const from of spec.after) waitedFor.add(from);
    const branch = spec.branchOf ?? spec.caseOf?.branch;
    if (branch !== undefined) waitedFor.add(branch);
    if (spec.over !== undefined) waitedFor.add(spec.over.list);
  }
  known = flow.nodes.flatMap((spec, id) => (spec.resource === undefined && !waitedFor.has(id) ? [id] : []));
  references.set(flow, known);
  return known;
}

/** A body is called: only after its start was committed, once, and not after it was settled. */
export function checkCall(
  run: RunLedger,
  call: Pick<Call, "slot" | "attempt" | "epoch">,
  isOwner: boolean,
  knowsOfCancel: boolean,
): void {
  const { slot, attempt, epoch } = call;
  const about = { runId: run.id, slot };
  const known = run.slot(slot);
  const wasCalled = known.calls.some((other) => other.attempt === attempt && other.epoch === epoch);
  if (wasCalled) throw new Violation("I6", `attempt ${attempt} is called twice by one owner`, about);
  if (!isOwner) return; // a process that was taken for dead: what it does cannot be stopped, only not counted
  if (known.started.get(attempt) !== epoch)
    throw new Violation("I6", `attempt ${attempt} is called before its start was committed`, about);
  const type = run.typeOf(slot);
  if (isFinishedType(type)) throw new Violation("I5", `its body is called again, it is ${type}`, about);
  if (type !== "Running") throw new Violation("I6", `its body is called while it is ${type}`, about);
  const isCleanup = run.flow.nodes[known.node]!.resource?.role === "cleanup";
  if (knowsOfCancel && run.flowState.type === "Cancelling" && !isCleanup)
    throw new Violation("I15", "its body is called after the cancel was committed", about);
  if (run.flowState.type === "Paused" && isHeldByPerson(run) && !isCleanup)
    throw new Violation("I36", "its body is called while the run is paused by a person", about);
}
