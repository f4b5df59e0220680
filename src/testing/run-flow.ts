/** Runs a flow as `flow.run` does, on a clock of the test's. */
import type { Flow, RunSettings } from "../flow/flow.ts";
import { type FlowRun, flowRunOf } from "../flow/flow-run.ts";
import type { Clock } from "../ports/clock.ts";
import { runProgram } from "../runtime/run.ts";

export interface TestRunOptions<G> extends RunSettings {
  readonly parameters?: G | undefined;
  /** Every instant of the run comes from it; the real time when not given. */
  readonly clock?: Clock | undefined;
}

/**
 * Runs once, now, in this process.
 * @throws CaudalError what `flow.run` throws
 */
export async function runFlow<G, R>(flow: Flow<G, R>, options: TestRunOptions<G> = {}): Promise<FlowRun<R>> {
  const { clock, parameters, ...settings } = options;
  const given = parameters as Readonly<Record<string, unknown>> | undefined;
  return flowRunOf<R>(
    await runProgram(flow.program, { ...settings, parameters: given }, { ports: clock && { clock } }),
  );
}
