/** Triggers through real runs: Prefect 1.x's truth table (`prefect-semantics.md` §5), bounds, and functions. */
import { describe, expect, test } from "vitest";
import { play, stage } from "../../test/support/play.ts";
import { type AnyRef, flow, signals, someFailed, someSuccessful, task, type Trigger } from "../index.ts";

function raise(thrown: unknown): never {
  throw thrown;
}

const fine = task("S", () => "fine");
const broken = task("F", () => raise(new Error("broken")));
const notRun = task({ name: "T", trigger: "all_failed" }, (_: unknown) => "never");
const skipped = task("K", () => raise(signals.skip("not today")));
const each = task("each", (thrown: unknown) => (thrown === undefined ? "fine" : raise(thrown)));
const failure = new Error("broken child");
const skip = signals.skip("not this one");

const UPSTREAMS: Readonly<Record<string, () => AnyRef>> = {
  S: () => fine(),
  F: () => broken(),
  T: () => notRun(fine()),
  K: () => skipped(),
  "[]": () => each.map([]),
  "[SS]": () => each.map([undefined, undefined]),
  "[SF]": () => each.map([undefined, failure]),
  "[SK]": () => each.map([undefined, skip]),
  "[FF]": () => each.map([failure, failure]),
  "[FK]": () => each.map([failure, skip]),
  "[KK]": () => each.map([skip, skip]),
};
const VERDICTS: Readonly<Record<string, string>> = { Success: "run", TriggerFailed: "TF", Skipped: "Skip" };

/** What becomes of a task with this trigger below upstreams as the letters say; skips reach the trigger. */
async function verdict(trigger: Trigger, letters: string, skipOnUpstreamSkip = false): Promise<string> {
  const judged = task({ name: "judged", trigger, skipOnUpstreamSkip }, (..._: unknown[]) => "ran");
  const words = letters.match(/\[\w*\]|\w/g) ?? [];
  const made = flow("trigger", () => judged(...words.map((word) => UPSTREAMS[word]?.())));

  const { type } = (await play(made, { logLevel: "off" })).task("judged").state;

  return VERDICTS[type] ?? type;
}

const TABLE = `
| trigger         | -    | S   | F   | T   | K    | SS  | SF  | FF  | SK  | FK  | KK   | []   | F[] | [SS] | [SF] | [SK] | [FF] | [FK] | [KK] |
| all_successful  | run  | run | TF  | TF  | run  | run | TF  | TF  | run | TF  | run  | run  | TF  | run  | TF   | run  | TF   | TF   | run  |
| all_failed      | run  | TF  | run | run | TF   | TF  | TF  | run | TF  | TF  | TF   | run  | run | TF   | TF   | TF   | run  | TF   | TF   |
| any_successful  | run  | run | TF  | TF  | run  | run | run | TF  | run | run | run  | TF   | TF  | run  | run  | run  | TF   | run  | run  |
| any_failed      | run  | TF  | run | run | TF   | TF  | run | run | TF  | run | TF   | TF   | run | TF   | run  | TF   | run  | run  | TF   |
| all_finished    | run  | run | run | run | run  | run | run | run | run | run | run  | run  | run | run  | run  | run  | run  | run  | run  |
| not_all_skipped | Skip | run | TF  | TF  | Skip | run | TF  | TF  | run | TF  | Skip | Skip | TF  | run  | TF   | run  | TF   | TF   | Skip |
`;

/** Rows of a table as [row, column, cell]. */
function cells(table: string): readonly (readonly [string, string, string])[] {
  const [head, ...rows] = table
    .trim()
    .split("\n")
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.flatMap(([row, ...found]) => found.map((cell, i) => [row ?? "", head?.[i + 1] ?? "", cell] as const));
}

describe("a trigger over upstreams that succeeded (S), failed (F), were not run (T) or skipped (K)", () => {
  test.each(cells(TABLE))("%s over %s: %s", async (trigger, letters, expected) => {
    expect(await verdict(trigger as Trigger, letters)).toBe(expected);
  });
});

