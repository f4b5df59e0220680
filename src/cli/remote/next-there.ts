/** What one can do with a run of a server: the commands, each with what it does. */
import type { RunDetail } from "../../server/contract.ts";
import { shortOf } from "../runs/find-run.ts";
import { quoted } from "../commands/next-steps.ts";
import type { Client } from "./client.ts";

export function nextThere({ address }: Client, run: RunDetail): readonly (readonly [string, string])[] {
  const word = shortOf(run);
  const { actions, waiting } = run;
  const there = `--remote ${address.replace(/\/$/, "")}`;
  return [
    ...waiting.flatMap(({ id }): [string, string][] => [
      [`npx caudal approve ${word} ${quoted(id)} ${there}`, `let '${id}' go on`],
      [`npx caudal reject ${word} ${quoted(id)} ${there}`, "let it fail"],
    ]),
    ...(actions.retry.can
      ? [[`npx caudal retry ${word} ${there}`, "run what failed again, and what follows from it"] as const]
      : []),
    ...(actions.resume.can && waiting.length === 0
      ? [[`npx caudal resume ${word} ${there}`, "go on with it"] as const]
      : []),
    ...(actions.cancel.can ? [[`npx caudal cancel ${word} ${there}`, "end it"] as const] : []),
  ];
}
