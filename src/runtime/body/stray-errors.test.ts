/** F32, R30: errors that nobody catches, in processes of their own, where only Caudal and Node listen. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { childProgram, endChildren, startChild } from "../../../test/support/child-program.ts";

endChildren();

/**
 * Ends with what the run's tasks became, and how many listeners the process has, which is none but a monitor, which
 * changes nothing. Bodies wait for what their case is about: to be told to end, or for the error to have gone its way.
 */
const START = `
import { context, flow, task } from "./src/index.ts";
const turn = () => new Promise((done) => setImmediate(done));
const fails = async () => { await turn(); throw new Error("nobody waits for me"); };
const toldToEnd = () => new Promise((done) => context().signal.addEventListener("abort", () => done()));
const later = () => { let come; const comes = new Promise((done) => (come = done)); return [comes, come]; };
const end = async (made, options) => {
  const run = await made.run({ logLevel: "error", ...options });
  const names = ["uncaughtException", "uncaughtExceptionMonitor", "unhandledRejection"];
  const states = run.tasks.map(({ name, state, attempts }) => [name, state.type, state.error?.code, state.error?.cause?.message, attempts]);
  console.log(JSON.stringify({ flow: run.state.type, states, listeners: names.map((name) => process.listenerCount(name)) }));
};
`;

async function play(lines: string) {
  const folder = join(mkdtempSync(join(tmpdir(), "caudal-stray-")), "store");
  const { code, said } = await startChild(childProgram(folder, `${START}${lines}`), folder).ended;
  const last = said.split("\n").find((line) => line.startsWith('{"flow"'));
  return { code, said, ...(last === undefined ? {} : (JSON.parse(last) as object)) };
}

describe("what a body started and did not wait for", () => {
  test.each([
    ["a promise that is rejected", "void fails();"],
    ["a timer that throws", 'setTimeout(() => { throw new Error("nobody waits for me"); }, 1);'],
    ["a tick that throws", 'process.nextTick(() => { throw new Error("nobody waits for me"); });'],
  ])("%s fails its attempt, which is retried, and nothing else", async (_what, mistake) => {
    const ended = await play(`
const [isOver, over] = later();
const bad = task({ name: "bad", retries: 1 }, async () => { const { attempt } = context(); ${mistake} await toldToEnd(); if (attempt === 2) over(); });
const good = task("good", async () => { await isOver; await turn(); return 1; });
await end(flow("two", () => { bad(); good(); }));`);

    expect(ended).toMatchObject({
      ...{ flow: "Failed", listeners: [0, 1, 0] },
      states: [
        ["bad", "Failed", "TASK_UNHANDLED", "nobody waits for me", 2],
        ["good", "Success", null, null, 1],
      ],
    });
  });

  test("fails its attempt where an abort listener throws, after that is over in the log only", async () => {
    const ended = await play(`
const bad = task({ name: "bad", timeout: 20 }, async () => {
  context().signal.addEventListener("abort", () => { throw new Error("nobody waits for me"); });
  await toldToEnd();
  await turn();
});
await end(flow("one", () => { bad(); }));`);

    expect(ended).toMatchObject({ code: 1, states: [["bad", "TimedOut", "TASK_TIMEOUT", null, 1]] });
    expect(ended.said).toContain("ERROR - caudal.bad | After this attempt had ended");
  });

  test("changes nothing about an attempt that has ended: it is told, other tasks go on, and the process ends with 1", async () => {
    const ended = await play(`
const [hasEnded, ended] = later();
const onStateChange = (_task, _from, to) => { if (to.type === "Success") ended(); };
const early = task({ name: "early", onStateChange }, () => { void hasEnded.then(fails); return 1; });
const noticed = new Promise((done) => process.once("uncaughtExceptionMonitor", done));
const long = task("long", async () => { await noticed; await turn(); return 2; });
await end(flow("two", () => { early(); long(); }));`);

    expect(ended).toMatchObject({ code: 1, flow: "Success" });
    expect(ended.said).toMatch(
      /ERROR - caudal\.early \| After this attempt had ended, something that task 'early' had started was rejected, and nobody caught it: Error: nobody waits for me\nError: nobody waits for me\n +at/,
    );
  });

  test("is told, and nothing more, also when the run is over", async () => {
    const ended = await play(`
const [isOver, over] = later();
const early = task("early", () => { void isOver.then(fails); return 1; });
await end(flow("one", () => { early(); }));
over();
await new Promise((done) => process.once("uncaughtExceptionMonitor", done));
await turn();
console.log("it went on");`);

    expect(ended).toMatchObject({ code: 1, flow: "Success" });
    expect(ended.said).toMatch(/After this attempt had ended, something that task 'early' had started was rejected/);
    expect(ended.said).toContain("it went on");
  });

  test("is no news where it only says that the body was told to end, be that the end of the run, too", async () => {
    const ended = await play(`
import { setTimeout as wait } from "node:timers/promises";
const late = task({ name: "late", timeout: 20 }, async () => {
  const { signal } = context();
  void wait(60_000, undefined, { signal });
  void new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason)));
  await toldToEnd();
  await turn();
});
await end(flow("one", () => { late(); }));`);

    expect(ended).toMatchObject({ code: 0, states: [["late", "TimedOut", "TASK_TIMEOUT", null, 1]] });
    expect(ended.said).not.toMatch(/After this attempt|AbortError/);
  });

  test("fails its attempt also where the user's own code listens for rejections, which hears of it as ever", async () => {
    const ended = await play(`
process.on("unhandledRejection", (error) => console.log("heard", error.message));
const bad = task("bad", async () => { void fails(); await toldToEnd(); });
await end(flow("one", () => { bad(); }));`);

    expect(ended).toMatchObject({ states: [["bad", "Failed", "TASK_UNHANDLED", "nobody waits for me", 1]] });
    expect(ended.said).toContain("heard nobody waits for me");
    expect(ended).toMatchObject({ listeners: [0, 1, 1] });
  });
});

