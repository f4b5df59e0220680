/** Triggers by count or share of upstreams; the named ones are plain text. */
import type { TriggerBounds } from "../graph/graph.ts";
import { complaintsAbout, refuseIfAny } from "./checks/check-options.ts";
import { given } from "./definition.ts";
import { BOUND_CHECKS } from "./checks/task-checks.ts";
import type { BoundedTrigger } from "./task-options.ts";

function bounded(kind: BoundedTrigger["kind"], of: string, bounds: TriggerBounds): BoundedTrigger {
  const complaints = complaintsAbout(bounds, BOUND_CHECKS);
  if (complaints.length === 0) {
    const { atLeast, atMost, atLeastShare, atMostShare } = bounds;
    if (Object.keys(given(bounds)).length === 0)
      complaints.push("at least one of atLeast, atMost, atLeastShare, atMostShare must be there");
    if (atLeast !== undefined && atMost !== undefined && atLeast > atMost)
      complaints.push("atLeast is greater than atMost");
    if (atLeastShare !== undefined && atMostShare !== undefined && atLeastShare > atMostShare)
      complaints.push("atLeastShare is greater than atMostShare");
  }
  refuseIfAny(of, complaints);
  return { kind, ...given(bounds) };
}

/** Runs when that many upstreams (counts), or that part of them (shares 0…1), failed; both ends inclusive. @throws CaudalError OPTION_INVALID */
export function someFailed(bounds: TriggerBounds): BoundedTrigger {
  return bounded("some_failed", "someFailed", bounds);
}

/** Runs when that many upstreams (counts), or that part of them (shares 0…1), succeeded; both ends inclusive. @throws CaudalError OPTION_INVALID */
export function someSuccessful(bounds: TriggerBounds): BoundedTrigger {
  return bounded("some_successful", "someSuccessful", bounds);
}
