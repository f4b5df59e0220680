/** Stands in for `engine/advance.ts` where the driver imports it: the same engine, with somebody watching each step. */
import { advance as realAdvance } from "../../src/engine/advance.ts";
import type { Command } from "../../src/engine/command.ts";
import type { RunEvent } from "../../src/engine/event.ts";
import type { Run } from "../../src/engine/run.ts";

export interface Probe {
  /** Called after each step; `from`: the first of the commands that the step gave. */
  after: ((run: Run, event: RunEvent, commands: Command[], from: number) => void) | undefined;
}

export const probe: Probe = { after: undefined };

export function advance(run: Run, event: RunEvent, commands: Command[]): void {
  const from = commands.length;
  realAdvance(run, event, commands);
  probe.after?.(run, event, commands, from);
}
