/** Runs a built case and writes what it did, in the form of observations. */
import { CaudalError, type FlowRun, isCaudalError } from "../../../src/index.ts";
import { memoryStore, runFlow, virtualClock } from "../../../src/testing.ts";
import { type BuiltCase, buildCase, type Place } from "./build-case.ts";
import type { Case, ErrorSeen, Observation, RunCase, RunSeen, TaskSeen } from "./case-format.ts";
import { RAISED_AT_THE_END } from "./handlers.ts";
import { Recorder } from "./recorder.ts";
import { messageOf, jsonOf, whyOf } from "./words.ts";

type TaskRun = ReturnType<FlowRun["task"]>;
type Runner = (run: RunCase) => Promise<RunSeen>;

/** Where the clock stands at second 0 of a case. */
const START = Date.UTC(2021, 0, 1);
/** Of a longer list of transitions, so many of its start and of its end are kept. */
const TRANSITIONS_KEPT = 6;

export async function observe(given: Case): Promise<Observation> {
  const runs: RunSeen[] = [];
  const runner = runnerOf(given);
  for (const run of given.runs ?? [{}]) runs.push(await runner(run));
  return { id: given.id, runs };
}

function runnerOf(given: Case): Runner {
  const recorder = new Recorder();
  try {
    const built = buildCase(given, recorder);
    const store = memoryStore();
    return (run) => observeRun(built, recorder, run, store);
  } catch (thrown) {
    return async () => ({ error: errorOf(thrown) });
  }
}

async function observeRun(
  { flow, places }: BuiltCase,
  recorder: Recorder,
  { parameters = {}, at }: RunCase,
  store: ReturnType<typeof memoryStore>,
): Promise<RunSeen> {
  recorder.startRun();
  const clock = at === undefined ? undefined : clockAt(at);
  let run: FlowRun;
  try {
    run = await runFlow(flow, { parameters, store, clock, logLevel: "off" });
  } catch (thrown) {
    return { error: errorOf(thrown) };
  }
  const { state } = run;
  const why = whyOf(state);
  const isRaised = why.reason === "state_handler_error" || ("error" in state && state.error.name === RAISED_AT_THE_END);
  const error = "error" in state && isRaised ? messageOf(state.error) : undefined;
  // One pass over the graph ends with a flow that is still running when a task waits for a person.
  const seen = { state: state.type === "Paused" ? "Running" : state.type, ...why };
  if (error !== undefined) return { flow: { ...seen, error } };
  return { flow: seen, tasks: tasksOf(run, places, recorder) };
}

function clockAt(seconds: number): ReturnType<typeof virtualClock> {
  const clock = virtualClock();
  clock.moveTo(START + seconds * 1_000);
  return clock;
}

function tasksOf(run: FlowRun, places: BuiltCase["places"], recorder: Recorder): Readonly<Record<string, TaskSeen>> {
  return Object.fromEntries(
    [...places].map(([name, place]) => [name, taskOf(run.task(place.slug), place, undefined, recorder)]),
  );
}

function taskOf(task: TaskRun, place: Place, child: number | undefined, recorder: Recorder): TaskSeen {
  const { state } = task;
  const { calls, inputs, transitions } = recorder.of(place.slug, child);
  const children = Array.from({ length: task.children }, (_, i) => taskOf(task.child(i), place, i, recorder));
  const isParent = state.type === "Mapped";
  return {
    state: state.type,
    result: jsonOf(task.result),
    ...whyOf(state),
    transitions: shortened(transitions),
    ...(place.works && !isParent && { calls }),
    ...(place.works && calls > 0 && { inputs: jsonOf(inputs) as Readonly<Record<string, unknown>> }),
    ...(isParent && { children }),
  };
}

function shortened(transitions: readonly string[]): readonly string[] {
  if (transitions.length <= 2 * TRANSITIONS_KEPT) return transitions;
  return [...transitions.slice(0, TRANSITIONS_KEPT), ...transitions.slice(-TRANSITIONS_KEPT)];
}

function errorOf(thrown: unknown): ErrorSeen {
  if (isCaudalError(thrown, "FLOW_CYCLE")) {
    const { path } = thrown.data as { readonly path: readonly string[] };
    return new Set(path).size === 1 ? { code: "self_edge", when: "build" } : "cycle";
  }
  if (isCaudalError(thrown, "PARAMETER_INVALID")) {
    const { complaints } = thrown.data as { readonly complaints: readonly string[] };
    const unexpected = complaints.flatMap((text) => /^'(.*)' is not one of them/.exec(text)?.[1] ?? []);
    const missing = complaints.flatMap((text) => /^(.*): is required$/.exec(text)?.[1] ?? []);
    if (unexpected.length > 0) return { code: "unexpected_parameters", names: unexpected };
    if (missing.length > 0) return { code: "missing_parameters", names: missing };
  }
  const code = thrown instanceof CaudalError ? thrown.code : "exception";
  return { code, names: [thrown instanceof Error ? thrown.message : String(thrown)] };
}
