/** A flow as a task of another one: each call runs it, as a run of its own. */
import { hashText } from "../../base/hash.ts";
import { currentScope } from "../../executor/context.ts";
import { present } from "../../base/assert.ts";
import { fingerprintOf } from "../../graph/fingerprint.ts";
import type { Program } from "../../ports/program.ts";
import { childRun } from "./child-run.ts";
import { type Body, given, checkTaskOptions, type TaskDefinition } from "../definition.ts";
import { flowRunOf } from "../flow-run.ts";
import type { TaskOptions } from "../task-options.ts";

/** One body per program: two calls of `asTask` are the same task, with other options. */
const bodies = new WeakMap<Program, Body>();

/** @throws CaudalError OPTION_INVALID, NAME_INVALID */
export function flowAsTask(program: Program, options: TaskOptions): TaskDefinition {
  const { name } = program.graph;
  checkTaskOptions(`flow '${name}' as a task`, options);
  let body = bodies.get(program);
  if (body === undefined) bodies.set(program, (body = (parameters) => runInside(program, parameters)));
  return {
    name: options.name ?? name,
    options: given(options),
    body,
    calls: program,
    factory: { name: "asTask", basis: basisOf(program), argumentNames: ["parameters"] },
  };
}

/** What a cached result depends on: the child's shape and the text of its bodies. */
function basisOf({ graph }: Program): string {
  return hashText(`${fingerprintOf(graph)} ${graph.tasks.map((rules) => rules.bodyHash).join(" ")}`);
}

/** Its failure is this attempt's, as cause. */
async function runInside(program: Program, parameters: Readonly<Record<string, unknown>> | undefined) {
  const scope = present(currentScope(), "a body runs in a scope");
  return flowRunOf(await childRun(program, parameters, scope)).unwrap();
}