describe("an error of code outside of tasks, while a run is under way", () => {
  /** A body that never ends, and the moment from which on it is under way. */
  const LONG = `
const [isUnderWay, underWay] = later();
const never = () => { underWay(); return new Promise(() => undefined); };`;

  test.each([
    ["thrown", 'void isUnderWay.then(() => setTimeout(() => { throw new Error("my own"); }, 1));'],
    ["rejected", 'void (async () => { await isUnderWay; await turn(); throw new Error("my own"); })();'],
    [
      "rejected after those who listened have left",
      'const heard = () => {}; process.on("unhandledRejection", heard); void isUnderWay.then(turn).then(() => { process.off("unhandledRejection", heard); void Promise.reject(new Error("my own")); });',
    ],
  ])("ends the process as Node does: %s", async (_how, mistake) => {
    const ended = await play(`${LONG}
const long = task("long", never);
${mistake}
await end(flow("one", () => { long(); }));
console.log("it went on");`);

    expect(ended.code).toBe(1);
    expect(ended.said).toContain("Error: my own");
    expect(ended.said).not.toContain("it went on");
  });

  test("ends it where a handler started it", async () => {
    const ended = await play(`${LONG}
const handler = () => { void isUnderWay.then(() => setTimeout(() => { throw new Error("my own"); }, 1)); };
const long = task({ name: "long", stateHandlers: [handler] }, never);
await end(flow("one", () => { long(); }));`);

    expect(ended.code).toBe(1);
    expect(ended.said).toContain("Error: my own");
  });

  test("ends it where a handler of a flow called as a task started it: that is not the task's", async () => {
    const ended = await play(`${LONG}
const handler = () => { void isUnderWay.then(() => setTimeout(() => { throw new Error("my own"); }, 1)); };
const long = task({ name: "long", stateHandlers: [handler] }, never);
const inner = flow("inner", () => { long(); });
await end(flow("one", () => { inner.asTask()(); }));`);

    expect(ended.code).toBe(1);
    expect(ended.said).not.toContain('"flow"');
  });

  test("goes to the listener of the user's that is there, and nowhere else", async () => {
    const ended = await play(`
const [isUnderWay, underWay] = later();
const [isHeard, heard] = later();
process.on("uncaughtException", (error, origin) => { console.log("mine", error.message, origin); heard(); });
const long = task("long", async () => { underWay(); await isHeard; });
void isUnderWay.then(() => setTimeout(() => { throw new Error("my own"); }, 1));
await end(flow("one", () => { long(); }));`);

    expect(ended).toMatchObject({ code: 0, flow: "Success", listeners: [1, 1, 0] });
    expect(ended.said).toContain("mine my own uncaughtException");
  });
});
