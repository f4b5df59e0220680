/** How an approval is written, refused, drawn and explained. */
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { approval, flow, task } from "../index.ts";
import { pictureOf } from "../render/picture.ts";
import { terminalText } from "../render/terminal.ts";

const QUESTION = "release to production?";
const ship = task("ship", (_: unknown) => "shipped");

describe("an approval", () => {
  test("is a task called by its question, which says in the graph what it asks", () => {
    const made = flow("release", () => approval(QUESTION, { timeout: "2h" })());

    expect(made.graph.nodes[0]).toMatchObject({ name: QUESTION, kind: "task" });
    expect(made.graph.tasks[0]).toMatchObject({
      timeoutMs: undefined,
      approval: { question: QUESTION, timeoutMs: 7_200_000, input: undefined },
    });
    expect(JSON.parse(JSON.stringify(made))).toMatchObject({ tasks: [{ approval: { question: QUESTION } }] });
  });

  test("has the JSON Schema of its input in the graph", () => {
    const gate = approval(QUESTION, { name: "gate", input: z.object({ version: z.string() }) });

    const { tasks } = flow("release", () => gate()).graph;

    expect(tasks[0]).toMatchObject({
      name: "gate",
      approval: { input: { properties: { version: { type: "string" } } } },
    });
  });

  test("takes nothing from taskDefaults that is about bodies", () => {
    const taskDefaults = { retries: 3, timeout: "1s", cacheFor: "1d", limits: ["db"], tags: ["nightly"] } as const;

    const { tasks } = flow({ name: "release", taskDefaults }, () => approval(QUESTION)()).graph;

    expect(tasks[0]).toMatchObject({ retries: 0, cacheForMs: undefined, limits: [], tags: ["nightly"] });
    expect(tasks[0]?.approval?.timeoutMs).toBeUndefined();
  });

  test("can be given other options", () => {
    const gate = approval(QUESTION).with({ timeout: "1d", trigger: "all_finished" });

    const { tasks } = flow("release", () => gate()).graph;

    expect(tasks[0]).toMatchObject({ trigger: { kind: "all_finished" }, approval: { timeoutMs: 86_400_000 } });
  });

  test.each([
    ["without a question", () => approval("  "), "its question comes first"],
    ["with an option of a body", () => approval(QUESTION, { retries: 1 } as object), "'retries' is no option"],
    ["with such an option later", () => approval(QUESTION).with({ cacheFor: "1d" }), "'cacheFor' is no option"],
    ["whose question is no name", () => approval("a/b or c?"), "its question cannot be its name (it has a slash"],
    ["with a name that is none", () => approval(QUESTION, { name: "a/b" }), "NAME_INVALID"],
    ["called outside a flow", () => approval(QUESTION)(), "TASK_OUTSIDE_FLOW"],
  ])("%s is refused", (_, make, says) => {
    expect(() => {
      try {
        make();
      } catch (error) {
        throw new Error(`${(error as { code: string }).code}: ${(error as Error).message}`);
      }
    }).toThrow(says);
  });

  test("with a name may have any question", () => {
    expect(() => approval("a/b or c?", { name: "choice" })).not.toThrow();
  });

  test("is drawn as a step that a person takes", () => {
    const made = flow("release", () => ship(approval(QUESTION)()));

    expect(terminalText(pictureOf(made.graph))).toContain(`${QUESTION} (approval)`);
  });

  test("is explained as one", () => {
    const made = flow("release", () => ship(approval(QUESTION, { timeout: "2h" })()));

    expect(made.explain()).toContain(`${QUESTION}-1 asks at once; a person decides: "${QUESTION}", within 2h`);
  });
});
