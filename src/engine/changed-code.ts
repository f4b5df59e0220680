/**
 * A run goes on with a flow that has changed since. Nodes are the same by their slug. Finished ones keep their
 * results whatever became of their task; only what remains must be what it was, and whatever is not is named.
 */
import type { TaskState } from "../state/task-state.ts";

interface Shape {
  readonly slug: string;
  readonly shape: string;
}

interface Row {
  readonly slot: number;
  readonly node: number;
  readonly child: number | undefined;
  readonly state: TaskState;
  readonly childBase: number | undefined;
}

export interface Adapted<R extends Row> {
  /** In terms of the flow as it is now. */
  readonly rows: readonly R[];
  /** What remains and is not as it was, one sentence each. */
  readonly changes: readonly string[];
  readonly moved: boolean;
  /** Slots that no row has any more. */
  readonly removed: readonly number[];
}

export function adaptRows<R extends Row>(
  before: readonly Shape[],
  now: readonly Shape[],
  rows: readonly R[],
  isFinished: (type: TaskState["type"]) => boolean,
): Adapted<R> {
  const complete = completeNodes(before.length, rows, isFinished);
  const nodeNow = new Map(now.map(({ slug }, node) => [slug, node]));
  const changes: string[] = [];
  before.forEach(({ slug, shape }, node) => {
    const is = nodeNow.get(slug);
    if (complete.has(node)) return;
    if (is === undefined) changes.push(`'${slug}' has not finished and is no longer in the flow`);
    else if (now[is]!.shape !== shape) changes.push(`'${slug}' has not finished and was changed`);
  });
  const known = new Set(before.map(({ slug }) => slug));
  for (const { slug } of now) if (!known.has(slug)) changes.push(`'${slug}' is new`);
  return { ...moveRows(before, nodeNow, rows, now.length), changes };
}

function completeNodes(
  count: number,
  rows: readonly Row[],
  isFinished: (type: TaskState["type"]) => boolean,
): ReadonlySet<number> {
  const children = new Map<number, number>();
  for (const { slot, node, state } of rows)
    if (slot >= count && isFinished(state.type)) children.set(node, (children.get(node) ?? 0) + 1);
  const complete = rows.filter(
    ({ slot, node, state }) =>
      slot < count &&
      isFinished(state.type) &&
      (state.type !== "Mapped" || (children.get(node) ?? 0) === state.children),
  );
  return new Set(complete.map((row) => row.node));
}

/** Nodes keep their slug and get its new number; ranges of children follow behind the nodes, in the order they had. */
function moveRows<R extends Row>(
  before: readonly Shape[],
  nodeNow: ReadonlyMap<string, number>,
  rows: readonly R[],
  count: number,
): Omit<Adapted<R>, "changes"> {
  const baseNow = new Map<number, number>();
  let next = count;
  const mapped = rows.filter((row) => row.slot < before.length && row.childBase !== undefined);
  for (const row of mapped.sort((a, b) => a.childBase! - b.childBase!)) {
    if (nodeNow.get(before[row.node]!.slug) === undefined || row.state.type !== "Mapped") continue;
    baseNow.set(row.node, next);
    next += row.state.children;
  }
  const moved = rows.flatMap((row) => {
    const node = nodeNow.get(before[row.node]!.slug);
    if (node === undefined) return [];
    const base = baseNow.get(row.node);
    if (row.slot < before.length) return [{ ...row, slot: node, node, childBase: base }];
    return base === undefined || row.child === undefined ? [] : [{ ...row, slot: base + row.child, node }];
  });
  moved.sort((a, b) => a.slot - b.slot);
  const used = new Set(moved.map((row) => row.slot));
  return { rows: moved, moved: true, removed: rows.map((row) => row.slot).filter((slot) => !used.has(slot)) };
}
