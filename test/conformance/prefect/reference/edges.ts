/** What the edges of a task bring: upstream states to be judged, and values (`prefect-semantics.md` §8 and §9). */
import type { Edge, Source } from "../case-format.ts";
import type { Rules } from "./rules.ts";
import { type End, isSkipped, isSuccess, judge, pending, withChildren } from "./task-run.ts";

/** An edge with the state at its other end. A collection of tasks may be a state of its own, or its members'. */
export interface Wire {
  readonly edge: Edge;
  readonly end: End;
  /** What triggers and skips see, where that is not the state itself. */
  readonly judged?: readonly End[] | undefined;
}

export function successOf(value: unknown): End {
  return { ...pending(), type: "Success", value };
}

export function wireOf(edge: Edge, endOf: (id: string) => End, rules: Rules): Wire {
  if (edge.from !== undefined) return { edge, end: endOf(edge.from) };
  const value = valueBehind(edge, endOf);
  if (edge.list === undefined && edge.dict === undefined) {
    const constant = successOf(value);
    return rules.constantsAreUpstreams ? { edge, end: constant } : { edge, end: constant, judged: [] };
  }
  const members = membersOf(edge).map(endOf);
  if (!rules.collectionsAreTasks) return { edge, end: successOf(value), judged: members };
  const all = members.flatMap(withChildren);
  const refused = all.some(isSkipped) ? { type: "Skipped", value: null } : judge("all_successful", members);
  return { edge, end: refused === undefined ? successOf(value) : { ...pending(), ...refused } };
}

function membersOf({ from, list = [], dict = {} }: Source): readonly string[] {
  return from === undefined ? [...list, ...Object.values(dict)].flatMap(membersOf) : [from];
}

function valueBehind(source: Source, endOf: (id: string) => End): unknown {
  if (source.from !== undefined) return endOf(source.from).value;
  if (source.list !== undefined) return source.list.map((member) => valueBehind(member, endOf));
  if (source.dict === undefined) return source.const;
  return Object.fromEntries(Object.entries(source.dict).map(([key, member]) => [key, valueBehind(member, endOf)]));
}

/** What a task sees that is not mapped over this edge. */
export const judgedWhole = ({ end, judged }: Wire): readonly End[] => judged ?? [end];

export function wholeValue({ edge, end }: Wire): unknown {
  if (edge.flatten !== true) return end.value;
  if (end.type === "Mapped") return elementsOfChildren(end).map(({ value }) => value);
  return flat(end.value);
}

/** A list of lists loses a level; anything else stays as it is. */
function flat(value: unknown): unknown {
  return Array.isArray(value) && value.every(Array.isArray) ? value.flat(1) : value;
}

/** A child that gave a list counts with its members, any other as one. */
function elementsOfChildren(end: End): readonly End[] {
  return (end.children ?? []).flatMap((child): readonly End[] =>
    isSuccess(child) && !isSkipped(child) && Array.isArray(child.value)
      ? child.value.map((value: unknown) => ({ ...child, value }))
      : [child],
  );
}

/** It failed with null, or because it could not be mapped itself. */
function isWithoutResult({ value, reason = "" }: End): boolean {
  return value === null || ["no_mappable_upstream", "unmappable_result"].includes(reason);
}

/** The states of one mapped edge, an element each. Undefined: its failure for each; "none": not even that. */
export function elementsOf({ edge, end }: Wire, rules: Rules): readonly End[] | "unmappable" | "none" | undefined {
  if (end.type === "Mapped") return edge.flatten === true ? elementsOfChildren(end) : (end.children ?? []);
  if (!isSuccess(end)) return isWithoutResult(end) ? "none" : undefined;
  const value = edge.flatten === true ? flat(end.value) : end.value;
  const list = typeof value === "string" && rules.textIsMapped ? [...value] : value;
  return Array.isArray(list) ? list.map((member: unknown) => ({ ...end, value: member })) : "unmappable";
}
