/**
 * One text per value: equal values give equal texts, different ones different texts. For cache keys.
 * Object keys are sorted; Map, Set, Date, BigInt, typed arrays, URL and Error are told apart from what they look like.
 */
import { isPlainObject } from "./json.ts";

export class NotCanonical extends Error {
  override readonly name = "NotCanonical";
}

const DEPTH_MAX = 512;

/** `name` is how the value is called in messages. @throws NotCanonical with the path, for functions, symbols, cycles and instances of classes it does not know */
export function canonicalText(value: unknown, name = "$"): string {
  return textOf(value, name, new Set());
}

function textOf(value: unknown, path: string, above: Set<object>): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null ? "null" : nested(value, path, above);
    default:
      throw new NotCanonical(`${path} is a ${typeof value}`);
  }
}

function nested(value: object, path: string, above: Set<object>): string {
  if (above.has(value)) throw new NotCanonical(`${path} contains itself`);
  if (above.size >= DEPTH_MAX) throw new NotCanonical(`${path} is nested more than ${DEPTH_MAX} deep`);
  above.add(value);
  const text = membersOf(value, path, above);
  above.delete(value);
  return text;
}

function membersOf(value: object, path: string, above: Set<object>): string {
  const of = (member: unknown, key: string) => textOf(member, `${path}${key}`, above);
  if (Array.isArray(value)) return `[${value.map((item, i) => of(item, `[${i}]`)).join(",")}]`;
  if (isPlainObject(value)) {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${of(value[key], `.${key}`)}`).join(",")}}`;
  }
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof RegExp) return `RegExp(${String(value)})`;
  if (value instanceof Map)
    return `Map[${[...value].map(([k, v], i) => `${of(k, `<key ${i}>`)}=>${of(v, `<${i}>`)}`).join(",")}]`;
  if (value instanceof Set) return `Set[${[...value].map((item, i) => of(item, `<${i}>`)).join(",")}]`;
  if (value instanceof Error) return `Error(${JSON.stringify([value.name, value.message])})`;
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name}(${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")})`;
  }
  if (value.constructor?.name === "URL") return `URL(${JSON.stringify(String(value))})`;
  throw new NotCanonical(`${path} is an instance of ${value.constructor?.name ?? "an unknown class"}`);
}
