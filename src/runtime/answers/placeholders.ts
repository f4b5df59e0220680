/** Text with `{…}` in it: an argument, a parameter, or one of `taskName`, `flowName`, `mapIndex`, `today` (UTC), the day the run is of. */
import { isoUtc } from "../../base/time.ts";
import type { KeyBasis } from "./cache.ts";

const PLACEHOLDER = /\{([^{}]+)\}/g;

/** What is needed of a task run to fill its placeholders. */
export type PlaceholderBasis = Pick<
  KeyBasis,
  "flow" | "rules" | "args" | "labels" | "parameters" | "mapIndex" | "beganAt"
>;

/**
 * @param show how a value is written
 * @param refuse makes the error for a placeholder that is nothing, or no text, number or boolean
 */
export function fillPlaceholders(
  text: string,
  { flow, rules, args, labels, parameters, mapIndex, beganAt }: PlaceholderBasis,
  show: (value: string) => string,
  refuse: (why: string) => Error,
): string {
  const known = new Map<string, unknown>(Object.entries(parameters));
  for (const [i, label] of labels.entries()) known.set(label, args[i]);
  const own = { taskName: rules.name, flowName: flow, mapIndex, today: isoUtc(beganAt).slice(0, 10) };
  for (const [name, value] of Object.entries(own)) known.set(name, value);
  return text.replace(PLACEHOLDER, (_, name: string) => {
    const value = known.get(name.trim());
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      return show(String(value));
    const why = value === undefined ? "there is no such argument or parameter" : "it is no text, number or boolean";
    throw refuse(`{${name}}: ${why}`);
  });
}
