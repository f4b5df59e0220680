/**
 * Decisions about task runs that wait for a person: found by name, checked, and handed to the engine as one event. The
 * terminal, tests, and a store's inbox of what other processes decided all come this way.
 */
import { formatMillis } from "../../base/duration.ts";
import { CaudalError } from "../../base/errors.ts";
import type { Instant, Millis } from "../../base/time.ts";
import { waitsForPerson } from "../../engine/approval.ts";
import type { Decision, RunEvent } from "../../engine/event.ts";
import { childIndex, type Run, rulesOf, typeOf } from "../../engine/run.ts";
import { gather } from "../../engine/values.ts";
import type { ApprovalRule } from "../../graph/graph.ts";
import type { Clock } from "../../ports/clock.ts";
import type { People, WaitingTask } from "../../ports/people.ts";
import type { Validate } from "../../ports/program.ts";
import { isAsked, type Reason } from "../../state/reason.ts";
import { askedBelow } from "./child-runs.ts";
import type { DriverParts } from "../driver-parts.ts";
import { withinTime } from "../answers/within-time.ts";

export interface DecisionOrder {
  /** A slot, or the name people write: the task's, or its slug, with `[i]` for a child. */
  readonly task: number | string;
  readonly decision: Decision;
  readonly by?: string | undefined;
  /** When it was decided; now, when not given. */
  readonly at?: Instant | undefined;
}

/**
 * The event that carries a decision to the engine; an input is what its schema made of it.
 * @throws CaudalError TASK_UNKNOWN, TASK_AMBIGUOUS, TASK_NOT_WAITING, APPROVAL_INPUT: nothing has changed
 */
export async function eventOfDecision(parts: DriverParts, order: DecisionOrder): Promise<RunEvent> {
  const { run, clock } = parts;
  const slot = slotNamed(run, order.task);
  refuseUnlessWaiting(run, slot);
  const decision = await decisionAt(parts, slot, order.decision);
  refuseUnlessWaiting(run, slot); // a schema may have taken its time
  return { type: "Decided", slot, decision, by: order.by, at: order.at ?? clock.now() };
}

function refuseUnlessWaiting(run: Run, slot: number): void {
  if (!waitsForPerson(run, slot))
    throw new CaudalError("TASK_NOT_WAITING", { task: decisionName(run, slot), state: typeOf(run, slot) });
}

async function decisionAt(parts: DriverParts, slot: number, decision: Decision): Promise<Decision> {
  const { run, program, store, clock } = parts;
  const { input: validate, handlerTimeoutMs, calls } = program.tasks[run.plan.graph.nodes[run.owner[slot]!]!.task]!;
  const reason = run.detail.get(slot)?.reason;
  const task = decisionName(run, slot);
  if (reason?.code !== "child-run")
    return checkedDecision(
      { task, approval: rulesOf(run, slot).approval, validate, handlerTimeoutMs },
      decision,
      clock,
    );
  const asked = await askedBelow(store, calls, reason);
  if (asked !== undefined) await checkedDecision({ ...asked, task }, decision, clock);
  return decision; // as it was given: what the schema makes of it is made where the question is
}

export interface AskedFor {
  readonly task: string;
  readonly approval: ApprovalRule | undefined;
  /** The approval's `input`, from the program's functions of the task. */
  readonly validate: Validate | undefined;
  /** For how long the schema may think: whoever asks waits for it, and so does a run that is taken up. */
  readonly handlerTimeoutMs: Millis;
}

/** @throws CaudalError APPROVAL_INPUT */
export async function checkedDecision(asked: AskedFor, decision: Decision, clock: Clock): Promise<Decision> {
  const { task, approval, validate, handlerTimeoutMs: timeoutMs } = asked;
  if (decision.kind === "rejected" || approval === undefined) return decision;
  if (validate === undefined) {
    if (decision.input === undefined) return decision;
    throw new CaudalError("APPROVAL_INPUT", { task, complaints: ["it takes no input: approve or reject it"] });
  }
  const late = () => {
    const complaints = [`its schema did not answer within ${formatMillis(timeoutMs)}`];
    return new CaudalError("APPROVAL_INPUT", { task, complaints });
  };
  const checked = await withinTime(Promise.resolve(validate(decision.input)), { clock, timeoutMs }, late);
  if (!checked.ok) throw new CaudalError("APPROVAL_INPUT", { task, complaints: checked.complaints });
  return { kind: "approved", input: checked.value };
}

