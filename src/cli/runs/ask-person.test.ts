/** The questions at a terminal, with lines put in the place of a person. */
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { approval, flow, type Flow, signals, task } from "../../index.ts";
import { flowRunOf } from "../../flow/flow-run.ts";
import { stage } from "../../../test/support/play.ts";
import { palette } from "../../runtime/report/paint.ts";
import { runProgram } from "../../runtime/run.ts";
import { personAt } from "./ask-person.ts";

// biome-ignore lint/suspicious/noExplicitAny: any flow
type AnyFlow = Flow<any, any>;

/** A run whose person types these lines, each when it is asked; then they leave. */
async function asked(made: AnyFlow, ...lines: readonly string[]) {
  const input = new PassThrough();
  let screen = "";
  const left = [...lines];
  const write = (text: string) => {
    screen += text;
    if (!text.endsWith(" ")) return;
    const line = left.shift();
    if (line === undefined) input.end();
    else input.write(`${line}\n`);
  };
  const { clock, store, logger } = stage();
  const people = personAt({ input, write, paint: palette(false) });
  const run = flowRunOf(await runProgram(made.program, { store }, { ports: { clock, logger }, people }));
  return { run, screen, left };
}

const QUESTION = "release to production?";
const ship = task("ship", (approved: unknown) => approved);
const release = flow("release", () => ship(approval(QUESTION)()));

describe("a person at the terminal", () => {
  test("is shown the question and what was passed to it, and says yes", async () => {
    const report = task("report", () => ({ rows: 3, errors: 0 }));

    const { run, screen } = await asked(
      flow("release", () => ship(approval(QUESTION, { timeout: "1h", args: ["report"] })(report()))),
      "y",
    );

    expect(run.result).toBe(true);
    expect(screen).toMatch(
      /^\n\? release to production\?\n {2}report = \{ rows: 3, errors: 0 \}\n {2}until \S+\n {2}Approve\? \(y\/n\) $/,
    );
  });

  test("is asked again until it is yes or no", async () => {
    const { run, left } = await asked(release, "", "perhaps", "YES", "never read");

    expect([run.state.type, left]).toEqual(["Success", ["never read"]]);
  });

  test("says no, with a reason or without one", async () => {
    const [why, silent] = [await asked(release, "n", "not on a Friday"), await asked(release, "no", "")];

    expect(why.run.task(QUESTION).state).toMatchObject({ reason: { why: "not on a Friday" } });
    expect(silent.run.task(QUESTION).state).toMatchObject({ type: "Failed", reason: { code: "approval-rejected" } });
    expect(silent.run.task(QUESTION).state.reason).not.toHaveProperty("why");
  });

  test("leaves without an answer, and the run is Paused", async () => {
    const { run } = await asked(release);

    expect(run.state.type).toBe("Paused");
  });

  test("is who the state says it was", async () => {
    const { run } = await asked(release, "y");

    expect(run.task(QUESTION).state.reason).toEqual({ code: "approved", by: expect.stringMatching(/./) });
  });

  test("fills in simple fields one by one, and is asked again where a value is none", async () => {
    const input = z.object({ version: z.string(), share: z.number(), force: z.boolean().default(false) });

    const { run, screen } = await asked(
      flow("release", () => ship(approval(QUESTION, { input })())),
      "y",
      "2.1",
      "half",
      "0.5",
      "",
    );

    expect(run.result).toEqual({ version: "2.1", share: 0.5, force: false });
    expect(screen).toContain(
      "  version (text):   share (a number):   share (a number):   force (y/n, false when empty): ",
    );
  });

  test("chooses among texts, gives one value, or JSON where it is more than that", async () => {
    const gate = (input: z.ZodType) => flow("release", () => ship(approval(QUESTION, { input })()));

    const choice = await asked(gate(z.object({ where: z.enum(["a", "b"]) })), "y", "b");
    const one = await asked(gate(z.number()), "y", "7");
    const json = await asked(gate(z.array(z.number())), "y", "[1, 2", "[1, 2]");

    expect([choice.run.result, one.run.result, json.run.result]).toEqual([{ where: "b" }, 7, [1, 2]]);
    expect(choice.screen).toContain("  where (a | b): ");
    expect(json.screen).toContain("  Input, as JSON: ");
  });

  test("is told what is wrong with an input, and asked again", async () => {
    const input = z.object({ share: z.number().max(1) });

    const { run, screen } = await asked(
      flow("release", () => ship(approval(QUESTION, { input })())),
      "y",
      "5",
      "y",
      "1",
    );

    expect(run.result).toEqual({ share: 1 });
    expect(screen).toContain("this input is not what 'release to production?' asks for:\n  - share: ");
  });

  test("is asked about one after the other", async () => {
    const two = flow("two", () => [approval("first?")(), approval("second?")()]);

    const { run } = await asked(two, "y", "n", "why not");

    expect([run.task("first?").state.type, run.task("second?").state.type]).toEqual(["Success", "Failed"]);
  });

  test("lets a body go on that paused itself, or leaves it paused", async () => {
    let calls = 0;
    const load = task("load", () => {
      if (calls++ === 0) throw signals.pause("check the file");
      return calls;
    });
    const loads = flow("load", () => load());

    const [no, yes] = [
      await asked(loads, "n"),
      await asked(
        flow("once", () => task("paused", pauseOnce())()),
        "y",
      ),
    ];

    expect(no.run.state.type).toBe("Paused");
    expect(no.screen).toContain("'load' is paused: check the file");
    expect(yes.run.result).toBe("went on");
  });

  test("is asked no more when the time is up", async () => {
    const { clock, store, logger } = stage();
    let screen = "";
    const people = personAt({ input: new PassThrough(), write: (text) => (screen += text), paint: palette(false) });
    const late = flow("late", () => approval(QUESTION, { timeout: "1h" })());

    const finished = await runProgram(late.program, { store }, { ports: { clock, logger }, people });

    expect(flowRunOf(finished).task(QUESTION).state.type).toBe("TimedOut");
    expect(screen).toMatch(/Approve\? \(y\/n\) \n$/);
  });
});

function pauseOnce() {
  let paused = false;
  return () => {
    if (!paused) {
      paused = true;
      throw signals.pause();
    }
    return "went on";
  };
}
