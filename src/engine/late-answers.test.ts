/** Answers of the user's code name the question they are about: late and repeated ones change nothing. */
import { describe, expect, test } from "vitest";
import { graphOf } from "../../test/support/graphs.ts";
import { returned, World } from "../../test/support/world.ts";
import type { Command } from "./command.ts";
import { snapshot } from "./snapshot.ts";

const asked = <T extends Command["type"]>(world: World, type: T) =>
  world.commands.filter((command): command is Extract<Command, { readonly type: T }> => command.type === type);

describe("an answer of handlers", () => {
  test("about a step that was taken already does not answer the next one", () => {
    const rules = { asksHandlers: true, cacheForMs: 1_000 };
    const world = new World(graphOf([{ name: "load", rules }]), () => returned("rows"));
    while (asked(world, "AskHandlers").every(({ to }) => to.type !== "Success")) world.answer(0);
    const { question } = asked(world, "AskHandlers").at(-1)!;
    world.answerFor("load");
    const before = snapshot(world.run);

    const state = { type: "Skipped", result: null } as const;
    const late = { slot: 0, question, state, failed: false, retry: { allowed: false, inMs: 0 }, at: world.now };
    const commands = world.send({ type: "HandlersAnswered", ...late });

    expect(asked(world, "AskHandlers").at(-1)).toMatchObject({ to: { type: "Cached" } });
    expect(commands).toEqual([]);
    expect(snapshot(world.run)).toEqual(before);
  });
});

describe("an answer of a custom trigger", () => {
  test("to another question than the open one changes nothing", () => {
    const world = new World(graphOf([{ name: "load", rules: { trigger: { kind: "custom" } } }]));
    world.answerFor("flow");
    const { question } = asked(world, "AskTrigger")[0]!;
    const before = snapshot(world.run);

    const answer = { kind: "said", run: false } as const;
    world.send({ type: "TriggerAnswered", slot: 0, question: question + 1, answer, at: 0 });

    expect(snapshot(world.run)).toEqual(before);
    expect(world.toTheEnd().state("load").type).toBe("Success");
  });
});
