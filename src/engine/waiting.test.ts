/** What waits, and what may end the wait: timers, people, a process that stops, a cancel that comes first. */
import { describe, expect, test } from "vitest";
import { graphOf } from "../../test/support/graphs.ts";
import { threw, World } from "../../test/support/world.ts";
import type { TaskRules } from "../graph/graph.ts";

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

describe("a task run that waits for an entry its own run is to fill", () => {
  const cached = { cacheForMs: 1_000 };
  const manual = { trigger: { kind: "manual_only" } } as const;
  /** `fill` has just ended, `gate` waits for a person; `reader` has not heard yet that the entry claimed for `by` is free. */
  const filled = (gate: Partial<TaskRules>, by: "fill" | "gate") => {
    const rules = { fill: cached, reader: cached, gate: { ...manual, ...gate } };
    const world = new World(graphOf(Object.entries(rules).map(([name, rule]) => ({ name, rules: rule }))));
    world.answerFor("flow");
    const wait = { kind: "wait", runId: "run", slot: world.slot(by) } as const;
    world.send({ type: "CacheAnswered", slot: world.slot("reader"), answer: wait, at: 0 });
    while (world.owedAbout().some((name) => name !== "reader" && name !== "flow"))
      world.answerFor(world.owedAbout().find((name) => name !== "reader" && name !== "flow")!);
    expect(world.types()).toEqual({ fill: "Cached", reader: "Queued", gate: "Paused" });
    return world;
  };
  const released = (world: World) => {
    world.send({ type: "CacheReleased", slot: world.slot("reader"), at: 1 });
    world.answerFor("reader");
  };

  test("does not wait for a person who has to do with another task run only", () => {
    const world = filled({}, "fill");
    expect(world.owedAbout()).not.toContain("flow");

    released(world);

    expect(world.toTheEnd().types()).toMatchObject({ reader: "Cached", gate: "Paused" });
    expect(world.finished).toEqual({ type: "Paused" });
  });

  test("has its run go on where that was Paused already", () => {
    const world = filled(cached, "gate");
    world.answerFor("flow");
    expect(world.run.flow).toEqual({ type: "Paused" });

    released(world);

    expect([world.types().reader, world.run.flow.type]).toEqual(["Running", "Running"]);
    expect(world.toTheEnd().run.flow).toEqual({ type: "Paused" });
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
