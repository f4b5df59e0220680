/**
 * The person at the terminal of `caudal run`: the question, what was passed to it, yes or no, an input, a reason.
 *
 * The terminal edits the line and sends Ctrl-C itself (`terminal: false`), so a run that asks is interrupted like any
 * other. The end of the input (Ctrl-D) answers nothing: the run ends Paused.
 */
import { userInfo } from "node:os";
import { createInterface } from "node:readline";
import { isoUtc } from "../../base/time.ts";
import type { Decision } from "../../engine/event.ts";
import type { Answer, People, WaitingTask } from "../../ports/people.ts";
import type { Palette } from "../../runtime/report/paint.ts";
import { valueSummary } from "../../runtime/report/value-summary.ts";
import { askInput } from "./ask-input.ts";

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  /** Writes as it is: a question ends without a line end. */
  write(text: string): void;
  readonly paint: Palette;
}

/** One line, or undefined where there is none: the input has ended, or the question is settled. */
export type Ask = (question: string) => Promise<string | undefined>;

const VALUE_WIDTH = 80;

export function personAt(terminal: Terminal): People {
  const lines = linesOf(terminal.input);
  return {
    async ask(waiting, signal, refused) {
      const [task] = waiting;
      if (task === undefined) return undefined;
      const ask: Ask = (question) => {
        terminal.write(question);
        return lines.next(signal);
      };
      terminal.write(
        refused === undefined ? described(task, terminal.paint) : `${terminal.paint.bad(refused.message)}\n`,
      );
      const decision = await decisionOf(task, ask);
      if (decision === undefined) terminal.write("\n");
      return decision && answerOf(task, decision);
    },
  };
}

function answerOf({ slot }: WaitingTask, decision: Decision): Answer {
  return { slot, decision, by: userName() };
}

/** On some systems nobody has a name. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function described(task: WaitingTask, paint: Palette): string {
  const { until } = task;
  return [
    "",
    `${paint.strong("?")} ${paint.strong(questionOf(task))}`,
    ...task.inputs.map(({ label, value }) => paint.faint(`  ${label} = ${valueSummary(value, VALUE_WIDTH)}`)),
    ...(until === undefined ? [] : [paint.faint(`  until ${isoUtc(until)}`)]),
    "",
  ].join("\n");
}

function questionOf({ task, approval, reason }: WaitingTask): string {
  if (approval !== undefined) return approval.question === task ? task : `${approval.question} (${task})`;
  if (reason?.code === "signal" && reason.why !== undefined) return `'${task}' is paused: ${reason.why}`;
  if (reason?.code === "manual-only") return `'${task}' starts by hand only`;
  if (reason?.code === "lost") return `'${task}': its process died during it, and what it did is unknown`;
  return `'${task}' is paused`;
}

async function decisionOf({ approval }: WaitingTask, ask: Ask): Promise<Decision | undefined> {
  const yes = await yesOrNo(ask, approval === undefined ? "  Let it run? (y/n) " : "  Approve? (y/n) ");
  if (yes === undefined) return undefined;
  if (!yes) {
    if (approval === undefined) return undefined; // it stays paused
    const why = await ask("  Why not? ");
    return why === undefined ? undefined : { kind: "rejected", why: why.trim() === "" ? undefined : why.trim() };
  }
  if (approval?.input === undefined) return { kind: "approved", input: undefined };
  const given = await askInput(approval.input, ask);
  return given && { kind: "approved", input: given.value };
}

/** Asks again until it is one of the two. */
export async function yesOrNo(ask: Ask, question: string): Promise<boolean | undefined> {
  for (;;) {
    const said = (await ask(question))?.trim().toLowerCase();
    if (said === undefined) return undefined;
    if (said === "y" || said === "yes") return true;
    if (said === "n" || said === "no") return false;
  }
}

interface Lines {
  next(signal: AbortSignal): Promise<string | undefined>;
}

/** Lines as they are asked for. What is typed before that is kept for the next question. */
function linesOf(input: NodeJS.ReadableStream): Lines {
  const typed: string[] = [];
  let ended = false;
  let taken: (() => void) | undefined;
  let reader: ReturnType<typeof createInterface> | undefined;
  const open = () => {
    reader = createInterface({ input, terminal: false });
    reader.on("line", (line) => {
      typed.push(line);
      taken?.();
    });
    reader.on("close", () => {
      ended = true;
      taken?.();
    });
    return reader;
  };
  return {
    async next(signal) {
      (reader ?? open()).resume();
      const settled = () => taken?.();
      signal.addEventListener("abort", settled, { once: true });
      while (typed.length === 0 && !ended && !signal.aborted)
        await new Promise<void>((resolve) => {
          taken = resolve;
        });
      signal.removeEventListener("abort", settled);
      taken = undefined;
      if (!ended) reader?.pause(); // an open terminal would keep the process from ending
      return signal.aborted ? undefined : typed.shift();
    },
  };
}
