/**
 * Which states Prefect 1.x ends plain tasks in (`prefect-semantics.md` §2 and §5), as obvious code: one pass over
 * the tasks in order, no engine, no time. For graphs without mapping and branches.
 */
import type { TriggerRule } from "../../src/graph/graph.ts";
import type { NodeSketch } from "./graphs.ts";
import type { RandomFlow, Recipe } from "./random-flows.ts";

type End = "Success" | "Cached" | "Failed" | "Skipped" | "TriggerFailed";

export interface Expected {
  readonly tasks: Readonly<Record<string, End>>;
  readonly flow: "Success" | "Failed";
}

export function prefectEnds({ sketches, deeds }: RandomFlow): Expected {
  const tasks: Record<string, End> = {};
  const waitedFor = new Set<string>();
  for (const sketch of sketches) {
    const upstreams = [...new Set([...(sketch.of ?? []), ...(sketch.after ?? [])])];
    for (const name of upstreams) waitedFor.add(name);
    const ends = upstreams.map((name) => tasks[name] ?? "Success");
    tasks[sketch.name] = endOf(sketch, ends, deeds.get(sketch.name) ?? "works");
  }
  const failed = sketches.some(({ name }) => !waitedFor.has(name) && isFailed(tasks[name]));
  return { tasks, flow: failed ? "Failed" : "Success" };
}

const isFailed = (end: End | undefined) => end === "Failed" || end === "TriggerFailed";

/** Skip beats trigger, trigger beats execution. */
function endOf({ rules = {} }: NodeSketch, upstreams: readonly End[], deed: Recipe["deed"]): End {
  if (rules.skipOnUpstreamSkip !== false && upstreams.includes("Skipped")) return "Skipped";
  const verdict = triggerSays(rules.trigger ?? { kind: "all_successful" }, upstreams);
  if (verdict !== "run") return verdict;
  if (deed === "skips") return "Skipped";
  const failures = { fails: Number.POSITIVE_INFINITY, "fails once": 1, "fails twice": 2 }[deed as string] ?? 0;
  if (failures > (rules.retries ?? 0)) return "Failed";
  return rules.cacheForMs === undefined ? "Success" : "Cached";
}

function triggerSays(trigger: TriggerRule, upstreams: readonly End[]): "run" | "Skipped" | "TriggerFailed" {
  const failed = upstreams.filter(isFailed).length;
  const skipped = upstreams.filter((end) => end === "Skipped").length;
  const successful = upstreams.length - failed;
  const none = upstreams.length === 0;
  const when = (met: boolean) => (met ? "run" : "TriggerFailed");
  switch (trigger.kind) {
    case "all_successful":
      return when(failed === 0);
    case "all_failed":
      return when(successful === 0);
    case "any_successful":
      return when(none || successful > 0);
    case "any_failed":
      return when(none || failed > 0);
    case "not_all_skipped":
      return skipped === upstreams.length ? "Skipped" : when(failed === 0);
    case "some_failed":
    case "some_successful": {
      const count = trigger.kind === "some_failed" ? failed : successful;
      const { atLeast = 0, atMostShare = 1 } = trigger;
      return when(none || (count >= atLeast && count <= atMostShare * upstreams.length));
    }
    default:
      return "run";
  }
}
