/** The seam of decisions: by name or slot, checked, as one event; refused with a code, and nothing changed. */
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { returned, World } from "../../../test/support/world.ts";
import type { StandardSchema } from "../../flow/parameters/standard-schema.ts";
import { approval, flow, task } from "../../index.ts";
import { decisionName, type DecisionOrder, eventOfDecision, waitingSlots } from "./decide.ts";
import type { DriverParts } from "../driver-parts.ts";

const YES = { kind: "approved", input: undefined } as const;
const send = approval("send it?");
const sized = approval("how many?", { input: z.object({ size: z.string().transform(Number) }) });
const hangs: StandardSchema = {
  "~standard": { version: 1, vendor: "test", validate: () => new Promise(() => undefined) },
};
const count = task("count", () => 1);

const made = flow("letters", () => {
  count();
  send();
  send();
  sized();
  approval("each?").map(["a", "b"]);
  approval("hangs?", { input: hangs })();
});

/** The run, with all of its people waiting. */
function waiting() {
  const world = new World(made.graph, () => returned(1)).toTheEnd();
  const clock = virtualClock();
  const parts = { run: world.run, program: made.program, clock } as unknown as DriverParts;
  const decide = (order: DecisionOrder) => eventOfDecision(parts, order);
  return { world, clock, decide };
}

describe("a decision", () => {
  test("names its task run by slug, by name where that is enough, or by slot", async () => {
    const { world, decide } = waiting();
    const slots = async (task: string | number) => (await decide({ task, decision: YES })) as { slot: number };

    const named = waitingSlots(world.run).filter(
      (slot) => decisionName(world.run, slot) !== "how many?" && decisionName(world.run, slot) !== "hangs?",
    );

    expect(named.map((slot) => decisionName(world.run, slot))).toEqual([
      "send it?-1",
      "send it?-2",
      "each?[0]",
      "each?[1]",
    ]);
    for (const slot of named) {
      expect(await slots(decisionName(world.run, slot))).toMatchObject({ slot });
      expect(await slots(slot)).toMatchObject({ slot });
    }
  });

  test("carries who, when, and the input as its schema made it", async () => {
    const { decide } = waiting();
    const decision = { kind: "approved", input: { size: "3" } } as const;

    expect(await decide({ task: "how many?", decision, by: "ana", at: 7 })).toEqual({
      type: "Decided",
      slot: expect.any(Number),
      decision: { kind: "approved", input: { size: 3 } },
      by: "ana",
      at: 7,
    });
  });

  test("is made now, where it does not say when", async () => {
    const { clock, decide } = waiting();

    expect(await decide({ task: "send it?-1", decision: { kind: "rejected", why: "no" } })).toMatchObject({
      at: clock.now(),
      by: undefined,
    });
  });

  test.each<readonly [string, DecisionOrder, object]>([
    ["for a task that is not there", { task: "sent it?", decision: YES }, { code: "TASK_UNKNOWN" }],
    ["for one of several", { task: "send it?", decision: YES }, { code: "TASK_AMBIGUOUS" }],
    ["for a child that is not there", { task: "each?[2]", decision: YES }, { code: "TASK_UNKNOWN" }],
    [
      "for a task that waits for nobody",
      { task: "count", decision: YES },
      { code: "TASK_NOT_WAITING", data: { task: "count", state: "Success" } },
    ],
    ["without the input it wants", { task: "how many?", decision: YES }, { code: "APPROVAL_INPUT" }],
    [
      "with an input nobody asked for",
      { task: "send it?-1", decision: { kind: "approved", input: 1 } },
      { code: "APPROVAL_INPUT" },
    ],
  ])("%s is refused", async (_, order, error) => {
    await expect(waiting().decide(order)).rejects.toMatchObject(error);
  });

  test("whose schema never answers is refused in the time that handlers have, so that nothing waits behind it", async () => {
    const { clock, decide } = waiting();
    const decision = { kind: "approved", input: 1 } as const;

    await expect(decide({ task: "hangs?", decision })).rejects.toMatchObject({
      code: "APPROVAL_INPUT",
      data: { complaints: ["its schema did not answer within 30s"] },
    });
    expect([clock.elapsed(), clock.pending()]).toEqual([30_000, 0]);
  });
});
