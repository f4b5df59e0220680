/** JSON Schema of parameters: from a plain default's type, or from what a schema says of itself. */
import { isPlainObject, type Json } from "../../base/json.ts";
import type { AnySchema } from "./standard-schema.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

const DIALECT = "draft-2020-12";

/** The type of a plain default: what is given must have the same. Null and empty lists say nothing. */
export function schemaOfValue(value: Json): JsonSchema {
  if (value === null) return {};
  if (Array.isArray(value)) return schemaOfList(value as readonly Json[]);
  if (typeof value !== "object") return { type: typeof value };
  const members = Object.entries(value as Readonly<Record<string, Json>>);
  return {
    type: "object",
    properties: Object.fromEntries(members.map(([key, member]) => [key, schemaOfValue(member)])),
    required: members.map(([key]) => key),
  };
}

function schemaOfList(list: readonly Json[]): JsonSchema {
  const [first, ...rest] = list.map(schemaOfValue);
  const text = JSON.stringify(first);
  return first !== undefined && rest.every((item) => JSON.stringify(item) === text)
    ? { type: "array", items: first }
    : { type: "array" };
}

/** Where a value breaks the schema `schemaOfValue` made: one line per place. */
export function mismatches(value: unknown, schema: JsonSchema, where = ""): string[] {
  const { type, properties, items, required } = schema as {
    type?: string;
    properties?: Record<string, JsonSchema>;
    items?: JsonSchema;
    required?: string[];
  };
  if (type === undefined) return [];
  if (typeOf(value) !== type)
    return [
      `${where === "" ? "" : `${where.replace(/^\./, "")} `}must be ${nameOf(type)}, not ${nameOf(typeOf(value))}`,
    ];
  if (type === "array" && items !== undefined)
    return (value as unknown[]).flatMap((item, i) => mismatches(item, items, `${where}[${i}]`));
  if (type !== "object") return [];
  const given = value as Record<string, unknown>;
  const missing = (required ?? [])
    .filter((key) => !Object.hasOwn(given, key))
    .map((key) => `${`${where}.${key}`.slice(1)} is missing`);
  const wrong = Object.entries(properties ?? {}).flatMap(([key, member]) =>
    Object.hasOwn(given, key) ? mismatches(given[key], member, `${where}.${key}`) : [],
  );
  return [...missing, ...wrong];
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function nameOf(type: string): string {
  switch (type) {
    case "string":
      return "text";
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
      return "an object";
    case "number":
      return "a number";
    default:
      return type;
  }
}

/** Levels of lists and objects in each other: what is kept, shown and compared must not need a stack without end. */
const NESTING_MAX = 64;
const PATH_SHOWN_MAX = 40;

/** The first place where a value is not JSON, or nested too deep, as a path such as `.filters[2]`; undefined: none. */
export function notJsonAt(value: unknown, where = "", depth = 0): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : named(where);
  if (!Array.isArray(value) && !isPlainObject(value)) return named(where);
  if (depth >= NESTING_MAX) return tooDeep(where);
  const members: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? Array.from(value, (item: unknown, i) => [`[${i}]`, item] as const)
    : Object.entries(value).map(([key, member]) => [`.${key}`, member] as const);
  for (const [step, member] of members) {
    const found = notJsonAt(member, where + step, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function tooDeep(where: string): string {
  return `${where.slice(0, PATH_SHOWN_MAX)}… (nested more than ${NESTING_MAX} deep)`;
}

/** The same of a value that need not be JSON: only its nesting counts. Things that are met again are not entered again. */
export function tooDeepAt(
  value: unknown,
  where = "",
  depth = 0,
  entered = new Map<object, number>(),
): string | undefined {
  if (!Array.isArray(value) && !isPlainObject(value)) return undefined;
  if (depth >= NESTING_MAX) return tooDeep(where);
  if ((entered.get(value) ?? -1) >= depth) return undefined;
  entered.set(value, depth);
  for (const key of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    const found = tooDeepAt(member, Array.isArray(value) ? `${where}[${key}]` : `${where}.${key}`, depth + 1, entered);
    if (found !== undefined) return found;
  }
  return undefined;
}

function named(where: string): string {
  return where === "" ? "its top" : where;
}

/** What a schema says of its input, where it can: Standard JSON Schema, else the library's own `toJSONSchema`, else `{}`. */
export function schemaOfSchema(schema: AnySchema): JsonSchema {
  return standardJsonSchema(schema) ?? ownJsonSchema(schema) ?? {};
}

function standardJsonSchema(schema: AnySchema): JsonSchema | undefined {
  const { jsonSchema } = schema["~standard"] as {
    readonly jsonSchema?: { readonly input?: (options: object) => unknown };
  };
  return attempt(() => jsonSchema?.input?.({ target: DIALECT }));
}

function ownJsonSchema(schema: AnySchema): JsonSchema | undefined {
  const own = schema as {
    readonly toJSONSchema?: (options?: object) => unknown;
    readonly toJsonSchema?: () => unknown;
  };
  return attempt(() => own.toJSONSchema?.({ io: "input" })) ?? attempt(() => own.toJsonSchema?.());
}

/** Schemas refuse what JSON Schema cannot say (a Date, a transform): then there is none, and validation still holds. */
function attempt(read: () => unknown): JsonSchema | undefined {
  try {
    const made = read();
    if (!isPlainObject(made)) return undefined;
    const { $schema, "~standard": _standard, ...rest } = made;
    return rest;
  } catch {
    return undefined;
  }
}
