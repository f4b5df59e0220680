/**
 * The parameters of a form as one JSON object: what both the fields and the JSON tab show. What cannot be read yet (half a
 * number) stays beside it as the text people typed, by JSON pointer, so that nothing typed is ever lost.
 */
import type { Json } from "../../../src/server/contract.ts";
import type { Field, FieldKind } from "./fields.ts";

export type Values = { readonly [name: string]: Json };

export interface Draft {
  readonly values: Values;
  /** Pointer → text that is not a value yet. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What the form begins with: the defaults, and over them what the address or another run says. */
export function beginning(fields: readonly Field[], given: Values): Draft {
  const defaults = fields.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value] as const]));
  return { values: { ...Object.fromEntries(defaults), ...given }, texts: new Map() };
}

/** `?p.size=10` and the like. Text fields take the text as it is, others what it means as JSON. */
export function fromQuery(fields: readonly Field[], query: URLSearchParams): Values {
  const found: Record<string, Json> = {};
  for (const [key, text] of query) {
    if (!key.startsWith("p.")) continue;
    const name = key.slice(2);
    const field = fields.find((one) => one.name === name);
    found[name] = field?.nullable === true && text === "null" ? null : readText(field?.kind, text);
  }
  return found;
}

function readText(kind: FieldKind | undefined, text: string): Json {
  if (kind?.type === "text") return text;
  if (kind?.type === "choice")
    return kind.choices.find((choice) => choice.text === text || JSON.stringify(choice.value) === text)?.value ?? text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** The other way: what `fromQuery` reads back. Secrets stay out of addresses. */
export function toQuery(fields: readonly Field[], values: Values): { readonly [name: string]: string } {
  const parts = differing(fields, values).flatMap(([name, value]) => {
    const kind = fields.find((field) => field.name === name)?.kind;
    if (kind?.type === "text" && kind.secret) return [];
    return [[`p.${name}`, typeof value === "string" && kind?.type === "text" ? value : JSON.stringify(value)]];
  });
  return Object.fromEntries(parts) as { readonly [name: string]: string };
}

/** Only what differs from the defaults. */
export function differing(fields: readonly Field[], values: Values): readonly (readonly [string, Json])[] {
  const defaults = new Map(fields.map(({ name, default: value }) => [name, value]));
  return Object.entries(values).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults.get(name)));
}

export function at(value: Json | undefined, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const key of keysOf(pointer)) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as { readonly [key: string]: Json })[key];
  }
  return found;
}

/** A copy with another value at the pointer; undefined takes the member away. */
export function withValue(values: Values, pointer: string, value: Json | undefined): Values {
  const [key = "", ...rest] = keysOf(pointer);
  return changed(values, [key, ...rest], value) as Values;
}

function changed(whole: Json | undefined, keys: readonly string[], value: Json | undefined): Json {
  const [key = "", ...rest] = keys;
  const isList = Array.isArray(whole);
  const copy = { ...(isList || typeof whole !== "object" ? {} : whole) } as Record<string, Json>;
  const members = isList ? [...(whole as readonly Json[])] : copy;
  const inner = (members as Record<string, Json | undefined>)[key];
  const next = rest.length === 0 ? value : changed(inner, rest, value);
  if (next !== undefined) (members as Record<string, Json>)[key] = next;
  else if (isList) (members as Json[]).splice(Number(key), 1);
  else delete copy[key];
  return members as Json;
}

/** RFC 6901. */
export function keysOf(pointer: string): readonly string[] {
  return pointer === ""
    ? []
    : pointer
        .slice(1)
        .split("/")
        .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function pointerTo(base: string, key: string | number): string {
  return `${base}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
