/**
 * `taskStates`: finished states a run starts with, named by task or slug. They are kept with the creation of the run:
 * whoever goes on with it, however early its process died, finds them.
 */
import { CaudalError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import type { Instant } from "../../base/time.ts";
import { enterGiven } from "../../engine/flow-end.ts";
import type { Plan } from "../../engine/plan.ts";
import { createRun, type Run, takeDirty } from "../../engine/run.ts";
import type { GivenRows, Store } from "../../ports/store.ts";
import { isFinishedType, STATES, type TaskState } from "../../state/task-state.ts";
import { KeptRows } from "./kept-rows.ts";

/** States by node. @throws CaudalError TASK_STATES_INVALID with all complaints */
export function givenStates(plan: Plan, states: Readonly<Record<string, TaskState>>): ReadonlyMap<number, TaskState> {
  const given = new Map<number, TaskState>();
  const complaints: string[] = [];
  for (const [name, state] of Object.entries(states)) {
    const nodes = plan.graph.nodes.filter((node) => node.slug === name || node.name === name);
    const exact = nodes.find((node) => node.slug === name) ?? (nodes.length === 1 ? nodes[0] : undefined);
    if (exact === undefined) complaints.push(nodes.length > 1 ? ambiguous(name, nodes) : unknown(plan, name));
    else if (!Object.hasOwn(STATES, state?.type ?? "") || !isFinishedType(state.type) || state.type === "Mapped") {
      complaints.push(
        `${name}: ${JSON.stringify(state?.type)} is no finished state; use states.success(value), states.failed(error), …`,
      );
    } else given.set(exact.id, { ...state, reason: { code: "given" } });
  }
  if (complaints.length > 0) throw new CaudalError("TASK_STATES_INVALID", { complaints });
  return given;
}

/** A run that has not begun has these states; what it changed is kept already. */
export function giveStates(run: Run, given: ReadonlyMap<number, TaskState>, at: Instant): void {
  for (const [node, state] of given) enterGiven({ run, at, commands: [] }, node, state);
  takeDirty(run);
}

interface GivenRun {
  readonly id: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly given: ReadonlyMap<number, TaskState>;
  readonly at: Instant;
}

/** As a store keeps them. */
export function givenRows(plan: Plan, { id, parameters, given, at }: GivenRun, store: Store): GivenRows {
  const run = createRun(plan, id, parameters, 1);
  giveStates(run, given, at);
  const kept = new KeptRows({ run, store, clock: { now: () => at } }, () => undefined); // no body of theirs is called
  const { slot, step, length } = run.log;
  return {
    taskRuns: [...given.keys()].map((node) => kept.of(node)),
    path: { slots: slot.slice(0, length), steps: step.slice(0, length) },
  };
}

function ambiguous(name: string, nodes: readonly { readonly slug: string }[]): string {
  return `${name} is called several times: name one by its slug (${nodes.map((node) => node.slug).join(", ")})`;
}

function unknown(plan: Plan, name: string): string {
  const near = nearest(
    name,
    plan.graph.nodes.map((node) => node.name),
  );
  return `${name}: no such task in this flow${near === undefined ? "" : `; did you mean ${near}?`}`;
}