describe("a trigger by count or share", () => {
  const COUNTED: readonly (readonly [string, Trigger, string, string])[] = [
    ["someFailed at least 1", someFailed({ atLeast: 1 }), "S", "TF"],
    ["someFailed at least 1", someFailed({ atLeast: 1 }), "F", "run"],
    ["someFailed at least 1", someFailed({ atLeast: 1 }), "T", "run"],
    ["someFailed at least 1", someFailed({ atLeast: 1 }), "[SF]", "run"],
    ["someFailed at least 1", someFailed({ atLeast: 1 }), "-", "run"],
    ["someFailed at least 2", someFailed({ atLeast: 2 }), "SFF", "run"],
    ["someFailed at least 2", someFailed({ atLeast: 2 }), "SF", "TF"],
    ["someFailed at most 1", someFailed({ atMost: 1 }), "S", "run"],
    ["someFailed at most 1", someFailed({ atMost: 1 }), "SF", "run"],
    ["someFailed at most 1", someFailed({ atMost: 1 }), "FF", "TF"],
    ["someFailed from 1 to 1", someFailed({ atLeast: 1, atMost: 1 }), "SFF", "TF"],
    ["someFailed at most 0", someFailed({ atMost: 0 }), "KS", "run"],
    ["someFailed half or more", someFailed({ atLeastShare: 0.5 }), "SF", "run"],
    ["someFailed half or more", someFailed({ atLeastShare: 0.5 }), "SSF", "TF"],
    ["someFailed half or more", someFailed({ atLeastShare: 0.5 }), "[FF]", "run"],
    ["someFailed half or more", someFailed({ atLeastShare: 0.5 }), "KF", "run"],
    ["someFailed half or less", someFailed({ atMostShare: 0.5 }), "SFF", "TF"],
    ["someFailed all of them", someFailed({ atLeastShare: 1 }), "SF", "TF"],
    ["someFailed all of them", someFailed({ atLeastShare: 1 }), "FF", "run"],
    ["someSuccessful at least 1", someSuccessful({ atLeast: 1 }), "F", "TF"],
    ["someSuccessful at least 1", someSuccessful({ atLeast: 1 }), "K", "run"],
    ["someSuccessful at least 2", someSuccessful({ atLeast: 2 }), "[SK]", "run"],
    ["someSuccessful at least 2", someSuccessful({ atLeast: 2 }), "SF", "TF"],
    ["someSuccessful at most 1", someSuccessful({ atMost: 1 }), "SS", "TF"],
    ["someSuccessful half or more", someSuccessful({ atLeastShare: 0.5 }), "SF", "run"],
    ["someSuccessful half or more", someSuccessful({ atLeastShare: 0.5 }), "SFF", "TF"],
    ["someSuccessful half or more", someSuccessful({ atLeastShare: 0.5 }), "-", "run"],
  ];

  test.each(COUNTED)("%s: $2 leads to $3", async (_, trigger, letters, expected) => {
    expect(await verdict(trigger, letters)).toBe(expected);
  });

  test("counts an upstream with two edges once", async () => {
    const judged = task({ name: "judged", trigger: someFailed({ atLeast: 2 }) }, (..._: unknown[]) => "ran");
    const made = flow("twice", () => {
      const ref = broken();
      return judged(ref, [ref], { again: ref }).setUpstream(ref);
    });

    expect((await play(made)).task("judged").state.type).toBe("TriggerFailed");
  });

  test.each(["all_failed", "any_successful"] as const)(
    "%s does not count constants and parameters",
    async (trigger) => {
      const judged = task({ name: "judged", trigger }, (..._: unknown[]) => "ran");
      const made = flow({ name: "constants", parameters: { word: "hello" } }, ({ word }) =>
        judged("constant", word, broken()),
      );

      expect((await play(made)).task("judged").state.type).toBe(trigger === "all_failed" ? "Success" : "TriggerFailed");
    },
  );
});

describe("a skipped upstream", () => {
  test.each(["all_successful", "all_failed", "any_successful", "any_failed", "all_finished", "manual_only"] as const)(
    "skips a task with trigger %s before it is asked",
    async (trigger) => {
      expect(await verdict(trigger, "SK", true)).toBe("Skip");
    },
  );

  test("beats a failed one, an order-only edge is enough, and the reason names it", async () => {
    const made = flow("order", () => task("judged", (_: unknown) => 1)(broken()).setUpstream(skipped()));

    expect((await play(made)).task("judged").state).toEqual({
      type: "Skipped",
      result: null,
      reason: { code: "upstream-skipped", upstream: "K" },
    });
  });

  test("among mapped children skips a task that takes them all", async () => {
    expect(await verdict("all_successful", "[SK]", true)).toBe("Skip");
  });
});

describe("a task whose trigger is not met", () => {
  test("never calls its body and is not retried", async () => {
    const judged = task({ name: "judged", retries: 3 }, (_: unknown) => "ran");
    const run = await play(flow("not met", () => judged(broken())));

    expect(run.task("judged").attempts).toBe(0);
    expect(run.task("judged").state).toMatchObject({
      type: "TriggerFailed",
      error: {
        code: "TRIGGER_FAILED",
        message: "trigger all_successful was not met: of 1 upstreams 0 succeeded and 1 failed",
      },
      reason: { code: "trigger", trigger: "all_successful", failed: 1, successful: 0, total: 1 },
    });
  });
});

