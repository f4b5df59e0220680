/** Everything a run can hold, in one flow: what each part is for stands beside it. */
import { approval, branch, context, flow, limit, referenceTasks, resource, signals, states, task } from "caudal";
import { inner, note, told } from "./journal.mjs";

const plus = (name, options = {}) =>
  task({ name, ...options }, (...given) => given.flat().reduce((sum, n) => sum + n, 1));
const soon = async (value) => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return value;
};

// A chain and a diamond.
const extract = task("extract", () => soon(1));
const clean = plus("clean");
const shape = plus("shape");
const load = plus("load");
const left = task("left", (n) => soon(n * 2));
const right = task("right", (n) => soon(n * 3));
const join = plus("join");

// A branch of which one case is taken, and what follows the merged value.
const pick = task("pick", (n) => (n > 3 ? "large" : "small"));
const small = plus("small");
const large = plus("large");
const afterBranch = plus("after_branch");

// Skipped by its own word; what follows is skipped by the rule.
const skipped = task("skipped", () => {
  throw signals.skip("nothing to do");
});
const afterSkipped = plus("after_skipped");

// A failure, who runs because of it, and who cannot.
const fails = task("fails", () => {
  throw new Error("on purpose");
});
const cleansUp = task({ name: "cleans_up", trigger: "any_failed" }, () => "cleaned");
const cannotRun = plus("cannot_run");

// Retries: the third attempt succeeds; all are used up; the time is up.
let calls = 0;
const third = task({ name: "third", retries: 4, retryDelay: 5 }, () => {
  if (context().attempt < 3) throw new Error(`call ${++calls}`);
  return "third";
});
const exhausted = task({ name: "exhausted", retries: 2, retryDelay: 5 }, () => {
  throw new Error("never works");
});
const afterExhausted = task({ name: "after_exhausted", trigger: "all_failed" }, () => "noted");
const late = task({ name: "late", timeout: 40 }, () => {
  const { signal } = context();
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
});
const afterLate = task({ name: "after_late", trigger: "all_finished" }, () => "noted");

// At most once: what follows does not depend on how it ended.
const atMostOnce = task({ name: "at_most_once", onLost: "fail" }, () => soon("charged"));
const afterAtMostOnce = task({ name: "after_at_most_once", trigger: "all_finished" }, () => "noted");

// A person decides.
const gate = approval("release?");
const release = task("release", (approved) => `released ${approved}`);

// A handler puts a success in the place of a failure.
const rescue = (_subject, _from, to) => (to.type === "Failed" ? states.success(7) : undefined);
const rescued = task({ name: "rescued", stateHandlers: [rescue] }, () => {
  throw new Error("rescued");
});
const afterRescued = plus("after_rescued");

// A result that is a file beside the store.
const big = task("big", () => Array.from({ length: 1 << 14 }, (_, i) => `line ${i} ${"·".repeat(60)}`));
const bigLength = task("big_length", (lines) => lines.length);

// Two inner steps, each done once.
const pays = task("pays", async () => {
  const { once, taskRunId } = context();
  const step = async (name) => {
    const value = await once(name, async () => {
      inner("step", taskRunId, name);
      return soon(name);
    });
    inner("kept", taskRunId, name);
    return value;
  };
  return [await step("reserve"), await step("charge")];
});

// A value that lives in its process, and a resource.
const session = resource("session", { setup: () => ({ open: true }), cleanup: () => note("closed") });
const inside = task("inside", (opened) => soon(opened.open ? 1 : 0));
const insideNext = plus("inside_next");
const notKept = task({ name: "not_kept", result: "none" }, () => new Set(["a handle"]));
const usesHandle = task("uses_handle", (handle) => soon(handle.size));
const usesHandleLater = task("uses_handle_later", (handle, before) => soon(handle.size + before));

// Children, rounds, and a limit that two of them share.
const square = task({ name: "square", limits: [limit("squares", 2)] }, (n) => soon(n * n));
const total = plus("total");
const rounds = task("rounds", () => {
  const { count } = context().loop;
  if (count < 3) throw signals.loop(count);
  return count;
});

export const main = flow({ name: "reference", taskDefaults: { onStateChange: told } }, () => {
  const loaded = load(shape(clean(extract())));
  const joined = join(left(loaded), right(loaded));
  const taken = branch(pick(joined), { small: () => small(1), large: () => large(joined) });
  const branched = afterBranch(taken);
  afterSkipped(skipped());
  const failed = fails();
  const cleaned = cleansUp(failed);
  cannotRun(failed);
  const tried = third();
  const noted = afterExhausted(exhausted());
  const noticed = afterLate(late());
  const settled = afterAtMostOnce(atMostOnce());
  const released = release(gate());
  const saved = afterRescued(rescued());
  const lines = bigLength(big());
  const paid = pays();
  const used = session.use((opened) => insideNext(inside(opened)));
  const handle = notKept();
  const handled = usesHandleLater(handle, usesHandle(handle));
  const sum = total(square.map([1, 2, 3]));
  const round = rounds();
  referenceTasks(
    branched,
    cleaned,
    tried,
    noted,
    noticed,
    settled,
    released,
    saved,
    lines,
    paid,
    used,
    handled,
    sum,
    round,
  );
  return { branched, tried, released, saved, lines, paid, used, handled, sum, round };
});
