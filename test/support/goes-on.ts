/** A run that goes on from rows that were kept, for tests of the engine: what starts at once, and what after that. */
import { advance } from "../../src/engine/advance.ts";
import { checkRun } from "../../src/engine/check-run.ts";
import type { Command } from "../../src/engine/command.ts";
import type { RunEvent } from "../../src/engine/event.ts";
import { makePlan } from "../../src/engine/plan.ts";
import { type KeptTaskRun, rebuild } from "../../src/engine/recover.ts";
import { isDropped, type Run, typeOf } from "../../src/engine/run.ts";
import { stateOf } from "../../src/engine/state-of.ts";
import { story } from "../../src/engine/story.ts";
import { gather } from "../../src/engine/values.ts";
import { KeptRows } from "../../src/runtime/kept/kept-rows.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { TaskState } from "../../src/state/task-state.ts";
import { graphOf, type NodeSketch } from "./graphs.ts";

export const row = (slot: number, state: TaskState, more: Partial<KeptTaskRun> = {}): KeptTaskRun => ({
  ...{ slot, node: slot, attempt: 1, state, childBase: undefined, counters: undefined, value: "kept" },
  ...more,
});
export const success = { type: "Success", result: "value" } as const satisfies TaskState;
export const running = { type: "Running", attempt: 1 } as const satisfies TaskState;
export const notKept = { value: "not-kept" } as const;
export const none = { rules: { keepsResult: false } } as const;

/** A run that goes on from these rows at 100. A body that ends gives a list of two, if nothing else is said. */
export function goesOn(sketches: readonly NodeSketch[], taskRuns: readonly KeptTaskRun[]) {
  const facts = { id: "run", parameters: {}, flow: { type: "Running", attempt: 1 }, taskRuns } as const;
  const { run, again } = rebuild(makePlan(graphOf(sketches)), facts, 99);
  const send = (event: RunEvent): readonly Command[] => {
    const commands: Command[] = [];
    advance(run, event, commands);
    checkRun(run);
    return commands;
  };
  const started = (commands: readonly Command[]) =>
    commands.flatMap((command) => (command.type === "StartAttempt" ? [command.slot] : []));
  const ends = (slot: number, at: number, value: unknown = ["a", "b"]) =>
    started(
      send({
        type: "AttemptSettled",
        ...{ slot, attempt: run.attempt[slot]!, outcome: { kind: "returned", value }, at },
      }),
    );
  const first = started(send({ type: "RunRecovered", again, at: 100 }));
  const steps = (slot: number) => story(run, slot).map(({ from, to }) => `${from} → ${to}`);
  const type = (slot: number) => typeOf(run, slot);
  const value = (slot: number) => run.value[slot];
  return {
    run,
    first,
    ends,
    steps,
    type,
    value,
    started,
    send,
    state: (slot: number) => stateOf(run, slot),
    gather: (slot: number) => gather(run, slot),
  };
}

/** As a store would have them, were they kept now. */
export function rowsOf(run: Run): readonly KeptTaskRun[] {
  const rows = new KeptRows({ run, store: memoryStore(), clock: { now: () => 0 } }, () => undefined);
  const slots = Array.from({ length: run.slots }, (_, slot) => slot).filter(
    (slot) => !isDropped(run, slot) && (typeOf(run, slot) !== "Pending" || run.counters.has(slot)),
  );
  return slots.map((slot) => rows.of(slot));
}
