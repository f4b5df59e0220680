/**
 * In which state, with which value, each task run of an undisturbed flow ends: the rules of Prefect 1.x and of the
 * design in one pass over the nodes, as obvious as it can be. No engine, no time, no store.
 */
import { familyOf, type StateType } from "../src/state/task-state.ts";
import { onceValue, resultOf } from "./bodies.ts";
import type { FlowSpec, NodeSpec, Scenario } from "./scenario.ts";

export interface End {
  readonly type: StateType;
  /** What consumers get. */
  readonly value: unknown;
  /** Of a mapped node. */
  readonly children?: readonly End[];
}

/** What consumers of a failed task run get, whatever it says. */
const ERROR = { message: "error" };
const failed: End = { type: "Failed", value: ERROR };
const triggerFailed: End = { type: "TriggerFailed", value: ERROR };
const skipped: End = { type: "Skipped", value: null };
const success = (value: unknown): End => ({ type: "Success", value });

const isFailed = ({ type }: End) => familyOf(type) === "failed";
const isSuccess = ({ type }: End) => familyOf(type) === "success";
const wholeValue = (end: End) => (end.type === "Mapped" ? end.children!.map(({ value }) => value) : end.value);

export class ReferenceModel {
  readonly #flow: FlowSpec;
  readonly #says: Scenario["person"]["says"];
  readonly ends: End[] = [];

  constructor(flow: FlowSpec, says: Scenario["person"]["says"]) {
    this.#flow = flow;
    this.#says = says;
    for (const spec of flow.nodes) this.ends.push(spec.mapped ? this.#mapped(spec) : this.#one(spec, undefined));
  }

  /** What became of an upstream as a child sees it: its own sibling where the two pair. */
  #seen(spec: NodeSpec, up: number, child: number | undefined): readonly End[] {
    const end = this.ends[up]!;
    if (end.type !== "Mapped") return [end];
    const edges = spec.args.filter(({ from }) => from === up);
    const after = spec.after.includes(up);
    const isBranch = (spec.branchOf ?? spec.caseOf?.branch) === up;
    const pairsAfter = !after || (spec.over !== undefined && this.#flow.nodes[up]!.over?.body === spec.over.body);
    const pairs = pairsAfter && edges.every(({ each, flatten, element }) => (each && !flatten) || element);
    const spreads = !after && !isBranch && edges.length > 0 && edges.every(({ each, flatten }) => each && flatten);
    if (child === undefined) return pairs || spreads ? [end] : end.children!;
    if (pairs) return child < end.children!.length ? [end.children![child]!] : [end];
    if (!spreads) return end.children!;
    const origin = end.children!.flatMap(({ value }, i) => (Array.isArray(value) ? value.map(() => i) : [i]))[child];
    return origin === undefined ? [end] : [end.children![origin]!];
  }

  /** Every upstream whose end is judged, each once. */
  #upstreams(spec: NodeSpec, child: number | undefined): readonly End[] {
    const ups = new Set([...spec.args.map(({ from }) => from), ...spec.after]);
    return [...ups].flatMap((up) => this.#seen(spec, up, child));
  }

  #args(spec: NodeSpec, child: number | undefined): readonly unknown[] {
    return spec.args.map(({ from, each, flatten, element }) => {
      const end = this.ends[from]!;
      if (child !== undefined && element) {
        if (end.type === "Mapped") return end.children![child]?.value;
        if (isFailed(end)) return end.value;
        return Array.isArray(end.value) ? end.value[child] : null;
      }
      const whole = flatten ? flattened(wholeValue(end)) : wholeValue(end);
      if (child === undefined || !each) return whole;
      return Array.isArray(whole) ? whole[child] : null;
    });
  }