describe("a trigger that is a function", () => {
  const above = () => [fine(), broken(), each.map([undefined, skip])];
  const judgedBy = (trigger: Trigger) => {
    const judged = task({ name: "judged", trigger, skipOnUpstreamSkip: false }, (..._: unknown[]) => "ran");
    return play(flow("function", () => judged(...above())));
  };

  test("sees every upstream with its state, mapped ones by their children", async () => {
    const seen: unknown[] = [];

    await judgedBy((ups) => {
      seen.push(...ups.map(({ slug, name, mapIndex, state }) => [slug, name, mapIndex, state.type]));
      return true;
    });

    expect(seen).toEqual([
      ["S-1", "S", undefined, "Success"],
      ["F-1", "F", undefined, "Failed"],
      ["each-1", "each[0]", 0, "Success"],
      ["each-1", "each[1]", 1, "Skipped"],
    ]);
  });

  test.each<readonly [string, Trigger, object]>([
    ["that says true lets it run", () => true, { type: "Success", result: "ran" }],
    [
      "that says false is TriggerFailed",
      () => false,
      { type: "TriggerFailed", reason: { code: "trigger", trigger: "custom" } },
    ],
    ["may be async", async () => false, { type: "TriggerFailed" }],
    [
      "that throws is TriggerFailed, with its error",
      () => raise(new TypeError("no idea")),
      { type: "TriggerFailed", error: { name: "TypeError", message: "no idea" }, reason: { code: "trigger-error" } },
    ],
    [
      "that rejects is TriggerFailed",
      () => Promise.reject(new Error("later")),
      { type: "TriggerFailed", error: { message: "later" } },
    ],
    [
      "that throws nothing at all is TriggerFailed",
      () => raise(undefined),
      { type: "TriggerFailed", error: { thrown: "undefined" } },
    ],
    [
      "may throw signals.skip",
      () => raise(signals.skip("enough")),
      { type: "Skipped", reason: { code: "signal", why: "enough" } },
    ],
    ["may throw signals.success", () => raise(signals.success(7)), { type: "Success", result: 7 }],
    ["may throw signals.fail", () => raise(signals.fail("no")), { type: "Failed", error: { message: "no" } }],
    [
      "may throw signals.pause",
      () => raise(signals.pause("ask")),
      { type: "Paused", reason: { code: "signal", why: "ask" } },
    ],
    [
      "may answer with a signal",
      (() => signals.skip("said")) as unknown as Trigger,
      { type: "Skipped", reason: { code: "signal", why: "said" } },
    ],
    [
      "may not throw signals.retry",
      () => raise(signals.retry()),
      { type: "TriggerFailed", reason: { code: "trigger-error" } },
    ],
    [
      "may not throw signals.loop",
      () => raise(signals.loop(1)),
      { type: "TriggerFailed", reason: { code: "trigger-error" } },
    ],
  ])("%s", async (_, trigger, expected) => {
    const run = await judgedBy(trigger);

    expect(run.task("judged").state).toMatchObject(expected);
  });

  test("that never answers is TriggerFailed when its time is up", async () => {
    const options = {
      name: "judged",
      trigger: () => new Promise<boolean>(() => undefined),
      handlerTimeout: "2s",
    } as const;
    const judged = task(options, () => "ran");

    const run = await play(flow("silent", () => judged()));

    expect(run.task("judged").state).toMatchObject({
      type: "TriggerFailed",
      error: { code: "TRIGGER_TIMEOUT", message: expect.stringContaining("within 2s") },
      reason: { code: "trigger-error" },
    });
  });

  test("is asked once per child of a mapped task, of its own sibling", async () => {
    const seen: string[][] = [];
    const trigger: Trigger = (ups) => {
      seen.push(ups.map(({ name, state }) => `${name} ${state.type}`));
      return true;
    };
    const judged = task({ name: "judged", trigger }, (x: unknown) => x);

    await play(flow("children", () => judged.map(each.map([undefined, failure]))));

    expect(seen.toSorted()).toEqual([["each[0] Success"], ["each[1] Failed"]]);
  });
});

describe("a trigger that answers with something to be awaited, though no promise", () => {
  test("is waited for: that it is there does not mean yes", async () => {
    const trigger = (() => ({ then: (take: (said: boolean) => void) => take(false) })) as never;

    const run = await play(flow("asks", () => task({ name: "asked", trigger }, () => 1)()));

    expect(run.task("asked").state.type).toBe("TriggerFailed");
  });
});

describe("a task with trigger manual_only", () => {
  test("pauses whatever its upstreams, and the run says that it waits", async () => {
    const judged = task({ name: "judged", trigger: "manual_only" }, (_: unknown) => "ran");

    const run = await play(flow("manual", () => judged(broken())));

    expect(run.task("judged").state).toEqual({ type: "Paused", reason: { code: "manual-only" } });
    expect(run.state).toMatchObject({ type: "Paused" });
    expect(run.task("judged").explain()).toContain("manual_only");
  });
});

describe("the trigger of a task found in the cache", () => {
  test("is asked all the same", async () => {
    const judged = task(
      { name: "judged", trigger: "any_failed", cacheFor: "1h", cacheBy: "nothing" },
      (_: unknown) => "ran",
    );
    let breaks = true;
    const turns = task("turns", () => (breaks ? raise(failure) : 1));
    const made = flow("cached", () => judged(turns()));
    const { run: play } = stage();

    const first = await play(made);
    breaks = false;
    const run = await play(made);

    expect(first.task("judged").state.type).toBe("Cached");
    expect(run.task("judged").state.type).toBe("TriggerFailed");
    expect(
      run
        .task("judged")
        .story()
        .map((line) => line.split(" ").slice(1).join(" ")),
    ).toEqual(["Pending → Cached", "Cached → TriggerFailed"]);
  });
});
