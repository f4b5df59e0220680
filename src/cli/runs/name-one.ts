/** Which run `resume` goes on with is said in one way. */
import { refusal } from "../load/load-failure.ts";

/** @throws Refusal COMMAND_LINE */
export function nameOne(
  word: string | undefined,
  { last, all }: { readonly last?: boolean | undefined; readonly all?: boolean | undefined },
): void {
  const named = [word !== undefined && "RUN", last && "--last", all && "--all"].filter(Boolean);
  if (named.length > 1) throw refusal("COMMAND_LINE", { why: `${named.join(" and ")} do not go together: name one` });
}
