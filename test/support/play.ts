/**
 * Runs flows as authors write them, on virtual time, with a store of their own and a logger that remembers: what
 * tests of the runtime begin with.
 */
import type { Program } from "../../src/ports/program.ts";
import type { Store } from "../../src/ports/store.ts";
import { type FlowRun, flowRunOf } from "../../src/flow/flow-run.ts";
import { type RunOptions, runProgram } from "../../src/runtime/run.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { fakeRandom } from "./fake-random.ts";
import { type RecordingLogger, recordingLogger } from "./recording-logger.ts";
import { type VirtualClock, virtualClock } from "./virtual-clock.ts";

/** What `flow()` gives, whatever its parameters and its result. */
export interface AnyFlow {
  readonly program: Program;
}

export interface Stage {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly logger: RecordingLogger;
  run(flow: AnyFlow, options?: RunOptions): Promise<FlowRun>;
}

export interface StageOptions {
  readonly store?: Store;
  readonly logger?: RecordingLogger;
  readonly fractions?: readonly number[];
}

/** A place to run flows on: several runs on one stage share its time and its store. */
export function stage(options: StageOptions = {}): Stage {
  const clock = virtualClock();
  const store = options.store ?? memoryStore();
  const logger = options.logger ?? recordingLogger();
  const random = fakeRandom(options.fractions);
  return {
    clock,
    store,
    logger,
    run: async (flow, given = {}) =>
      flowRunOf(await runProgram(flow.program, { store, ...given }, { ports: { clock, random, logger } })),
  };
}

/** One run on a stage of its own. */
export function play(flow: AnyFlow, options?: RunOptions): Promise<FlowRun> {
  return stage().run(flow, options);
}

/** State types of the tasks of a run by slug; of a mapped task with those of its children. */
export function typesOf(run: FlowRun): Readonly<Record<string, string>> {
  return Object.fromEntries(
    run.tasks.map((task) => {
      const children = Array.from({ length: task.children }, (_, i) => task.child(i).state.type);
      return [
        task.slug.replace(/-1$/, ""),
        children.length === 0 ? task.state.type : `${task.state.type}[${children.join(" ")}]`,
      ];
    }),
  );
}
