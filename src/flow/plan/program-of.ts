/** A built flow as a program: its graph, and beside it the functions. */
import { toMillis } from "../../base/duration.ts";
import type { FlowFunctions, Program } from "../../ports/program.ts";
import type { BuiltFlow } from "./build.ts";
import type { FlowOptions } from "../flow-options.ts";
import type { Declared } from "../parameters/read-parameters.ts";
import { forgottenTasks } from "./forgotten-tasks.ts";
import { asList, HANDLER_TIMEOUT_MS } from "./rules.ts";

export function programOf(
  options: FlowOptions,
  declared: Declared,
  built: BuiltFlow,
  file: string | undefined,
  nodeLines: NonNullable<Program["nodeLines"]>,
): Program {
  return {
    graph: built.graph,
    tasks: built.entries.map((entry) => entry.functions),
    flow: flowFunctions(options),
    readParameters: declared.read,
    schedule: options.schedule,
    overlap: options.overlap,
    catchUp: options.catchUp,
    timeoutMs: options.timeout === undefined ? undefined : toMillis("timeout", options.timeout),
    maxConcurrency: options.maxConcurrency,
    file,
    warnings: built.warnings,
    nodeLines,
    lateWarnings: forgottenTasks,
  };
}

function flowFunctions(options: FlowOptions): FlowFunctions {
  const { handlerTimeout } = options.taskDefaults ?? {};
  return {
    stateHandlers: options.stateHandlers ?? [],
    listeners: asList(options.onStateChange),
    onFailure: asList(options.onFailure),
    finalState: options.finalState,
    handlerTimeoutMs: handlerTimeout === undefined ? HANDLER_TIMEOUT_MS : toMillis("handlerTimeout", handlerTimeout),
  };
}
