/** G2, I26: real processes that are killed between a commit and the call of a listener, and the ones that come after. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { childProgram, endChildren, startChild } from "../support/child-program.ts";
import { cleanStoreFolders, storeFolder } from "../support/store-folder.ts";

cleanStoreFolders();
endChildren();

const effectsFile = (folder: string) => join(dirname(folder), "effects.txt");

/** What listeners did to the world, line by line. */
function effectsOf(folder: string): readonly string[] {
  return readFileSync(effectsFile(folder), { encoding: "utf8", flag: "a+" })
    .split("\n")
    .filter((line) => line !== "");
}

/** A program of these flows, whose listeners call `tell`; the first time it is of `dies`, the process is killed before its effect. */
function program(folder: string, { dies, act }: { readonly dies: string; readonly act: string }): string {
  return childProgram(
    folder,
    `import { appendFileSync } from "node:fs";
    import { every, flow, isFailed, task } from "./src/index.ts";
    import { resumeProgram } from "./src/runtime/kept/resume.ts";
    import { runProgramOnSchedule } from "./src/runtime/run-on-schedule.ts";
    import { runProgram } from "./src/runtime/run.ts";
    import { SqliteStore } from "./src/store/sqlite/sqlite-store.ts";
    const store = new SqliteStore(process.argv[2]);
    const tell = (what, info) => {
      if (what.startsWith(${JSON.stringify(dies)})) process.kill(process.pid, "SIGKILL");
      console.log("telling " + what);
      appendFileSync(${JSON.stringify(effectsFile(folder))}, what + (info.replayed ? " again" : "") + "\\n");
    };
    const load = task(
      { name: "load", onFailure: (task, state, info) => tell(task.name + ": " + state.error.message, info) },
      () => { throw new Error("no table"); },
    );
    const report = task({ name: "report", trigger: "all_finished" }, (_) => "reported");
    const late = task(
      { name: "late", onFailure: async (task, state, info) => {
        await new Promise((resolve) => setImmediate(resolve));
        tell(task.name + ": " + state.error.message, info);
      } },
      () => { throw new Error("too late"); },
    );
    const alerts = flow("alerts", () => void report(load()));
    const asynchronous = flow("asynchronous", () => void late());
    const states = flow(
      { name: "states", onStateChange: (flow, from, to, info) => tell(from.type + " to " + to.type, info) },
      () => void report(1),
    );
    const ticking = flow(
      { name: "ticking", schedule: every("1s"), onFailure: (flow, state, info) => tell("tick failed", info) },
      () => void load(),
    );
    const { program } = { alerts, asynchronous, states, ticking }[${JSON.stringify(act.split(" ")[0])}];
    const act = ${JSON.stringify(act.split(" ")[1])};
    if (act === "run") await runProgram(program, { store });
    if (act === "resume") await resumeProgram(program, "last", { store });
    if (act === "schedule") await runProgramOnSchedule(program, { store, runs: 1 });
    store.close();`,
  );
}

const inProcess = (folder: string, act: string, dies = "nobody") =>
  startChild(program(folder, { dies, act }), folder).ended;

describe("a process that is killed in a listener", () => {
  test("of a failed task: whoever goes on with the run tells it, before anything else", async () => {
    const folder = storeFolder();
    const first = await inProcess(folder, "alerts run", "load");
    expect([first.signal, effectsOf(folder)]).toEqual(["SIGKILL", []]);

    const second = await inProcess(folder, "alerts resume");

    expect(second.code).toBe(0);
    expect(effectsOf(folder)).toEqual(["load: no table again"]);
    expect(second.said.indexOf("telling load")).toBeLessThan(second.said.indexOf("'report': Starting"));
  });

  test("of the last step of a run: the next run of its flow tells it, and the one after that does not", async () => {
    const folder = storeFolder();
    const first = await inProcess(folder, "states run", "Running to");
    expect([first.signal, effectsOf(folder)]).toEqual(["SIGKILL", ["Pending to Running"]]);

    await inProcess(folder, "states run");
    const told = effectsOf(folder);
    await inProcess(folder, "states run");

    const own = ["Pending to Running", "Running to Success"];
    expect([...told].sort()).toEqual(["Pending to Running", ...own, "Running to Success again"].sort());
    expect(effectsOf(folder)).toEqual([...told, ...own]);
  });

  test("of a run of a schedule: whoever follows the schedule next tells it first", async () => {
    const folder = storeFolder();
    const first = await inProcess(folder, "ticking schedule", "tick failed");
    expect([first.signal, effectsOf(folder)]).toEqual(["SIGKILL", ["load: no table"]]);

    await inProcess(folder, "ticking schedule");

    expect(effectsOf(folder)).toEqual([
      "load: no table",
      "load: no table again", // of the same commit: it may have been told, and was
      "tick failed again",
      "load: no table",
      "tick failed",
    ]);
  });

  test("that takes its time: it counts as told when it has ended", async () => {
    const folder = storeFolder();
    const first = await inProcess(folder, "asynchronous run", "late");
    expect([first.signal, effectsOf(folder)]).toEqual(["SIGKILL", []]);

    await inProcess(folder, "asynchronous run");

    expect([...effectsOf(folder)].sort()).toEqual(["late: too late", "late: too late again"]);
  });

  test("keeps what was printed when it was told with the run it is about", async () => {
    const folder = storeFolder();
    await inProcess(folder, "states run", "Running to");
    await inProcess(folder, "states run");

    const store = new SqliteStore(folder);
    const runs = store.listRuns({ limit: 9 }).toReversed();
    const lines = runs.map(({ id }) => store.readLogs(id).map(({ text, handler }) => [text, handler]));
    store.close();

    const both = [
      ["telling Pending to Running", true],
      ["telling Running to Success", true],
    ];
    expect(lines).toEqual([both, both]);
  });
});