  /** Before anything of it runs: the case it stands in, and skipped upstreams. */
  #before(spec: NodeSpec, child: number | undefined, upstreams: readonly End[]): End | undefined {
    if (spec.resource?.role === "cleanup") {
      const setup = this.ends[spec.resource.setup]!;
      return isSuccess(setup) && setup.type !== "Skipped" ? undefined : skipped;
    }
    if (spec.caseOf !== undefined) {
      const branch = this.ends[spec.caseOf.branch]!;
      const own = child !== undefined && branch.type === "Mapped" ? branch.children![child]! : branch;
      if (!isSuccess(own)) return triggerFailed;
      if (own.type === "Skipped") return skipped;
      if (own.type !== "Mapped" && own.value !== spec.caseOf.key) return skipped;
    }
    return spec.skipOnUpstreamSkip && upstreams.some(({ type }) => type === "Skipped") ? skipped : undefined;
  }

  #mapped(spec: NodeSpec): End {
    const before = this.#before(spec, undefined, this.#upstreams(spec, undefined));
    if (before !== undefined) return before;
    const width = this.#width(spec);
    if (typeof width !== "number") return afterHandler(spec, width);
    return { type: "Mapped", value: undefined, children: Array.from({ length: width }, (_, i) => this.#one(spec, i)) };
  }

  #width(spec: NodeSpec): number | End {
    if (spec.over !== undefined) {
      const list = this.ends[spec.over.list]!;
      if (list.type === "Skipped") return skipped;
      return isSuccess(list) ? lengthOf(wholeValue(list)) : failed;
    }
    const lists = spec.args.filter(({ each, from }) => each && isSuccess(this.ends[from]!));
    if (lists.length === 0) return failed;
    const lengths = lists.map(({ from, flatten }) => {
      const whole = wholeValue(this.ends[from]!);
      return lengthOf(flatten ? flattened(whole) : whole);
    });
    return lengths.find((length) => typeof length !== "number") ?? lengths[0]!;
  }

  #one(spec: NodeSpec, child: number | undefined): End {
    const upstreams = this.#upstreams(spec, child);
    const before = this.#before(spec, child, upstreams);
    if (before !== undefined) return before;
    if (spec.kind !== "task") return this.#control(spec, child, upstreams);
    if (spec.resource?.role !== "cleanup") {
      const verdict = judged(spec, upstreams);
      if (verdict !== undefined) return verdict;
    }
    return ran(spec, this.#args(spec, child), this.#says);
  }

  #control(spec: NodeSpec, child: number | undefined, upstreams: readonly End[]): End {
    const args = this.#args(spec, child);
    const anyFailed = upstreams.some(isFailed);
    switch (spec.kind) {
      case "branch":
        if (anyFailed) return triggerFailed;
        if (typeof args[0] !== "string") return failed;
        return success(spec.cases!.includes(args[0]) ? args[0] : null);
      case "choose": {
        const [branch] = this.#seen(spec, spec.branchOf!, child);
        if (branch === undefined || !isSuccess(branch)) return triggerFailed;
        if (branch.type === "Skipped") return skipped;
        if (anyFailed) return triggerFailed;
        const index = spec.cases!.indexOf(String(branch.value));
        const taken = spec.args[index];
        if (taken === undefined || this.#seen(spec, taken.from, child)[0]?.type === "Skipped") return skipped;
        return success(args[index]);
      }
      case "merge":
        if (upstreams.every(({ type }) => type === "Skipped")) return skipped;
        return anyFailed ? triggerFailed : success(args.find((value) => value !== null && value !== undefined) ?? null);
      default: {
        const [list] = args;
        if (!Array.isArray(list)) return failed;
        const { children } = this.ends[spec.args[0]!.from]!;
        const isLost = (i: number) =>
          children !== undefined && (children[i]!.type === "Skipped" || isFailed(children[i]!));
        return success(list.filter((member, i) => member !== null && member !== undefined && !isLost(i)));
      }
    }
  }
}

function flattened(value: unknown): unknown {
  return Array.isArray(value) ? value.flat(1) : value;
}

function lengthOf(value: unknown): number | End {
  return Array.isArray(value) ? value.length : failed;
}

/** Undefined: it runs. */
function judged(spec: NodeSpec, upstreams: readonly End[]): End | undefined {
  const all = upstreams.length;
  const bad = upstreams.filter(isFailed).length;
  const none = spec.args.length + spec.after.length === 0;
  const when = (met: boolean) => (met ? undefined : triggerFailed);
  const { trigger } = spec;
  switch (trigger.kind) {
    case "all_successful":
      return when(bad === 0);
    case "all_failed":
      return when(bad === all);
    case "any_successful":
      return when(none || bad < all);
    case "any_failed":
      return when(none || bad > 0);
    case "not_all_skipped":
      return upstreams.every(({ type }) => type === "Skipped") ? skipped : when(bad === 0);
    case "some_failed":
      return when(none || bad >= (trigger.atLeast ?? 0));
    case "some_successful":
      return when(none || all - bad >= (trigger.atLeast ?? 0));
    case "custom":
      if (spec.custom === "skips") return skipped;
      return when(spec.custom === "yes" || spec.custom === "slow yes");
    default:
      return undefined;
  }
}

/** What a handler makes of a state that is proposed. */
function afterHandler({ handler }: NodeSpec, end: End): End {
  if (handler === "rescues" && end.type === "Failed") return success("rescued");
  if (handler === "spoils" && end.type === "Success") return failed;
  if (handler === "hangs" && end.type === "Success") return failed; // given up after its time
  return end;
}

/** It may run: what its attempts come to in the end. */
function ran(spec: NodeSpec, args: readonly unknown[], says: Scenario["person"]["says"]): End {
  if (spec.handler === "throws") return failed;
  const { deed } = spec;
  const takesTime =
    deed.kind === "hangs" || (deed.kind !== "once" && spec.ms > 0 && spec.ms >= (spec.timeoutMs ?? Infinity));
  if (takesTime) return { type: "TimedOut", value: ERROR };
  if (deed.kind === "skips") return skipped;
  if (deed.kind === "pauses" && says === "reject") return afterHandler(spec, failed);
  const end = afterHandler(spec, bodyEnd(spec, args));
  return end.type === "Success" && spec.cacheForMs !== undefined ? { ...end, type: "Cached" } : end;
}

function bodyEnd(spec: NodeSpec, args: readonly unknown[]): End {
  const { deed } = spec;
  switch (deed.kind) {
    case "fails":
      // A handler that rescues does so at the first failure.
      return deed.times > spec.retries || (spec.handler === "rescues" && deed.times > 0)
        ? failed
        : success(resultOf(spec, args));
    case "fails-for-good":
      return failed;
    case "unkeepable":
      return spec.keepsResult && spec.resource?.role !== "setup" ? failed : success(resultOf(spec, args));
    case "once":
      return success(onceValue(spec));
    default:
      return success(resultOf(spec, args));
  }
}
