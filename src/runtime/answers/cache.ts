/** Cache keys, and what the cache answers. */
import { canonicalText, NotCanonical } from "../../base/canonical.ts";
import { CaudalError } from "../../base/errors.ts";
import type { TaskRules } from "../../graph/graph.ts";
import type { TaskFunctions } from "../../ports/program.ts";
import type { CacheClaim } from "../../ports/store.ts";
import { recordOf } from "../../state/error-text.ts";
import { type Instant, isoUtc } from "../../base/time.ts";
import { sha256 } from "./sha256.ts";

export interface KeyBasis {
  readonly flow: string;
  readonly rules: TaskRules;
  readonly functions: TaskFunctions;
  readonly args: readonly unknown[];
  readonly labels: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly mapIndex: number | undefined;
  /** The tick the run is of, or when it began. */
  readonly beganAt: Instant;
}

/** The version in the key: what the author says, else a hash of the body's text. */
function versionOf({ functions, rules }: KeyBasis): string {
  return functions.cacheVersion ?? `body ${rules.bodyHash}`;
}

/** What the result depends on, as one text; `NotCanonical` names the argument or parameter that has none. */
function dependsOn({ functions, args, labels, parameters }: KeyBasis): string {
  const by = functions.cacheBy;
  const label = (i: number) => labels[i] ?? String(i);
  if (by === "nothing") return "nothing";
  if (by === "parameters") return `parameters ${canonicalText(parameters, "parameters")}`;
  if (by === "inputs") return `inputs ${args.map((arg, i) => canonicalText(arg, label(i))).join(",")}`;
  const inputs = Object.fromEntries(args.map((arg, i) => [label(i), arg]));
  const said = by(inputs, parameters);
  // A forgotten `return` would make one entry of all inputs.
  if (said === undefined) throw new NotCanonical("cacheBy returned nothing");
  return `function ${canonicalText(said, "what cacheBy returned")}`;
}

/** Where an entry is kept, and under which key. */
export interface CacheAddress {
  readonly key: string;
  readonly scope: string;
  readonly version: string;
}

/** @throws CaudalError CACHE_KEY_FAILED when what it depends on has no canonical text, or `cacheBy` throws */
export function cacheAddressOf(basis: KeyBasis): CacheAddress {
  const { functions, rules, flow } = basis;
  try {
    const named = functions.cacheKey === undefined ? ["task", flow, rules.name] : ["shared", functions.cacheKey];
    const version = versionOf(basis);
    const text = canonicalText([...named, version, dependsOn(basis)]);
    return { key: sha256(text).toString("hex"), scope: JSON.stringify(named), version };
  } catch (thrown) {
    const { message: why } = recordOf(thrown); // it may have been thrown by cacheBy, and be anything
    throw new CaudalError("CACHE_KEY_FAILED", { task: rules.name, why }, { cause: thrown });
  }
}

/** Why nothing was found, where there was something before; undefined where the inputs are new. */
export function missText(
  claim: Extract<CacheClaim, { readonly kind: "claimed" }>,
  address: CacheAddress,
  at: Instant,
): string | undefined {
  const { last } = claim;
  if (last === undefined) return undefined;
  if (last.version !== address.version) return `the code changed since run ${last.runId} stored a result`;
  if (last.key !== address.key || last.expiresAt === undefined || last.expiresAt > at) return undefined;
  return `the result stored by run ${last.runId} expired at ${isoUtc(last.expiresAt)}`;
}
