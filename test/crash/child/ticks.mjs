/** Ticks of a schedule that fires each second, and a retry and timeouts that take as long as they say. */
import { context, every, flow, task } from "caudal";
import { note, setClock } from "./journal.mjs";

const tick = task("tick", () => {
  note("tick", context().scheduledAt);
  setClock();
});
export const scheduled = flow({ name: "ticks", schedule: every("1s") }, () => tick());

const RETRY_MS = 300;
let failedAt = 0n;
const retried = task({ name: "retried", retries: 1, retryDelay: RETRY_MS }, () => {
  const now = process.hrtime.bigint();
  if (context().attempt === 1) {
    failedAt = now;
    throw new Error("once");
  }
  note("retried after", Number(now - failedAt) / 1e6);
});
const late = task({ name: "late", timeout: RETRY_MS }, () => {
  const startedAt = process.hrtime.bigint();
  const { signal } = context();
  setTimeout(setClock, 50); // while all of them wait
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      note("timed out after", Number(process.hrtime.bigint() - startedAt) / 1e6);
      reject(signal.reason);
    });
  });
});
const inTime = task({ name: "in_time", timeout: "30s" }, () => new Promise((resolve) => setTimeout(resolve, 150)));
const after = task({ name: "after", trigger: "all_finished" }, () => note("done"));

const waits = flow("waits", () => {
  after(retried(), late());
  inTime();
});

/** `TICKS`: that many runs of the schedule; else one run that waits. */
const count = Number(process.env["TICKS"] ?? 0);
export const main = count === 0 ? waits : { run: () => scheduled.runOnSchedule({ runs: count }) };
