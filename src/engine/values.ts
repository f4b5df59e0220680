/**
 * Values on their way from results to arguments. Pure reading: results are never copied or changed, and an
 * element of a mapped list is found without building the list.
 */
import { isPlainObject } from "../base/json.ts";
import type { Argument, NodeId, PathKey, Source } from "../graph/graph.ts";
import { familyOf } from "../state/task-state.ts";
import { childIndex, type Run, taskRunName, typeOf } from "./run.ts";

/** A path led nowhere: the upstream succeeded, but its result has no such member. */
export interface MissingPath {
  readonly upstream: string;
  readonly path: string;
  readonly got: string;
}

/** Results of a mapped node's children in order. The list is made once the node is complete, then shared. */
export function listOfChildren(run: Run, node: NodeId): readonly unknown[] {
  const key = `children ${node}`;
  const known = run.lists.get(key);
  if (known !== undefined) return known;
  const base = run.childBase[node]!;
  const list = run.value.slice(base, base + run.childCount[node]!);
  if (run.childOpen[node] === 0) run.lists.set(key, list);
  return list;
}

/** What consumers of a node get. */
export function resultOf(run: Run, node: NodeId): unknown {
  return typeOf(run, node) === "Mapped" ? listOfChildren(run, node) : run.value[node];
}

function slotResult(run: Run, slot: number): unknown {
  return slot < run.plan.count ? resultOf(run, slot) : run.value[slot];
}

/** `Array.isArray`, also of a revoked proxy: results are a user's, and looking at one must not end the run. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** How a value is called in messages: `null`, `a number`, `an object`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (isList(value)) return "an array";
  const type = typeof value;
  return type === "object" ? "an object" : type === "string" ? "text" : `a ${type}`;
}

function pathText(path: readonly PathKey[]): string {
  return path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
}

const MISSING = Symbol("missing");

/** `.get(key)` and `.at(i)`: own members of objects and entries of arrays; negative indices count from the end. */
function follow(value: unknown, path: readonly PathKey[]): unknown {
  try {
    return walk(value, path);
  } catch {
    return MISSING; // a getter or a proxy of the user's that throws: there is nothing to be had there
  }
}

function walk(value: unknown, path: readonly PathKey[]): unknown {
  let at: unknown = value;
  for (const key of path) {
    if (at === null || at === undefined) return MISSING;
    if (typeof key === "number" && (Array.isArray(at) || typeof at === "string")) {
      at = at.at(key);
      continue;
    }
    const holder: object = Object(at);
    if (!(key in holder) || (isPlainObject(at) && !Object.hasOwn(at, key))) return MISSING;
    at = (holder as Record<PathKey, unknown>)[key];
  }
  return at;
}

/**
 * Resolves one source. `missing` is told of each path that leads nowhere through a successful upstream; `child` is
 * the child it is for, whose elements are meant.
 */
