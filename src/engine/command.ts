/**
 * What the engine asks of the world. Questions (`Ask…`) are answered by an event of the same subject; the rest is
 * carried out after the commit of the pass that gave it, in order.
 */
import type { Instant } from "../base/time.ts";
import type { FlowState, TaskState } from "../state/task-state.ts";

export type Command =
  | {
      readonly type: "AskHandlers";
      readonly slot: number;
      readonly question: number;
      readonly from: TaskState;
      readonly to: TaskState;
    }
  | { readonly type: "AskFlowHandlers"; readonly from: FlowState; readonly to: FlowState }
  | { readonly type: "AskFinalState"; readonly state: FlowState }
  | { readonly type: "AskTrigger"; readonly slot: number; readonly question: number }
  | { readonly type: "AskCache"; readonly slot: number }
  /** Put the result into the cache, in the commit of this success; gives up the claim as well. */
  | { readonly type: "StoreCache"; readonly slot: number }
  /** The task run ended without a result for the entry it had claimed. */
  | { readonly type: "ReleaseCache"; readonly slot: number }
  | { readonly type: "ClaimLimits"; readonly slot: number }
  | { readonly type: "ReleaseLimits"; readonly slot: number }
  | { readonly type: "StartAttempt"; readonly slot: number; readonly attempt: number }
  /** Abort its signal; its outcome still comes. */
  | { readonly type: "AbortAttempt"; readonly slot: number; readonly why: "cancelled" | "interrupted" | "flow-timeout" }
  | { readonly type: "SetTimer"; readonly slot: number; readonly at: Instant }
  /** The run is over, or waits only for people (Paused): `state` says which. */
  | { readonly type: "FinishRun"; readonly state: FlowState };
