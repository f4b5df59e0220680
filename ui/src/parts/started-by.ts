/** Who did something, and how it was asked for. */
import type { Trigger } from "../../../src/server/contract.ts";
import { visible } from "../visible.ts";
import type { Words } from "../words/en.ts";

/** Of a run: `ana · page`. */
export function startedByText(words: Words, trigger: Trigger, startedBy: string | undefined): string {
  const how = words.runsOfFlow.triggers[trigger];
  return startedBy === undefined ? how : `${visible(startedBy)} · ${how}`;
}

/** Who gave no name is called by the way it was asked. */
export function personText(words: Words, by: string): string {
  const { page, serve } = words.runsOfFlow.triggers;
  return by === "page" ? page : by === "api" ? serve : visible(by);
}

/** Of an audit line: `ana` from `page, 127.0.0.1`. */
export function placeText(words: Words, by: string, from: string): string {
  const mark = "page, ";
  if (!from.startsWith(mark)) return from;
  const address = from.slice(mark.length);
  return by === "page" ? address : `${words.runsOfFlow.triggers.page}, ${address}`;
}
