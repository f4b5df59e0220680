/** The people of a test: they answer at once what the test says they answer, once per task run, and nothing else. */
import { isPlainObject } from "../base/json.ts";
import type { Decision } from "../engine/event.ts";
import type { People, WaitingTask } from "../ports/people.ts";

/** No, for this reason. */
export interface Rejection {
  readonly reject: string;
}

/** By question, task name or slug, `[i]` behind them for one child. `true`: yes; anything else: yes, with this input. */
export type Approvals = Readonly<Record<string, true | Rejection | unknown>>;

export const DECIDED_BY = "test";

export function isRejection(said: unknown): said is Rejection {
  return isPlainObject(said) && Object.keys(said).length === 1 && typeof said["reject"] === "string";
}

export function testPeople(approvals: Approvals): People {
  const answered = new Set<number>();
  return {
    async ask(waiting, _signal, refused) {
      if (refused !== undefined) throw refused;
      for (const task of waiting) {
        const key = keyOf(task, approvals);
        if (key === undefined || answered.has(task.slot)) continue;
        answered.add(task.slot);
        return { slot: task.slot, decision: decisionOf(task, approvals[key]), by: DECIDED_BY };
      }
      return undefined;
    },
  };
}

/** The nearest word wins, as in other tables of a test. */
function keyOf({ task, slug, approval }: WaitingTask, approvals: Approvals): string | undefined {
  const child = /\[\d+\]$/.exec(slug)?.[0] ?? "";
  const own = (word: string) => word.slice(0, word.length - child.length);
  const question = approval?.question;
  const words = [slug, task, ...(question === undefined ? [] : [question + child, question]), own(slug), own(task)];
  return words.find((word) => Object.hasOwn(approvals, word));
}

function decisionOf({ approval }: WaitingTask, said: unknown): Decision {
  if (isRejection(said)) return { kind: "rejected", why: said.reject };
  const isYes = said === true && approval?.input === undefined;
  return { kind: "approved", input: isYes ? undefined : said };
}
