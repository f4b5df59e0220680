/** What waits, and what may end the wait: timers, people, a process that stops, a cancel that comes first. */
import { describe, expect, test } from "vitest";
import { graphOf } from "../../test/support/graphs.ts";
import { threw, World } from "../../test/support/world.ts";

const retrying = (retries: number) => graphOf([{ name: "load", rules: { retries } }]);

describe("a task run that waits for its next attempt", () => {
  test("is not woken by a timer of an earlier wait", () => {
    const world = new World(retrying(1), () => threw("broken", 1_000));
    world.answerFor("flow");
    world.answerFor("load");

    const commands = world.send({ type: "TimerFired", slot: 0, at: 999 });

    expect(commands).toEqual([]);
    expect(world.state("load")).toMatchObject({ type: "Retrying", startAt: 1_000 });
  });
});

describe("an attempt that fails while its process stops", () => {
  test("leaves the attempts that are left to whoever takes the run over", () => {
    const world = new World(retrying(1), () => threw("broken"));
    world.answerFor("flow");

    world.send({ type: "DrainRequested", at: 5 });
    world.toTheEnd();

    expect(world.state("load")).toMatchObject({ type: "Retrying", attempt: 2 });
    expect(world.finished).toMatchObject({ type: "Pending", reason: { code: "interrupted" } });
    expect(world.starts).toEqual(["load"]);
  });
});

describe("a cancel that comes before the run has begun", () => {
  test("ends it, with the cleanups of resources that were never opened", () => {
    const world = new World(
      graphOf([
        { name: "open", resource: "setup" },
        { name: "load", of: ["open"] },
        { name: "close", of: ["open"], after: ["load"], resource: "cleanup of open" },
        { name: "alone", resource: "setup" },
        { name: "close alone", of: ["alone"], resource: "cleanup of alone", rules: { asksHandlers: true } },
      ]),
    );

    world.send({ type: "CancelRequested", by: undefined, at: 1 });
    world.toTheEnd();

    expect(world.finished?.type).toBe("Cancelled");
    expect(world.state("close alone").type).toBe("Skipped");
  });
});
