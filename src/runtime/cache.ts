/** Cache keys, and what the cache answers. */
import { createHash } from "node:crypto";
import { canonicalText } from "../base/canonical.ts";
import { CaudalError } from "../base/errors.ts";
import type { CacheAnswer } from "../engine/event.ts";
import type { TaskRules } from "../graph/graph.ts";
import type { TaskFunctions } from "../ports/program.ts";
import type { Store } from "../ports/store.ts";
import { recordOf } from "../state/error-text.ts";
import type { Instant } from "../base/time.ts";

export interface KeyBasis {
  readonly flow: string;
  readonly rules: TaskRules;
  readonly functions: TaskFunctions;
  readonly args: readonly unknown[];
  readonly labels: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The version in the key: what the author says, else a hash of the body's text. */
function versionOf({ functions, rules }: KeyBasis): string {
  return functions.cacheVersion ?? `body ${rules.bodyHash}`;
}

function dependsOn({ functions, args, labels, parameters }: KeyBasis): unknown {
  const by = functions.cacheBy;
  if (by === "nothing") return null;
  if (by === "parameters") return parameters;
  if (by === "inputs") return args;
  return by(Object.fromEntries(args.map((arg, i) => [labels[i] ?? String(i), arg])), parameters);
}

/** @throws CaudalError CACHE_KEY_FAILED when what it depends on has no canonical text, or `cacheBy` throws */
export function cacheKeyOf(basis: KeyBasis): string {
  const { functions, rules, flow } = basis;
  try {
    const scope = functions.cacheKey === undefined ? ["task", flow, rules.name] : ["shared", functions.cacheKey];
    const text = canonicalText([
      ...scope,
      versionOf(basis),
      typeof functions.cacheBy === "string" ? functions.cacheBy : "function",
      dependsOn(basis),
    ]);
    return createHash("sha256").update(text).digest("hex");
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : "cacheBy threw something that is no Error";
    throw new CaudalError("CACHE_KEY_FAILED", { task: rules.name, why }, { cause: thrown });
  }
}

/** Looks an entry up. `keep` is told the key, under which the result is stored if it has to be computed. */
export function lookUp(
  store: Store,
  basis: () => KeyBasis,
  at: Instant,
  keep: (key: string) => void,
): CacheAnswer | Promise<CacheAnswer> {
  let key: string;
  try {
    key = cacheKeyOf(basis());
  } catch (thrown) {
    return { kind: "failed", error: { ...recordOf(thrown), stack: "" } };
  }
  keep(key);
  const entry = store.readCache(key, at);
  return entry instanceof Promise ? entry.then(answerOf) : answerOf(entry);
}

function answerOf(entry: Awaited<ReturnType<Store["readCache"]>>): CacheAnswer {
  if (entry === undefined) return { kind: "miss" };
  return { kind: "hit", value: entry.value, runId: entry.runId, storedAt: entry.storedAt, expiresAt: entry.expiresAt };
}
