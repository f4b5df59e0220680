/** `taskStates`: finished states a run starts with, named by task or slug. */
import { CaudalError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { Plan } from "../engine/plan.ts";
import { isFinishedType, STATES, type TaskState } from "../state/task-state.ts";

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
