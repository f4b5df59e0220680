/**
 * Mapping: when a mapped node may decide how many children it has, and what its children wait for.
 *
 * Prefect 1.x: over failed upstreams only, Failed (`no-mappable-upstream`) whatever the trigger; over something that
 * is no list, Failed; over an empty list, Mapped with no children. Children check skips and triggers themselves.
 * Beside a list, a failed upstream gives every child its failure; one that failed because it could not be mapped itself,
 * or with null, gives none, which is the shortest.
 */
import type { Source } from "../graph/graph.ts";
import { recordOfCode } from "../state/error-text.ts";
import { familyOf, type TaskState } from "../state/task-state.ts";
import { wakeFlow } from "./approval.ts";
import { complete, wakePaired } from "./finish.ts";
import { ROLE } from "./plan.ts";
import {
  addChildren,
  isTooMany,
  PHASE,
  type Run,
  rulesOf,
  STATE_INDEX,
  TASK_RUNS_MAX,
  taskRunName,
  typeOf,
} from "./run.ts";
import { propose, type Step, toPending } from "./step.ts";
import { originKey } from "./tally.ts";
import { dropLists, lengthOf, lengthOfList, listOfChildren, type MissingPath } from "./values.ts";

interface Width {
  readonly label: string;
  readonly length: number;
}

/** The nodes a mapped argument's list comes from: empty for a constant or a parameter. */
function cameFromFailed(run: Run, node: number, index: number): boolean {
  const { source } = run.plan.graph.nodes[node]!.arguments[index]!;
  return source.kind === "node" && familyOf(typeOf(run, source.node)) !== "success";
}

/** It failed because it could not be mapped itself, or with null: it has not even an element that failed. */
function isWithoutElements(run: Run, node: number, index: number): boolean {
  const { source } = run.plan.graph.nodes[node]!.arguments[index]!;
  if (source.kind !== "node") return false;
  if (run.value[source.node] === null) return true;
  if (run.plan.mapped[source.node] === 0) return false;
  const reason = run.detail.get(source.node)?.reason?.code;
  return reason === "no-mappable-upstream" || reason === "unmappable-result";
}

/** The lengths of the mapped arguments, or the state that says why there are none. */
function widths(run: Run, node: number): readonly Width[] | TaskState {
  const found: Width[] = [];
  const { arguments: list, over } = run.plan.graph.nodes[node]!;
  if (over !== undefined) return widthOfBody(run, over.list);
  const none: Width[] = [];
  for (let i = 0; i < list.length; i++) {
    const argument = list[i]!;
    if (!argument.each) continue;
    if (cameFromFailed(run, node, i)) {
      if (isWithoutElements(run, node, i)) none.push({ label: argument.label, length: 0 });
      continue;
    }
    let missing: MissingPath | undefined;
    const length = lengthOf(run, node, i, (at) => {
      missing ??= at;
    });
    if (missing !== undefined) return pathMissing(missing);
    if (typeof length === "string") {
      const upstream =
        argument.source.kind === "node" ? run.plan.graph.nodes[argument.source.node]!.name : argument.label;
      return unmappable(upstream, length);
    }
    found.push({ label: argument.label, length });
  }
  if (found.length === 0) return noUpstream();
  // Lengths that must match are of lists that exist; the children then say what failed.
  return rulesOf(run, node).mapLengths === "shortest" ? [...found, ...none] : found;
}

function noUpstream(): TaskState {
  return {
    type: "Failed",
    error: recordOfCode("MAP_NO_UPSTREAM", undefined),
    reason: { code: "no-mappable-upstream" },
  };
}

/** Of a node in the body of a `mapEach`: the list's length, whatever its arguments are. */
function widthOfBody(run: Run, list: Source): readonly Width[] | TaskState {
  const upstream = list.kind === "node" ? taskRunName(run, list.node) : "mapEach";
  if (list.kind === "node") {
    const type = typeOf(run, list.node);
    if (type === "Skipped") return { type: "Skipped", result: null, reason: { code: "upstream-skipped", upstream } };
    if (familyOf(type) !== "success") return noUpstream();
  }
  let missing: MissingPath | undefined;
  const length = lengthOfList(run, list, (at) => {
    missing ??= at;
  });
  if (missing !== undefined) return pathMissing(missing);
  if (typeof length === "number") return [{ label: "element", length }];
  return unmappable(upstream, length);
}

function unmappable(upstream: string, got: string): TaskState {
  const error = recordOfCode("MAP_UNMAPPABLE", { upstream, got });
  return { type: "Failed", error, reason: { code: "unmappable-result", upstream, got } };
}

/** A path of its arguments leads nowhere, so its body is not called. */
export function pathMissing(at: MissingPath): TaskState {
  return {
    type: "Failed",
    error: recordOfCode("REF_PATH_MISSING", at),
    reason: { code: "ref-path-missing", path: at.path },
  };
}