const CHILD = /\[(\d+)\]$/;

/** @throws CaudalError TASK_UNKNOWN, TASK_AMBIGUOUS */
export function slotNamed(run: Run, task: number | string): number {
  if (typeof task === "number") return task;
  const { nodes } = run.plan.graph;
  const child = CHILD.exec(task)?.[1];
  const exact = nodes.find(({ slug, name }) => slug === task || name === task);
  const own = exact === undefined && child !== undefined ? task.replace(CHILD, "") : task;
  const found = nodes.filter(({ slug, name }) => slug === own || name === own);
  const node = found.find(({ slug }) => slug === own) ?? found[0];
  if (node === undefined)
    throw new CaudalError("TASK_UNKNOWN", {
      name: task,
      known: waitingSlots(run).map((slot) => decisionName(run, slot)),
    });
  if (found.length > 1 && node.slug !== own)
    throw new CaudalError("TASK_AMBIGUOUS", { name: task, slugs: found.map(({ slug }) => slug) });
  if (own === task) return node.id;
  const index = Number(child);
  if (run.childBase[node.id] === 0 || index >= run.childCount[node.id]!)
    throw new CaudalError("TASK_UNKNOWN", { name: task, known: [`${run.childCount[node.id]} children of '${own}'`] });
  return run.childBase[node.id]! + index;
}

/** The shortest name that names only this one. */
export function decisionName(run: Run, slot: number): string {
  const { nodes } = run.plan.graph;
  const { name, slug } = nodes[run.owner[slot]!]!;
  const index = childIndex(run, slot);
  const isOnly = nodes.every((node) => node.name !== name || node.slug === slug);
  return `${isOnly ? name : slug}${index === undefined ? "" : `[${index}]`}`;
}

/** Task runs a person can decide about now, in slot order. */
export function waitingSlots(run: Run): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < run.slots; slot++) if (waitsForPerson(run, slot)) slots.push(slot);
  return slots;
}

function waitingTask(run: Run, slot: number): WaitingTask {
  const { slug, arguments: list } = run.plan.graph.nodes[run.owner[slot]!]!;
  const index = childIndex(run, slot);
  const reason = run.detail.get(slot)?.reason;
  const values = gather(run, slot);
  return {
    slot,
    task: decisionName(run, slot),
    slug: index === undefined ? slug : `${slug}[${index}]`,
    approval: rulesOf(run, slot).approval ?? approvalOfChild(reason),
    reason,
    until: isAsked(reason) ? reason.until : undefined,
    inputs: list.map(({ label }, i) => ({ label, value: values[i] })),
  };
}

/** What a flow that is called as a task asks in its own run. */
function approvalOfChild(reason: Reason | undefined): ApprovalRule | undefined {
  if (reason?.code !== "child-run" || reason.question === undefined) return undefined;
  return { question: reason.question, timeoutMs: undefined, input: reason.input };
}

/**
 * Asks until somebody's answer was taken. False: nobody answers, or the signal aborted.
 * @throws whatever `people` throw
 */
export async function askPeople(
  run: Run,
  decide: (order: DecisionOrder) => Promise<void>,
  people: People,
  signal: AbortSignal,
): Promise<boolean> {
  let refused: Error | undefined;
  while (!signal.aborted) {
    const waiting = waitingSlots(run).map((slot) => waitingTask(run, slot));
    if (waiting.length === 0) return false;
    const answer = await people.ask(waiting, signal, refused);
    if (answer === undefined || signal.aborted) return false;
    try {
      await decide({ task: answer.slot, decision: answer.decision, by: answer.by });
      return true;
    } catch (thrown) {
      if (!(thrown instanceof CaudalError) || thrown.code === "TASK_UNKNOWN") throw thrown;
      refused = thrown;
    }
  }
  return false;
}
