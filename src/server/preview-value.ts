/** Any kept value as JSON for people: bounded in bytes, depth and members, never calling into the value. */
import { isPlainObject } from "../base/json.ts";
import type { Json, ValuePreview, ValueSlice } from "./contract.ts";

const BYTES_MAX = 65_536;
const DEPTH_MAX = 6;
const MEMBERS_MAX = 100;
const TEXT_MAX = 4_096;

interface Budget {
  bytes: number;
  cut: boolean;
  readonly members: number;
}

/** What was returned, as a page shows it first. */
export function previewOf(value: unknown, kept: ValuePreview["kept"] = "kept"): ValuePreview {
  const budget: Budget = { bytes: BYTES_MAX, cut: false, members: MEMBERS_MAX };
  const json = shown(value, DEPTH_MAX, budget);
  const bytes = budget.cut ? undefined : Buffer.byteLength(JSON.stringify(json));
  return { type: typeOf(value), ...(bytes !== undefined && { bytes }), value: json, cut: budget.cut, kept };
}

/** A part of it: some members of the list, object or text at a place. */
export function sliceOf(at: string, value: unknown, offset: number, limit: number): ValueSlice {
  const length = lengthOf(value);
  const part = length === undefined ? value : partOf(value, offset, limit);
  const budget: Budget = { bytes: BYTES_MAX, cut: false, members: limit };
  const json = typeof part === "string" ? part : shown(part, DEPTH_MAX, budget);
  return {
    type: typeOf(value),
    value: json,
    cut: budget.cut || (length !== undefined && offset + limit < length),
    kept: "kept",
    at,
    ...(length !== undefined && { length }),
    offset,
  };
}

/** RFC 6901 into lists, objects and Maps with text keys. Undefined: it leads nowhere. */
export function pointTo(value: unknown, pointer: string): { readonly value: unknown } | undefined {
  if (pointer === "") return { value };
  if (!pointer.startsWith("/")) return undefined;
  let here: unknown = value;
  for (const part of pointer.slice(1).split("/")) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const next = memberOf(here, key);
    if (next === undefined) return undefined;
    here = next.value;
  }
  return { value: here };
}

function memberOf(value: unknown, key: string): { readonly value: unknown } | undefined {
  if (value instanceof Map) {
    const held = [...value].find(([of], index) => of === key || (typeof of !== "string" && String(index) === key));
    return held === undefined ? undefined : { value: held[1] };
  }
  if (value instanceof Set) return memberOf([...value], key);
  if (Array.isArray(value)) {
    const index = /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : Number.NaN;
    return index < value.length ? { value: value[index] } : undefined;
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return { value: (value as Readonly<Record<string, unknown>>)[key] };
}

function lengthOf(value: unknown): number | undefined {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  return isPlainObject(value) ? Object.keys(value).length : undefined;
}

function partOf(value: unknown, offset: number, limit: number): unknown {
  const end = offset + limit;
  if (typeof value === "string" || Array.isArray(value)) return value.slice(offset, end);
  if (value instanceof Map) return new Map([...value].slice(offset, end));
  if (value instanceof Set) return new Set([...value].slice(offset, end));
  return isPlainObject(value) ? fromEntries(Object.entries(value).slice(offset, end)) : value;
}

/** Whole, for a download: as `previewOf` says it, without its bounds. */
export function wholeJson(value: unknown): Json {
  return shown(value, 500, { bytes: Number.POSITIVE_INFINITY, cut: false, members: Number.POSITIVE_INFINITY });
}

function shown(value: unknown, depth: number, budget: Budget): Json {
  budget.bytes -= 2;
  switch (typeof value) {
    case "string":
      return shownText(value, budget);
    case "number":
      budget.bytes -= 8;
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : typed("number", Object.is(value, -0) ? "-0" : String(value));
    case "boolean":
      return value;
    case "bigint":
      return typed("bigint", shownText(String(value), budget));
    case "undefined":
      return typed("undefined", null);
    case "object":
      return value === null ? null : shownObject(value, depth, budget);
    default:
      return typed(typeof value, null);
  }
}

const typed = (type: string, value: Json): Json => ({ $type: type, value });

function shownText(text: string, budget: Budget): string {
  const room = Math.max(0, Math.min(budget.bytes === Number.POSITIVE_INFINITY ? text.length : TEXT_MAX, budget.bytes));
  const part = text.length > room ? `${text.slice(0, room)}…` : text;
  if (part.length < text.length) budget.cut = true;
  budget.bytes -= Buffer.byteLength(part);
  return part;
}

function shownObject(value: object, depth: number, budget: Budget): Json {
  if (value instanceof Date) return typed("Date", Number.isNaN(value.getTime()) ? null : value.toISOString());
  if (value instanceof URL || value instanceof RegExp || value instanceof URLSearchParams)
    return typed(value.constructor.name, shownText(String(value), budget));
  if (value instanceof Error) return typed(value.name, shownText(value.message, budget));
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return typed(typeOf(value), shownBytes(value, budget));
  if (depth === 0 || budget.bytes <= 0) {
    budget.cut = true;
    return { $cut: typeOf(value) };
  }
  if (Array.isArray(value)) return shownList(value, depth, budget);
  if (value instanceof Set) return typed("Set", shownList([...value], depth, budget));
  if (value instanceof Map) {
    const pairs = taken([...value], budget);
    return typed(
      "Map",
      pairs.map(([key, held]) => [shown(key, depth - 1, budget), shown(held, depth - 1, budget)]),
    );
  }
  const entries = taken(Object.entries(value), budget).map(([key, member]) => {
    budget.bytes -= Buffer.byteLength(key) + 4;
    return [key, shown(member, depth - 1, budget)] as const;
  });
  const total = Object.keys(value).length;
  if (entries.length < total) entries.push(["$cut", `${total - entries.length} more members`]);
  return fromEntries(entries);
}

function shownBytes(value: ArrayBuffer | ArrayBufferView, budget: Budget): string {
  const bytes =
    value instanceof ArrayBuffer ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return shownText(bytes.toString("base64"), budget);
}

function shownList(list: readonly unknown[], depth: number, budget: Budget): Json {
  const items: Json[] = [];
  for (const item of taken(list, budget))
    items.push(budget.bytes <= 0 ? cutHere(budget) : shown(item, depth - 1, budget));
  const more = list.length - items.length;
  return more > 0 ? [...items, { $cut: `${more} more` }] : items;
}

function cutHere(budget: Budget): Json {
  budget.cut = true;
  return { $cut: "…" };
}

function taken<T>(list: readonly T[], budget: Budget): readonly T[] {
  if (list.length <= budget.members) return list;
  budget.cut = true;
  return list.slice(0, budget.members);
}

/** A key may be `__proto__`. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): { readonly [key: string]: Json } {
  return Object.fromEntries(entries) as { readonly [key: string]: Json };
}

export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return `text of ${value.length} characters`;
  if (typeof value !== "object") return typeof value;
  if (Array.isArray(value)) return `list of ${value.length}`;
  if (value instanceof Map) return `Map of ${value.size}`;
  if (value instanceof Set) return `Set of ${value.size}`;
  if (value instanceof ArrayBuffer) return `ArrayBuffer of ${value.byteLength} bytes`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (!isPlainObject(value)) return value instanceof Error ? value.name : value.constructor?.name || "object";
  const members = Object.keys(value).length;
  return `object with ${members === 1 ? "1 member" : `${members} members`}`;
}
