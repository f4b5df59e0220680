/** `taskRunName`: what single task runs are called in log lines and views. */
import { describe, expect, test } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { flow, task, type TaskOptions } from "../../index.ts";

async function named(taskRunName: NonNullable<TaskOptions["taskRunName"]>) {
  const on = stage();
  const load = task({ name: "load", taskRunName, retries: 1 }, (city: string) => city);
  const run = await on.run(flow({ name: "cities", parameters: { year: 2026 } }, () => load.map(["Quito", "Tromsø"])));
  const names = [0, 1].map((child) => run.task("load").child(child).runName);
  return { names, lines: on.logger.records.map(({ message }) => message), run };
}

describe("taskRunName", () => {
  test("as text is filled in with arguments, parameters and the like", async () => {
    const { names, lines } = await named("{taskName} {city} {year} ({mapIndex})");

    expect(names).toEqual(["load Quito 2026 (0)", "load Tromsø 2026 (1)"]);
    expect(lines).toContain("Task 'load Quito 2026 (0)': Starting task run...");
    expect(lines).toContain("Task 'load Quito 2026 (0)': Finished task run for task with final state: 'Success'");
  });

  test("as a function is called with the arguments, once per task run", async () => {
    const calls: unknown[] = [];
    const { names } = await named((args) => `load ${String(calls.push(args) && args[0])}`);

    expect(names).toEqual(["load Quito", "load Tromsø"]);
    expect(calls).toEqual([["Quito"], ["Tromsø"]]);
  });

  test("that does not tell children apart has their index behind it", async () => {
    expect((await named("a city")).names).toEqual(["a city[0]", "a city[1]"]);
  });

  test.each<readonly [string, NonNullable<TaskOptions["taskRunName"]>, string]>([
    ["throws", () => raise(new Error("no name today")), "no name today"],
    ["gives no text", (() => 7) as unknown as () => string, "it gave no text"],
    ["names what is not there", "{town}", "{town}: there is no such argument or parameter"],
  ])("that %s falls back to the task's name, with one warning", async (_, taskRunName, why) => {
    const { names, lines, run } = await named(taskRunName);

    expect([names, run.state.type]).toEqual([["load[0]", "load[1]"], "Success"]);
    expect(lines.filter((line) => line.includes("taskRunName failed"))).toEqual([
      `Task 'load[0]': taskRunName failed, so the task's name is shown: ${why}`,
    ]);
  });

  test("leaves alone how a task is found, and tasks that did not begin", async () => {
    const on = stage();
    const skipped = task({ name: "skipped", trigger: "all_failed", taskRunName: "never" }, (_: unknown) => 1);
    const run = await on.run(flow("names", () => skipped(task({ name: "first", taskRunName: "1st" }, () => 1)())));

    expect(["first", "skipped"].map((name) => [run.task(name).name, run.task(name).runName])).toEqual([
      ["first", "1st"],
      ["skipped", "skipped"],
    ]);
  });
});

function raise(thrown: unknown): never {
  throw thrown;
}
