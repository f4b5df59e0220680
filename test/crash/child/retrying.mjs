/** Tasks that are called again: by rule, by their own word, in rounds, and until nothing helps any more. */
import { context, flow, signals, task } from "caudal";
import { told } from "./journal.mjs";

const second = task({ name: "second", retries: 3, retryDelay: { initial: 3, factor: 2 } }, () => {
  if (context().attempt < 2) throw new Error("the first one fails");
  return 2;
});
const third = task({ name: "third", retries: 3, retryDelay: 4 }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  if (context().attempt < 3) throw new Error("not yet");
  return 3;
});
const asks = task("asks", () => {
  if (context().attempt < 3) throw signals.retry({ in: 3 });
  return "came";
});
const never = task({ name: "never", retries: 3, retryDelay: 2 }, () => {
  throw new Error("never works");
});
const rounds = task("rounds", () => {
  const { count, result } = context().loop;
  if (count < 4) throw signals.loop((result ?? 0) + count, { in: 2 });
  return result;
});
const notes = task({ name: "notes", trigger: "all_finished" }, (...all) => all.length);

export const main = flow({ name: "retrying", taskDefaults: { onStateChange: told } }, () =>
  notes(second(), third(), asks(), never(), rounds()),
);
