/** Runs with values that are not kept, in one process after the other, as where every answer of a person starts one. */
import { expect, test } from "vitest";
import { fakeRandom } from "../../../test/support/fake-random.ts";
import { recordingLogger } from "../../../test/support/recording-logger.ts";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { sqliteStore } from "../../flow/sqlite-store.ts";
import { approval, context, filter, flow, mapEach, signals, task } from "../../index.ts";
import type { Program } from "../../ports/program.ts";
import type { Ask, Store } from "../../ports/store.ts";
import type { FinishedRun } from "../finished-run.ts";
import { runProgram } from "../run.ts";
import { markProgram } from "./mark.ts";
import { resumeProgram } from "./resume.ts";
import { retryProgram } from "./retry.ts";

cleanStoreFolders();

interface Flow {
  readonly program: Program;
}

/** A store's file, and processes on it one after the other: the first begins a run, each next one hears an answer first. */
function processes() {
  const path = storeFolder();
  const ports = { clock: virtualClock(), logger: recordingLogger(), random: fakeRandom() };
  const inProcess = async <T>(act: (store: Store) => Promise<T>): Promise<T> => {
    const store = await sqliteStore({ path });
    try {
      return await act(store);
    } finally {
      await store.close();
    }
  };
  const run = ({ program }: Flow) => inProcess((store) => runProgram(program, { store }, { ports }));
  const answer = ({ program }: Flow, { id }: FinishedRun, ...asks: readonly Ask[]) =>
    inProcess(async (store) => {
      for (const ask of asks) await store.post({ runId: id, ask, by: "ana", at: 1 });
      return resumeProgram(program, id, { store }, { ports });
    });
  const retry = ({ program }: Flow, { id }: FinishedRun) =>
    inProcess((store) => retryProgram(program, id, { store }, { ports }));
  const mark = ({ program }: Flow, { id }: FinishedRun, name: string, value: unknown) =>
    inProcess((store) => {
      const word = { task: name, as: "Success", why: "more came", by: "ana", from: "script", value } as const;
      return markProgram(program, id, word, { store }, { ports });
    });
  const rows = ({ id }: FinishedRun) => inProcess(async (store) => store.readTaskRuns(id));
  return { run, answer, retry, mark, rows };
}

const yes = (name: string, input?: unknown): Ask => ({ kind: "approve", task: name, input });
const no = (name: string): Ask => ({ kind: "reject", task: name, why: "too old" });

/** Notes what is called with what; the connections and the copies made through them live in their process only. */
function copies() {
  const calls: string[] = [];
  const connect = task({ name: "connect", result: "none" }, (host: string) => {
    calls.push(`connect ${host}`);
    return { host, send: () => host };
  });
  const copy = task({ name: "copy", result: "none" }, (to: { readonly host: string }) => {
    const { resumed } = context();
    if (resumed === undefined) throw signals.pause(`copy to ${to.host}?`);
    calls.push(`copy to ${to.host}: ${String(resumed.input)}`);
    return { to: to.host, said: resumed.input };
  });
  const check = task(
    "check",
    ({ to, said }: { readonly to: string; readonly said: unknown }) => `${to} ${String(said)}`,
  );
  return { calls, connect, copy, check };
}

test("a person is asked once for each child, however many processes the run has, and it ends", async () => {
  const { run, answer } = processes();
  const { calls, connect, copy, check } = copies();
  const made = flow("copies", () => mapEach(connect.map(["a", "b"]), (to) => check(copy(to))));

  const asked = await run(made);
  const half = await answer(made, asked, yes("copy[1]", "now"));
  calls.length = 0;
  const whole = await answer(made, half, yes("copy[0]", "later"));

  expect([asked.state.type, half.state.type]).toEqual(["Paused", "Paused"]);
  expect(whole.state).toMatchObject({ type: "Success", result: ["a later", "b now"] });
  expect(calls).toEqual(["connect a", "copy to a: later"]);
});

test("who let a task go on is not asked again where it runs again for its value only", async () => {
  const { run, answer } = processes();
  const { calls, connect, copy, check } = copies();
  const made = flow("copies", () => {
    const both = copy.map(connect.map(["a", "b"]));
    return task("sum", (_: boolean, all: readonly { readonly said: unknown }[]) => all.map(({ said }) => said))(
      approval("release?")(check.map(both)),
      both,
    );
  });

  const asked = await run(made);
  const copied = await answer(made, asked, yes("copy[0]", "now"), yes("copy[1]", "later"));
  calls.length = 0;
  const released = await answer(made, copied, yes("release?"));

  expect([asked.state.type, copied.state.type]).toEqual(["Paused", "Paused"]);
  expect(released.state).toMatchObject({ type: "Success", result: ["now", "later"] });
  expect(calls).toEqual(["connect a", "connect b", "copy to a: now", "copy to b: later"]);
});

test("what was refused of a child stays refused, though the list it came from is made again", async () => {
  const { run, answer } = processes();
  const { calls, copy } = copies();
  const list = task({ name: "list", result: "none" }, () => ["a", "b", "c"].map((host) => ({ host })));
  const count = task({ name: "count", trigger: "all_finished" }, (all: readonly object[]) => all.length);
  const made = flow("copies", () => count(copy.map(list())));

  const asked = await run(made);
  const refused = await answer(made, asked, no("copy[0]"), yes("copy[1]", "now"));
  const ended = await answer(made, refused, yes("copy[2]", "later"));

  expect([asked.state.type, refused.state.type]).toEqual(["Paused", "Paused"]);
  expect(ended.state).toMatchObject({ type: "Success", result: 3 });
  expect(calls).toEqual(["copy to b: now", "copy to b: now", "copy to c: later"]);
});

test("a list that a person gives anew has its children decided anew, whatever of the old ones was to run again", async () => {
  const { run, mark, rows } = processes();
  const { calls, connect } = copies();
  const list = task("list", () => ["a", "b"]);
  const sum = task("sum", (all: readonly { readonly host: string }[]) => {
    if (all.length === 2) throw signals.pause("only two?");
    return all.map(({ host }) => host);
  });
  const made = flow("sums", () => sum(connect.map(list())));

  const asked = await run(made);
  calls.length = 0;
  const marked = await mark(made, asked, "list", ["x", "y", "z"]);

  expect(asked.state.type).toBe("Paused");
  expect(marked.state).toMatchObject({ type: "Success", result: ["x", "y", "z"] });
  expect(calls).toEqual(["connect x", "connect y", "connect z"]);
  expect((await rows(marked)).map(({ child }) => child)).toEqual([undefined, undefined, undefined, 0, 1, 2]);
});

test("what failed runs again with values that came through control nodes from ones that are not kept", async () => {
  const { run, retry } = processes();
  const mended = { is: false };
  const calls: string[] = [];
  const connect = task({ name: "connect", result: "none" }, (host: string) => {
    calls.push(`connect ${host}`);
    return { host, send: () => host };
  });
  const send = task("send", (all: readonly { readonly send: () => string }[]) => {
    if (!mended.is) throw new Error("broken");
    return all.map((each) => each.send());
  });
  const made = flow("sends", () => send(filter(connect.map(["a", "b"]))));

  const failed = await run(made);
  mended.is = true;
  calls.length = 0;
  const again = await retry(made, failed);

  expect(failed.state.type).toBe("Failed");
  expect(again.state).toMatchObject({ type: "Success", result: ["a", "b"] });
  expect(calls).toEqual(["connect a", "connect b"]);
});