export function resolve(run: Run, source: Source, missing?: (at: MissingPath) => void, child?: number): unknown {
  switch (source.kind) {
    case "value":
      return source.value;
    case "parameter": {
      const value = run.parameters[source.name];
      return source.path.length === 0 ? value : followed(run, value, source, undefined, missing);
    }
    case "node": {
      if (source.settled === true) return settledOf(run, source, source.node, missing);
      const value = resultOf(run, source.node);
      return source.path.length === 0 ? value : followed(run, value, source, source.node, missing);
    }
    case "element":
      return elementOf(run, source, child ?? 0, missing);
    case "list":
      return source.items.map((item) => resolve(run, item, missing, child));
    case "object": {
      const object: Record<string, unknown> = {};
      for (let i = 0; i < source.keys.length; i++) {
        // defineProperty: a key named __proto__ is data here, not a prototype.
        Object.defineProperty(object, source.keys[i]!, {
          value: resolve(run, source.values[i]!, missing, child),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
      return object;
    }
  }
}

type PathSource = Extract<Source, { readonly path: unknown }>;

/** A path into a value; `slot` is the task run it came from, if it came from one. */
function followed(
  run: Run,
  value: unknown,
  source: PathSource,
  slot: number | undefined,
  missing?: (at: MissingPath) => void,
): unknown {
  if (slot !== undefined) {
    const type = typeOf(run, slot);
    if (familyOf(type) === "failed") return value; // the error record stands for every part of what was not made
    if (type === "Skipped" || familyOf(type) === "cancelled") return null;
  }
  const found = follow(value, source.path);
  if (found !== MISSING) return found;
  const upstream = slot !== undefined ? taskRunName(run, slot) : source.kind === "parameter" ? source.name : "element";
  missing?.({ upstream, path: pathText(source.path), got: kindOf(value) });
  return undefined;
}

/** `settled(ref)`: whether there is a result, and it or the error. A skipped upstream settled with null. */
function settledOf(
  run: Run,
  source: PathSource,
  slot: number,
  missing?: (at: MissingPath) => void,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown } {
  if (familyOf(typeOf(run, slot)) === "failed") return { ok: false, error: run.detail.get(slot)?.error };
  const value = slotResult(run, slot);
  return { ok: true, value: source.path.length === 0 ? value : followed(run, value, source, slot, missing) };
}

/** In the body of a `mapEach`: the child's sibling, or its entry of a list. */
function elementOf(
  run: Run,
  source: Extract<Source, { readonly kind: "element" }>,
  child: number,
  missing?: (at: MissingPath) => void,
): unknown {
  const { of } = source;
  const slot = elementSlot(run, of, child);
  if (slot !== undefined) {
    if (source.settled === true) return settledOf(run, source, slot, missing);
    const value = slotResult(run, slot);
    return source.path.length === 0 ? value : followed(run, value, source, slot, missing);
  }
  const value = entryOf(run, of, child);
  const found = source.path.length === 0 ? value : followed(run, value, source, undefined, missing);
  return source.settled === true ? { ok: true, value: found } : found;
}

/** The task run an element is the result of, if it is one's: the whole list's where that was not made. */
function elementSlot(run: Run, of: Source, child: number): number | undefined {
  if (of.kind === "list") {
    const item = of.items[child];
    return item?.kind === "node" && item.path.length === 0 ? item.node : undefined;
  }
  if (of.kind !== "node") return undefined;
  if (of.path.length === 0 && typeOf(run, of.node) === "Mapped") return run.childBase[of.node]! + child;
  return familyOf(typeOf(run, of.node)) === "failed" ? of.node : undefined;
}

function entryOf(run: Run, of: Source, child: number): unknown {
  if (of.kind === "list") return of.items[child] === undefined ? null : resolve(run, of.items[child]);
  const list = resolve(run, of);
  return Array.isArray(list) ? list[child] : null;
}

/** How many children the nodes of a `mapEach` over this list have; text says why there are none. */
export function lengthOfList(run: Run, list: Source, missing: (at: MissingPath) => void): number | string {
  if (list.kind === "list") return list.items.length;
  if (list.kind === "node" && list.path.length === 0 && typeOf(run, list.node) === "Mapped")
    return run.childCount[list.node]!;
  const value = resolve(run, list, missing);
  return isList(value) ? value.length : kindOf(value);
}

/** One level less. A list is flattened where all its members are lists; of children, those that gave one are spread. */
function flattened(run: Run, { source }: Argument, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const ofChildren = source.kind === "node" && source.path.length === 0 && typeOf(run, source.node) === "Mapped";
  return ofChildren || value.every(Array.isArray) ? value.flat(1) : value;
}

/** The whole value of an argument (before an element is taken), flattened where it says so. */
function wholeArgument(
  run: Run,
  node: NodeId,
  index: number,
  argument: Argument,
  missing?: (at: MissingPath) => void,
  child?: number,
): unknown {
  // Lists that every child of a mapped node would make again are made once.
  const isOwn = run.plan.graph.nodes[node]!.over !== undefined;
  const shared = argument.each || (argument.flatten && run.plan.mapped[node] === 1 && !isOwn);
  if (!shared) {
    const value = resolve(run, argument.source, missing, child);
    return argument.flatten ? flattened(run, argument, value) : value;
  }
  const key = `argument ${node} ${index}`;
  const known = run.lists.get(key);
  if (known !== undefined) return known;
  const value = resolve(run, argument.source, missing);
  const whole = argument.flatten ? flattened(run, argument, value) : value;
  if (isList(whole)) run.lists.set(key, whole);
  return whole;
}

/** A node whose children give the elements one by one: no list is needed. */
function childrenSource(run: Run, argument: Argument): NodeId | undefined {
  const { source } = argument;
  if (argument.flatten || source.kind !== "node" || source.path.length > 0) return undefined;
  return typeOf(run, source.node) === "Mapped" ? source.node : undefined;
}

/** How many elements a mapped argument has; text says why it has none. */
export function lengthOf(run: Run, node: NodeId, index: number, missing?: (at: MissingPath) => void): number | string {
  const argument = run.plan.graph.nodes[node]!.arguments[index]!;
  const children = childrenSource(run, argument);
  if (children !== undefined) return run.childCount[children]!;
  const whole = wholeArgument(run, node, index, argument, missing);
  return isList(whole) ? whole.length : kindOf(whole);
}

function element(
  run: Run,
  node: NodeId,
  index: number,
  argument: Argument,
  child: number,
  missing?: (at: MissingPath) => void,
): unknown {
  const children = childrenSource(run, argument);
  if (children !== undefined) return run.value[run.childBase[children]! + child];
  if (argument.source.kind === "list" && !argument.flatten) {
    const item = argument.source.items[child];
    return item === undefined ? null : resolve(run, item, missing);
  }
  const whole = wholeArgument(run, node, index, argument, missing);
  return Array.isArray(whole) ? whole[child] : null; // a failed upstream among the mapped ones has no elements
}

/** The arguments a task run is called with, in order. */
export function gather(run: Run, slot: number, missing?: (at: MissingPath) => void): unknown[] {
  const node = run.owner[slot]!;
  const list = run.plan.graph.nodes[node]!.arguments;
  const child = childIndex(run, slot);
  const values = new Array<unknown>(list.length);
  for (let i = 0; i < list.length; i++) {
    const argument = list[i]!;
    values[i] =
      argument.each && child !== undefined
        ? element(run, node, i, argument, child, missing)
        : wholeArgument(run, node, i, argument, missing, child);
  }
  return values;
}

/** The first path of a task run's arguments that leads nowhere. */
export function missingPath(run: Run, slot: number): MissingPath | undefined {
  let first: MissingPath | undefined;
  gather(run, slot, (at) => {
    first ??= at;
  });
  return first;
}

/** Lists made for mapping a node are not needed once it is complete. */
export function dropLists(run: Run, node: NodeId): void {
  if (run.lists.size === 0) return;
  const count = run.plan.graph.nodes[node]!.arguments.length;
  for (let i = 0; i < count; i++) run.lists.delete(`argument ${node} ${i}`);
}
