/**
 * Notices a flow file that never gives the thread back (`while (true)` outside a task): a second thread
 * waits, and when time is up stops the first one with the inspector, which also knows the line it is on.
 */
import { Worker } from "node:worker_threads";
import { readFrame, type SourcePlace } from "../../runtime/report/stack-frames.ts";

/** Called in the stuck thread, in the middle of the user's code. Must not return. */
export type Stuck = (at: readonly SourcePlace[]) => never;

const STUCK = "caudal.loading.stuck";
/** What the other thread waits for the inspector before it ends the process the hard way. */
const PATIENCE_MS = 3_000;

/** Runs in the other thread, as text: the built package then needs no further file. */
const WATCH = `
const { writeSync } = require("node:fs");
const { parentPort, workerData: { afterMs, patienceMs, stuck } } = require("node:worker_threads");
const timer = setTimeout(() => {
  setTimeout(() => {
    writeSync(2, "FLOW_FILE_STUCK: the flow file does not come to an end while it is loaded, and cannot be interrupted\\n");
    process.kill(process.pid, "SIGKILL");
  }, patienceMs);
  const inspector = require("node:inspector");
  const session = new inspector.Session();
  session.connectToMainThread();
  const urls = new Map();
  session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
  session.on("Debugger.paused", ({ params }) => {
    const frames = params.callFrames.map(({ location: l }) => "at " + urls.get(l.scriptId) + ":" + (l.lineNumber + 1) + ":" + ((l.columnNumber ?? 0) + 1));
    const expression = "globalThis[Symbol.for(" + JSON.stringify(stuck) + ")](" + JSON.stringify(frames) + ")";
    session.post("Debugger.evaluateOnCallFrame", { callFrameId: params.callFrames[0].callFrameId, expression });
  });
  session.post("Debugger.enable");
  session.post("Debugger.pause");
}, afterMs);
parentPort.on("message", () => timer.refresh());
`;

export interface Watching {
  /** From now on it has the whole time again. */
  again(): void;
  end(): void;
}

/** Watches this thread. Costs it some 2 ms. */
export function watchThread(afterMs: number, stuck: Stuck): Watching {
  const key = Symbol.for(STUCK);
  const holder = globalThis as { [key]?: (frames: readonly string[]) => never };
  holder[key] = (frames) => stuck(frames.map(readFrame).filter((place) => place !== undefined));
  const worker = new Worker(WATCH, { eval: true, workerData: { afterMs, patienceMs: PATIENCE_MS, stuck: STUCK } });
  worker.unref();
  return {
    again: () => worker.postMessage("again"),
    end: () => {
      delete holder[key];
      void worker.terminate();
    },
  };
}
