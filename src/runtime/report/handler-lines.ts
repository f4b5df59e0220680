/** What state handlers print is kept with what they are asked about, marked as theirs. */
import { OF_RUN } from "../../engine/run.ts";
import { enterScope, type HandlerScope } from "../../executor/context.ts";
import { LogBudget } from "../../executor/log-budget.ts";
import type { Subject } from "../../ports/program.ts";
import type { DriverParts } from "../driver-parts.ts";

/** `slot` undefined: they are asked about the run itself. */
export function listening<T>(
  { about, run }: Pick<DriverParts, "about" | "run">,
  { slot, attempt, subject }: { readonly slot?: number; readonly attempt: number; readonly subject: Subject },
  ask: () => T,
): T {
  const budget = new LogBudget();
  const { slug, mapIndex } = subject;
  const name = slot === undefined ? subject.name : run.plan.graph.nodes[run.owner[slot]!]!.name;
  const fields = slot === undefined ? {} : { taskRun: mapIndex === undefined ? slug : `${slug}[${mapIndex}]`, attempt };
  const manner = { logger: `caudal.${name}`, fields: { ...fields, handler: true }, printed: true };
  const captured: HandlerScope["captured"] = (level, text) => {
    const kept = budget.take(text);
    if (kept === undefined) return about.host.logger.json;
    return about.said({ slot: slot ?? OF_RUN, attempt, level, text: kept, handler: true }, manner);
  };
  return enterScope({ captured }, ask, []) as T;
}
