/**
 * A flow as data: nodes, where each of their arguments comes from, and the plain half of each task's rules.
 *
 * `flow/` builds it, `engine/` runs it, `render/` draws it, the CLI prints it. Functions (bodies, handlers,
 * custom triggers) are not in here: they stand beside it in a `Program`, at the same indices.
 */
import type { Millis } from "../base/time.ts";

/** A node's index in `Graph.nodes`. Ids follow the order of calls, so an upstream that is an argument has a lower id. */
export type NodeId = number;

export type PathKey = string | number;

/** Where a value comes from. Nested: a plain array or object in an argument may hold refs at any depth. */
export type Source =
  | { readonly kind: "value"; readonly value: unknown }
  /** `settled`: `{ ok, value }` or `{ ok, error }` instead of the result, for consumers that run after failures. */
  | { readonly kind: "node"; readonly node: NodeId; readonly path: readonly PathKey[]; readonly settled?: true }
  | { readonly kind: "parameter"; readonly name: string; readonly path: readonly PathKey[] }
  /**
   * In the body of a `mapEach`: what child `i` has of `of`, which is its element of a list, or its sibling where `of`
   * is a mapped node; then a path into that.
   */
  | {
      readonly kind: "element";
      readonly of: Source;
      readonly path: readonly PathKey[];
      readonly settled?: true;
    }
  | { readonly kind: "list"; readonly items: readonly Source[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly values: readonly Source[] };

export interface Argument {
  /** The function's argument name, else its position as text (`"0"`). Labels the edge. */
  readonly label: string;
  readonly source: Source;
  /** Mapped over: each child gets one element. Only in nodes with `mapped`. */
  readonly each: boolean;
  /** One level is flattened first. */
  readonly flatten: boolean;
}

/**
 * - `task` calls its body.
 * - `branch` has one argument; its result is the key of the case taken (text), or null.
 * - `choose` is what `branch()` returns: the value of the taken case. Its arguments are the cases' results, in the
 *   order of `cases`, and `branchOf` names the branch.
 * - `merge` gives the first of its arguments that is not null, in argument order.
 * - `filter` gives the members of its one argument that are neither null nor of a failed or skipped task run.
 */
export type NodeKind = "task" | "branch" | "choose" | "merge" | "filter";

export interface Over {
  readonly list: Source;
  readonly body: number;
}

export interface GraphNode {
  readonly id: NodeId;
  /** `name-1`, `name-2`, … in order of calls; stable over rebuilds. */
  readonly slug: string;
  readonly name: string;
  readonly kind: NodeKind;
  /** Index in `Graph.tasks`; control nodes (branch, choose, merge) have rules of their own there too. */
  readonly task: number;
  readonly arguments: readonly Argument[];
  readonly mapped: boolean;
  /**
   * It stands in the body of a `mapEach`: it has one child per element of this list, whether its arguments use the
   * element or not. `body` tells the calls of `mapEach` in a flow apart.
   */
  readonly over?: Over;
  /** Order-only upstreams (`setUpstream`), in order, without repeats. */
  readonly after: readonly NodeId[];
  /** It stands in a case of a branch: it runs only if that branch took `key`. Nested branches need no second entry. */
  readonly caseOf?: { readonly branch: NodeId; readonly key: string };
  /** `branch`: the keys of its cases, `otherwise` last as `OTHERWISE` where there is one. `choose`: the same list. */
  readonly cases?: readonly string[];
  /** `choose`: its branch node. */
  readonly branchOf?: NodeId;
  /** One half of a resource. Cleanup runs when its setup succeeded and all its other upstreams are finished; neither is a reference. */
  readonly resource?: { readonly role: "setup" } | { readonly role: "cleanup"; readonly setup: NodeId };
  /** Names of the groups it stands in, outermost first. */
  readonly groups: readonly string[];
}

/** The key that stands for `otherwise` in `cases` and `caseOf`; no text a user gives can equal it. */
export const OTHERWISE = "\u0000otherwise";

export type TriggerRule =
  | {
      readonly kind:
        | "all_successful"
        | "all_failed"
        | "any_successful"
        | "any_failed"
        | "all_finished"
        | "not_all_skipped"
        | "manual_only";
    }
  | ({ readonly kind: "some_failed" | "some_successful" } & TriggerBounds)
  | { readonly kind: "custom" };

/** Counts are whole numbers of upstreams, shares are 0…1 of them; both ends are inclusive. */
export interface TriggerBounds {
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
  readonly atLeastShare?: number | undefined;
  readonly atMostShare?: number | undefined;
}

/** A question to a person, in place of a body. */
export interface ApprovalRule {
  readonly question: string;
  /** How long the answer may take, from when it is asked; undefined: for ever. */
  readonly timeoutMs: Millis | undefined;
  /** JSON Schema of what a person gives with a yes, `{}` where that cannot be said; undefined: nothing. */
  readonly input: Readonly<Record<string, unknown>> | undefined;
}

/** What the engine must know of a task: no functions, only data. */
export interface TaskRules {
  readonly name: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly trigger: TriggerRule;
  readonly skipOnUpstreamSkip: boolean;
  /** Attempts after the first. */
  readonly retries: number;
  readonly retrySignalsMax: number;
  readonly loopMax: number;
  readonly maxLost: number;
  readonly onLost: "retry" | "fail" | "ask";
  /** Per attempt; undefined: none. */
  readonly timeoutMs: Millis | undefined;
  /** How long a result stays fresh, counted from the end of the task run; undefined: no cache. */
  readonly cacheForMs: Millis | undefined;
  /** A file whose existence is the result: looked up instead of the cache. */
  readonly hasTarget: boolean;
  /** −100 … 100, higher starts first. */
  readonly priority: number;
  readonly limits: readonly string[];
  readonly keepsResult: boolean;
  readonly mapLengths: "equal" | "shortest";
  /** It has state handlers (its own or the flow's `taskStateHandlers`): every transition asks them. */
  readonly asksHandlers: boolean;
  /** It has listeners or `onFailure`: its transitions are kept as full states for them. */
  readonly watched: boolean;
  /** It has no body: a person decides. */
  readonly approval?: ApprovalRule;
  /** Hash of the body's text: shown as "body changed", part of the default cache version. Never in a fingerprint. */
  readonly bodyHash: string;
}

export interface GraphParameter {
  readonly name: string;
  readonly required: boolean;
  /** JSON; undefined when there is none. */
  readonly default?: unknown;
  readonly description?: string;
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

export interface Graph {
  readonly name: string;
  readonly description?: string;
  readonly version?: string;
  readonly tags: readonly string[];
  readonly nodes: readonly GraphNode[];
  readonly tasks: readonly TaskRules[];
  readonly parameters: readonly GraphParameter[];
  /** Chosen by `referenceTasks`; undefined: the nodes without a downstream. */
  readonly references: readonly NodeId[] | undefined;
  /** What the build function returned: the shape of the flow's result. */
  readonly result: Source;
}
