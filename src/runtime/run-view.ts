/** A run as the façade sees it (`FinishedRun`), read from the engine's tables. */
import { isoUtc, type Instant } from "../base/time.ts";
import { assert } from "../base/assert.ts";
import { explain } from "../engine/explain.ts";
import type { Run } from "../engine/run.ts";
import { stateOf } from "../engine/state-of.ts";
import { story, timesOf } from "../engine/story.ts";
import { gather } from "../engine/values.ts";
import type { Program } from "../ports/program.ts";
import type { FlowState } from "../state/task-state.ts";
import type { FinishedRun } from "./finished-run.ts";

export interface ViewParts {
  readonly program: Program;
  readonly run: Run;
  readonly name: string;
  /** What a task run is called. */
  readonly nameOf: (slot: number) => string;
  readonly state: FlowState;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

export function viewOf({ program, run, name, nameOf, state, startedAt, endedAt }: ViewParts): FinishedRun {
  let times: ReturnType<typeof timesOf> | undefined;
  const slotOf = (node: number, child: number | undefined): number => {
    if (child === undefined) return node;
    assert(child >= 0 && child < run.childCount[node]!, `child ${child} is one of ${run.childCount[node]!}`);
    return run.childBase[node]! + child;
  };
  const known = (at: number | undefined) => (at === undefined || Number.isNaN(at) ? undefined : at);
  return {
    id: run.id,
    name,
    program,
    parameters: run.parameters,
    startedAt,
    endedAt,
    state,
    runName: (node, child) => nameOf(slotOf(node, child)),
    taskState: (node, child) => stateOf(run, slotOf(node, child)),
    childCount: (node) => (run.childBase[node]! > 0 ? run.childCount[node]! : 0),
    attempts: (node, child) => run.attempt[slotOf(node, child)]!,
    times: (node, child) => {
      times ??= timesOf(run);
      const slot = slotOf(node, child);
      return { startedAt: known(times.startedAt[slot]), endedAt: known(times.endedAt[slot]) };
    },
    inputs: (node, child) => gather(run, slotOf(node, child)),
    explain: (node, child) => explain(run, slotOf(node, child)),
    story: (node, child) => story(run, slotOf(node, child)).map(({ at, from, to }) => `${isoUtc(at)} ${from} → ${to}`),
  };
}
