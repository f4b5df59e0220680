/**
 * From what a call was given to where its arguments come from.
 *
 * Plain arrays and objects are looked through at any depth and copied, so that changing one after the call
 * changes nothing. Anything else is a value as it is; refs hidden in one are found by a bounded scan and refused.
 */
import { isThenable } from "../../base/thenable.ts";
import { isPlainObject } from "../../base/json.ts";
import type { Source } from "../../graph/graph.ts";
import type { Building } from "./building.ts";
import { refTarget } from "./ref.ts";
import { isTask } from "../checks/task-mark.ts";
import { misuse } from "../user-line.ts";
import { describeValue } from "../checks/words.ts";
import { nameOfWrapped, Wrapped } from "./wrapped.ts";

/** Levels of nesting in which refs are found. */
const DEPTH_MAX = 500;
/** Things looked at while searching one value for hidden refs. */
const HIDDEN_SCANNED_MAX = 10_000;

/** Copies of constants with fewer members are not worth remembering. */
const KEPT_FROM = 32;

/** Whose input it is, for messages. */
export interface InputPlace {
  readonly building: Building;
  readonly task: string;
  /** The argument's label. */
  readonly argument: string;
}

/** @throws CaudalError REF_HIDDEN, PROMISE_AS_INPUT, REF_OF_ANOTHER_FLOW, TASK_AS_INPUT */
export function sourceOf(given: unknown, place: InputPlace): Source {
  if (given === null || (typeof given !== "object" && typeof given !== "function"))
    return { kind: "value", value: given };
  const target = refTarget(given);
  if (target !== undefined) return place.building.own(target);
  return new Reader(place).read(given, 0);
}

class Reader {
  private readonly place: InputPlace;
  private readonly above: object[] = [];

  constructor(place: InputPlace) {
    this.place = place;
  }

  read(given: unknown, depth: number): Source {
    if (given === null || (typeof given !== "object" && typeof given !== "function"))
      return { kind: "value", value: given };
    const target = refTarget(given);
    if (target !== undefined) return this.place.building.own(target);
    const isList = Array.isArray(given);
    if (!isList && !isPlainObject(given)) return this.leaf(given);
    if (depth >= DEPTH_MAX) return this.refuseRefsIn(given, `more than ${DEPTH_MAX} levels of nesting`);
    if (this.above.includes(given))
      return this.refuseRefsIn(this.above[0] ?? given, "a structure that contains itself");
    this.refusePromise(given);
    this.above.push(given);
    const source = isList ? this.readList(given, depth) : this.readObject(given, depth);
    this.above.pop();
    return source;
  }

  private readList(given: readonly unknown[], depth: number): Source {
    const values = new Array<unknown>(given.length);
    let items: Source[] | undefined;
    for (let i = 0; i < given.length; i++) {
      const item = given[i];
      const plain = item === null || (typeof item !== "object" && typeof item !== "function");
      const source: Source | undefined = plain ? undefined : this.read(item, depth + 1);
      if (source !== undefined && source.kind !== "value" && items === undefined) {
        items = values.slice(0, i).map((value) => ({ kind: "value", value }));
      }
      values[i] = source?.kind === "value" ? source.value : item;
      items?.push(source ?? { kind: "value", value: item });
    }
    return items === undefined ? { kind: "value", value: this.kept(given, values) } : { kind: "list", items };
  }

  private readObject(given: Record<string, unknown>, depth: number): Source {
    const keys = Object.keys(given);
    const values = keys.map((key) => this.read(given[key], depth + 1));
    if (values.some((source) => source.kind !== "value")) return { kind: "object", keys, values };
    const copy: Record<string, unknown> = {};
    values.forEach((source, i) => {
      const value = source.kind === "value" ? source.value : undefined;
      setOwn(copy, keys[i] ?? "", value);
    });
    return { kind: "value", value: this.kept(given, copy) };
  }

  /** The copy of an earlier call, where nothing in it has changed since. */
  private kept(given: object, copy: object): object {
    const size = Array.isArray(copy) ? copy.length : Object.keys(copy).length;
    if (size < KEPT_FROM) return copy;
    const { copies } = this.place.building;
    const before = copies.get(given);
    if (before !== undefined && isSame(before, copy)) return before;
    copies.set(given, copy);
    return copy;
  }

  private leaf(given: object): Source {
    this.refusePromise(given);
    if (given instanceof Wrapped) {
      throw misuse("MAP_ARGUMENTS", {
        task: this.place.task,
        why: `${nameOfWrapped(given)} must be an argument of its own`,
      });
    }
    if (isTask(given)) throw misuse("TASK_AS_INPUT", { task: this.place.task, given: given.name });
    return this.refuseRefsIn(given, describeValue(given));
  }

  private refuseRefsIn(given: object, where: string): Source {
    const { searched } = this.place.building;
    if (!searched.has(given) && hidesRef(given)) throw misuse("REF_HIDDEN", { task: this.place.task, where });
    searched.add(given);
    return { kind: "value", value: given };
  }

  private refusePromise(given: object): void {
    if (!isThenable(given)) return;
    // Whatever becomes of it, its own rejection is not the news: the mistake told here is.
    if (given instanceof Promise) given.catch(() => undefined);
    throw misuse("PROMISE_AS_INPUT", { task: this.place.task, argument: this.place.argument });
  }
}

/** Two copies of plain data, member by member; leaves by identity. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isPlainObject(a) || !isPlainObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

/** Sets an own member, also one called `__proto__`. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Looks through Maps, Sets, arrays and own members, at most `HIDDEN_SCANNED_MAX` things, calling no getter. */
function hidesRef(root: object): boolean {
  if (typeof root === "function" || root instanceof Date || root instanceof RegExp || ArrayBuffer.isView(root))
    return false;
  const seen = new Set<object>();
  const open: unknown[] = [root];
  while (open.length > 0 && seen.size < HIDDEN_SCANNED_MAX) {
    const at = open.pop();
    if (typeof at !== "object" || at === null || seen.has(at) || ArrayBuffer.isView(at)) continue;
    if (refTarget(at) !== undefined) return true;
    seen.add(at);
    collectMembers(at, open);
  }
  return false;
}

function collectMembers(at: object, open: unknown[]): void {
  const push = (member: unknown) => {
    if (typeof member === "object" && member !== null && open.length < HIDDEN_SCANNED_MAX) open.push(member);
  };
  try {
    if (at instanceof Map) for (const [key, value] of at) [key, value].forEach(push);
    else if (at instanceof Set) at.forEach(push);
    if (Array.isArray(at)) return at.slice(0, HIDDEN_SCANNED_MAX).forEach(push);
    for (const key of Object.keys(at)) push(Object.getOwnPropertyDescriptor(at, key)?.value);
  } catch {
    // An object that refuses to be looked at (a revoked proxy) hides nothing we could find.
  }
}