/** Proposes Mapped, or the failure that stands in its way. */
export function decideChildren(step: Step, node: number): void {
  const { run } = step;
  const found = widths(run, node);
  if (!Array.isArray(found)) return propose(step, node, found as TaskState, "before");
  const lengths = (found as readonly Width[]).map((width) => width.length);
  const least = Math.min(...lengths);
  if (Math.max(...lengths) !== least && rulesOf(run, node).mapLengths === "equal") {
    const shown = (found as readonly Width[]).map((width) => `${width.label}: ${width.length}`);
    const error = recordOfCode("MAP_LENGTHS", { lengths: shown });
    return propose(step, node, { type: "Failed", error, reason: { code: "map-lengths", lengths } }, "before");
  }
  if (isTooMany(run, least)) {
    const error = recordOfCode("NODES_MAX", {
      max: TASK_RUNS_MAX,
      what: `${least} children of '${run.plan.graph.nodes[node]!.slug}'`,
    });
    return propose(step, node, { type: "Failed", error }, "before");
  }
  run.childCount[node] = least; // so that handlers see the count; the slots come when the state is entered
  propose(step, node, { type: "Mapped", children: least, result: [] }, "map");
}

/** The state is Mapped: the children exist from here on, and those whose siblings are finished may start. */
export function createChildren(step: Step, node: number): void {
  const { run } = step;
  const count = run.childCount[node]!;
  addChildren(run, node, count);
  noteOrigins(run, node);
  run.settled.push(node);
  const base = run.childBase[node]!;
  for (let child = 0; child < count; child++) {
    run.waiting[base + child] = openSiblings(run, node, child);
    if (run.waiting[base + child] === 0) run.todo.push(base + child);
  }
  wakePaired(run, node);
  if (count === 0) complete(step, node);
}

/**
 * In a run that goes on: what its children were waiting for has run again. They were decided once, and each takes the
 * element at its place of what is there now.
 */
export function considerChildren(step: Step, node: number): void {
  const { run } = step;
  if (run.phase[node] === PHASE.DONE || run.waiting[node]! > 0) return;
  dropLists(run, node); // they may have been made while something in them was missing
  noteOrigins(run, node);
  const isStopping = run.draining || run.cancelling;
  const found = widths(run, node);
  for (let child = 0; child < run.childCount[node]!; child++) {
    const slot = run.childBase[node]! + child;
    const instead = isStopping ? undefined : withoutElement(run, node, found, child);
    if (instead === undefined) run.todo.push(slot);
    else endInstead(step, slot, instead);
  }
}

/** What a child ends with whose element is no longer there. */
function withoutElement(
  run: Run,
  node: number,
  found: readonly Width[] | TaskState,
  child: number,
): TaskState | undefined {
  if (!Array.isArray(found)) return found as TaskState;
  const short = (found as readonly Width[]).find(({ length }) => child >= length);
  if (short === undefined) return undefined;
  const { over } = run.plan.graph.nodes[node]!;
  const upstream = over?.list.kind === "node" ? taskRunName(run, over.list.node) : short.label;
  return pathMissing({ upstream, path: `[${child}]`, got: `an array of ${short.length}` });
}

/** Whatever it waits for; not where it is done, or its handlers are being told what a person said of it. */
function endInstead(step: Step, slot: number, state: TaskState): void {
  const { run } = step;
  if (run.phase[slot] === PHASE.DONE || run.phase[slot] === PHASE.ASKED) return;
  wakeFlow(run);
  if (run.state[slot] !== STATE_INDEX.Pending) toPending(step, slot);
  run.phase[slot] = PHASE.IDLE;
  propose(step, slot, state, "before");
}

/** For elements that come from flattened children: which child each came from, once all of these are there. */
export function noteOrigins(run: Run, node: number): void {
  const { arguments: list } = run.plan.graph.nodes[node]!;
  for (const { each, flatten, source } of list) {
    if (!each || !flatten || source.kind !== "node" || run.state[source.node] !== STATE_INDEX.Mapped) continue;
    if (run.childOpen[source.node]! > 0) continue; // some run again: then they are counted anew
    const origins: number[] = [];
    listOfChildren(run, source.node).forEach((value, child) => {
      const width = Array.isArray(value) ? value.length : 1;
      for (let i = 0; i < width; i++) origins.push(child);
    });
    run.origins.set(originKey(node, source.node), Uint32Array.from(origins));
  }
}

/** Siblings a child is paired with that are not finished. */
export function openSiblings(run: Run, node: number, child: number): number {
  const { plan } = run;
  let open = 0;
  for (let e = plan.upStart[node]!; e < plan.upStart[node + 1]!; e++) {
    if ((plan.upRole[e]! & ROLE.PAIRED) === 0) continue;
    const up = plan.up[e]!;
    if (run.state[up] !== STATE_INDEX.Mapped || child >= run.childCount[up]!) continue;
    // Not by its state: a Failed one may be on its way to Retrying, a Success to Cached.
    if (run.phase[run.childBase[up]! + child] !== PHASE.DONE) open++;
  }
  return open;
}
