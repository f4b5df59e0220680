/** Which task runs of an ended run go back to Pending when what failed is to run again. */
import { describe, expect, test } from "vitest";
import { graphOf, type NodeSketch } from "../../test/support/graphs.ts";
import { returned, threw, World } from "../../test/support/world.ts";
import type { KeptTaskRun } from "./recover.ts";
import type { TaskState } from "../state/task-state.ts";
import { childIndex, taskRunName } from "./run.ts";
import { setBackFailed } from "./run-again.ts";
import { stateOf } from "./state-of.ts";

/** The rows a run of these leaves, in which the named ones failed. */
function ended(sketches: readonly NodeSketch[], failing: readonly string[], results: Record<string, unknown> = {}) {
  const world = new World(graphOf(sketches), (name) =>
    failing.includes(name) ? threw("broken") : returned(results[name] ?? name),
  ).toTheEnd();
  const { run } = world;
  const rows = Array.from({ length: run.slots }, (_, slot): KeptTaskRun => {
    const node = run.owner[slot]!;
    const state = stateOf(run, slot);
    const childBase = state.type === "Mapped" ? run.childBase[slot] : undefined;
    const child = childIndex(run, slot);
    return { slot, node, child, attempt: run.attempt[slot]!, state, childBase, counters: undefined, value: "kept" };
  });
  const names = (slots: readonly number[]) => slots.map((slot) => taskRunName(run, slot));
  return { plan: world.plan, rows, names };
}

const CHAIN: readonly NodeSketch[] = [
  { name: "extract" },
  { name: "load", of: ["extract"] },
  { name: "report", of: ["load"] },
  { name: "count", of: ["extract"] },
];

const MAPPED: readonly NodeSketch[] = [
  { name: "list" },
  { name: "parse", of: ["each list"], mapped: true },
  { name: "store", of: ["each parse"], mapped: true },
  { name: "sum", of: ["store"] },
];
const LIST = { list: ["a", "b", "c"] };

describe("what runs again", () => {
  test("is what failed and what follows from it, as a new generation", () => {
    const { plan, rows, names } = ended(CHAIN, ["load"]);

    const back = setBackFailed(plan, rows);

    expect(names(back.again)).toEqual(["load", "report"]);
    expect(back.rows[1]).toMatchObject({
      attempt: 1,
      state: { type: "Pending", reason: { code: "run-again" } },
      counters: { generation: 2, failures: 0 },
    });
    expect([back.rows[0], back.rows[3]]).toEqual([rows[0], rows[3]]);
  });

  test("is nothing where nothing failed", () => {
    const { plan, rows } = ended(CHAIN, []);

    expect(setBackFailed(plan, rows)).toEqual({ rows, again: [], removed: [], nodes: [] });
  });

  test("includes what ran because of the failure", () => {
    const alert: NodeSketch = { name: "alert", of: ["load"], rules: { trigger: { kind: "any_failed" } } };
    const { plan, rows, names } = ended([...CHAIN, alert], ["load"]);

    expect(names(setBackFailed(plan, rows).again)).toEqual(["load", "report", "alert"]);
  });

  test("includes what is not known yet: a task that is new in the flow, and what follows from it", () => {
    const { plan, rows, names } = ended(CHAIN, []);

    const back = setBackFailed(
      plan,
      rows.filter((row) => row.slot !== 1),
    );

    expect(names(back.nodes)).toEqual(["load", "report"]);
    expect(names(back.again)).toEqual(["report"]);
  });

  test("are the failed children, their siblings, and what takes all of them", () => {
    const { plan, rows, names } = ended(MAPPED, ["parse[1]"], LIST);

    const back = setBackFailed(plan, rows);

    expect(names(back.again)).toEqual(["sum", "parse[1]", "store[1]"]);
    expect(back.removed).toEqual([]);
  });

  test("are all children where the list they are made from comes again", () => {
    const { plan, rows, names } = ended(MAPPED, [], LIST);
    const cancelled: TaskState = { type: "Cancelled" };

    const back = setBackFailed(
      plan,
      rows.map((row) => (row.slot === 0 ? { ...row, state: cancelled } : row)),
    );

    expect(names(back.again)).toEqual(["list", "parse", "store", "sum"]);
    expect(back.removed).toHaveLength(6);
  });
});
