/**
 * Triggers: may a task run start, given what became of its upstreams? Prefect 1.x's truth table
 * (`prefect-semantics.md` §5), where skipped counts as successful; constants and parameters are no upstreams.
 */
import { unreachable } from "../base/assert.ts";
import type { TriggerRule } from "../graph/graph.ts";
import type { Tally } from "./tally.ts";

export type Verdict = "run" | "fail" | "skip" | "pause" | "ask";

/** Without upstreams bounds hold; over a list that expanded to nothing, a count of none is judged like any other. */
function within(
  count: number,
  { upstreams, total }: Tally,
  rule: Extract<TriggerRule, { readonly kind: "some_failed" | "some_successful" }>,
): boolean {
  if (upstreams === 0) return true;
  if (rule.atLeast !== undefined && count < rule.atLeast) return false;
  if (rule.atMost !== undefined && count > rule.atMost) return false;
  if (rule.atLeastShare !== undefined && count < rule.atLeastShare * total) return false;
  return rule.atMostShare === undefined || count <= rule.atMostShare * total;
}

/** The verdict of a rule over what became of the upstreams. */
export function judge(rule: TriggerRule, seen: Tally): Verdict {
  const { total, failed, skipped, cancelled } = seen;
  const hasUpstreams = seen.upstreams > 0;
  const successful = total - failed - cancelled;
  switch (rule.kind) {
    case "all_successful":
      return successful === total ? "run" : "fail";
    case "all_failed":
      return failed === total ? "run" : "fail";
    case "any_successful":
      return successful > 0 || !hasUpstreams ? "run" : "fail";
    case "any_failed":
      return failed > 0 || !hasUpstreams ? "run" : "fail";
    case "all_finished":
      return "run";
    case "not_all_skipped":
      if (skipped === total) return "skip";
      return successful === total ? "run" : "fail";
    case "some_failed":
      return within(failed, seen, rule) ? "run" : "fail";
    case "some_successful":
      return within(successful, seen, rule) ? "run" : "fail";
    case "manual_only":
      return "pause";
    case "custom":
      return "ask";
    default:
      return unreachable(rule);
  }
}

/** The rule in words: for reasons, messages and drawings. */
export function triggerText(rule: TriggerRule): string {
  if (rule.kind !== "some_failed" && rule.kind !== "some_successful") return rule.kind;
  const share = (part: number) => `${Math.round(part * 100)} %`;
  const bounds = [
    rule.atLeast === undefined ? "" : `at least ${rule.atLeast}`,
    rule.atMost === undefined ? "" : `at most ${rule.atMost}`,
    rule.atLeastShare === undefined ? "" : `at least ${share(rule.atLeastShare)}`,
    rule.atMostShare === undefined ? "" : `at most ${share(rule.atMostShare)}`,
  ];
  return `${rule.kind} (${bounds.filter(Boolean).join(", ")})`;
}
