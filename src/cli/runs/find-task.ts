/** Which task run of a run a word means: `load-1`, its name where one call has it, `load-1[3]` for a child. */
import { CaudalError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { childIndex, type Run } from "../../engine/run.ts";
import { childSlots, nodeOf } from "../../runtime/kept/kept-run.ts";

const NAMES_MAX = 20;

/** @throws CaudalError TASK_UNKNOWN, TASK_AMBIGUOUS */
export function findTask(run: Run, word: string): number {
  const { nodes } = run.plan.graph;
  const [, name = word, child] = /^(.*)\[(\d+)\]$/.exec(word) ?? [];
  const bySlug = nodes.find((node) => node.slug === name);
  const byName = nodes.filter((node) => node.name === name);
  const node = bySlug ?? byName[0];
  if (node === undefined) throw new CaudalError("TASK_UNKNOWN", { name: word, known: knownNames(run, name) });
  if (bySlug === undefined && byName.length > 1) {
    const slugs = byName.slice(0, NAMES_MAX).map(({ slug }) => slug);
    throw new CaudalError("TASK_AMBIGUOUS", { name: word, slugs });
  }
  if (child === undefined) return node.id;
  const children = childSlots(run, node.id);
  const slot = children[Number(child)];
  if (slot !== undefined) return slot;
  const known = children.length === 0 ? [node.slug] : [`${node.slug}[0] … ${node.slug}[${children.length - 1}]`];
  throw new CaudalError("TASK_UNKNOWN", { name: word, known });
}

export function taskWord(run: Run, slot: number): string {
  const child = childIndex(run, slot);
  const { slug } = nodeOf(run, slot);
  return child === undefined ? slug : `${slug}[${child}]`;
}

/** The nearest first where there are many. */
function knownNames(run: Run, word: string): readonly string[] {
  const names = run.plan.graph.nodes.map(({ slug }) => slug);
  if (names.length <= NAMES_MAX) return names;
  const meant = nearest(word, names);
  return [...(meant === undefined ? [] : [meant]), ...names.slice(0, NAMES_MAX), "…"];
}
