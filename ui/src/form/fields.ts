/**
 * What a form shows for a JSON Schema (the subset of 2020-12 that people write for parameters): one field per member,
 * as plain data. What is not understood becomes a JSON field for that part only.
 */
import type { Json } from "../../../src/server/contract.ts";

export type Schema = { readonly [name: string]: Json };

/** One text per format that has an input of its own. */
export type TextFormat = "date" | "time" | "date-time" | "duration" | "email" | "uri";

export type FieldKind =
  | {
      readonly type: "text";
      readonly format?: TextFormat | undefined;
      readonly secret: boolean;
      readonly pattern?: string | undefined;
      readonly minLength?: number | undefined;
      readonly maxLength?: number | undefined;
    }
  | {
      readonly type: "number";
      readonly whole: boolean;
      readonly minimum?: number | undefined;
      readonly maximum?: number | undefined;
      readonly above?: number | undefined;
      readonly below?: number | undefined;
    }
  | { readonly type: "boolean" }
  | { readonly type: "choice"; readonly choices: readonly { readonly value: Json; readonly text: string }[] }
  | {
      readonly type: "list";
      readonly item: Field;
      readonly minItems?: number | undefined;
      readonly maxItems?: number | undefined;
    }
  | { readonly type: "object"; readonly members: readonly Field[] }
  | { readonly type: "json" };

export interface Field {
  readonly name: string;
  readonly title: string;
  readonly required: boolean;
  readonly nullable: boolean;
  readonly deprecated: boolean;
  readonly description?: string | undefined;
  readonly examples: readonly Json[];
  /** Undefined: it has none. */
  readonly default?: Json | undefined;
  readonly kind: FieldKind;
}

/** Deeper than this a subtree is edited as JSON. */
const DEPTH_MAX = 3;

const FORMATS: ReadonlySet<string> = new Set<TextFormat>(["date", "time", "date-time", "duration", "email", "uri"]);

/** The members of an object schema; undefined where it is none, so that only JSON can be written. */
export function fieldsOf(schema: Schema): readonly Field[] | undefined {
  const { properties } = schema;
  if (!isSchema(properties)) return undefined;
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(properties).map(([name, member]) => fieldOf(name, member, required.includes(name), 1));
}

/** Required ones first, each group in the order it was written. */
export function inOrder(fields: readonly Field[]): readonly Field[] {
  return [...fields.filter(({ required }) => required), ...fields.filter(({ required }) => !required)];
}

function fieldOf(name: string, given: Json | undefined, required: boolean, depth: number): Field {
  const all = isSchema(given) ? given : {};
  const { schema, nullable } = withoutNull(all);
  const examples = Array.isArray(all.examples) ? (all.examples as readonly Json[]) : [];
  return {
    name,
    title: typeof all.title === "string" ? all.title : name,
    required,
    nullable,
    deprecated: all.deprecated === true,
    description: typeof all.description === "string" ? all.description : undefined,
    examples,
    default: all.default,
    kind: kindOf(schema, depth),
  };
}

/** `type: ["string", "null"]` and `anyOf: [X, { type: "null" }]` are X that may be empty. */
function withoutNull(schema: Schema): { readonly schema: Schema; readonly nullable: boolean } {
  const { type } = schema;
  if (Array.isArray(type) && type.length === 2 && type.includes("null"))
    return {
      schema: { ...schema, type: (type as readonly Json[]).find((one) => one !== "null") ?? null },
      nullable: true,
    };
  for (const key of ["anyOf", "oneOf"] as const) {
    const cases = schema[key];
    if (!Array.isArray(cases) || cases.length !== 2) continue;
    const other = cases.filter((one) => !(isSchema(one) && one.type === "null"));
    const [only] = other;
    if (other.length === 1 && isSchema(only)) {
      const { [key]: _cases, ...rest } = schema;
      return { schema: { ...rest, ...only }, nullable: true };
    }
  }
  return { schema, nullable: false };
}

function kindOf(schema: Schema, depth: number): FieldKind {
  const choices = choicesOf(schema);
  if (choices !== undefined) return { type: "choice", choices };
  // Rules that a form cannot show apply to the whole value: it is written as JSON, and the server judges it.
  if (["anyOf", "oneOf", "allOf", "not", "if", "$ref"].some((key) => key in schema)) return { type: "json" };
  switch (schema.type) {
    case "string":
      return textOf(schema);
    case "number":
    case "integer":
      return {
        type: "number",
        whole: schema.type === "integer",
        minimum: numberOf(schema.minimum),
        maximum: numberOf(schema.maximum),
        above: numberOf(schema.exclusiveMinimum),
        below: numberOf(schema.exclusiveMaximum),
      };
    case "boolean":
      return { type: "boolean" };
    case "array":
      return listOf(schema, depth);
    case "object":
      return objectOf(schema, depth);
    default:
      return { type: "json" };
  }
}

function textOf(schema: Schema): FieldKind {
  const { format } = schema;
  return {
    type: "text",
    format: typeof format === "string" && FORMATS.has(format) ? (format as TextFormat) : undefined,
    secret: schema.writeOnly === true || format === "password",
    pattern: typeof schema.pattern === "string" ? schema.pattern : undefined,
    minLength: numberOf(schema.minLength),
    maxLength: numberOf(schema.maxLength),
  };
}

function choicesOf(schema: Schema) {
  const { enum: values, oneOf, const: only } = schema;
  if (only !== undefined) return [{ value: only, text: shown(only) }];
  if (Array.isArray(values)) return (values as readonly Json[]).map((value) => ({ value, text: shown(value) }));
  if (!Array.isArray(oneOf)) return undefined;
  const titled = (oneOf as readonly Json[]).filter((one): one is Schema => isSchema(one) && "const" in one);
  if (titled.length === 0 || titled.length !== oneOf.length) return undefined;
  return titled.map(({ const: value = null, title }) => ({
    value,
    text: typeof title === "string" ? title : shown(value),
  }));
}

/** Lists of single values; a list of objects or lists is written as JSON. */
function listOf(schema: Schema, depth: number): FieldKind {
  if (!isSchema(schema.items) || "prefixItems" in schema) return { type: "json" };
  const item = fieldOf("", schema.items, true, depth + 1);
  if (["list", "object", "json"].includes(item.kind.type)) return { type: "json" };
  return { type: "list", item, minItems: numberOf(schema.minItems), maxItems: numberOf(schema.maxItems) };
}

function objectOf(schema: Schema, depth: number): FieldKind {
  const { properties } = schema;
  const isOpen = isSchema(schema.additionalProperties) || "patternProperties" in schema;
  if (!isSchema(properties) || isOpen || depth >= DEPTH_MAX) return { type: "json" };
  const required = Array.isArray(schema.required) ? schema.required : [];
  return {
    type: "object",
    members: Object.entries(properties).map(([name, member]) =>
      fieldOf(name, member, required.includes(name), depth + 1),
    ),
  };
}

export function isSchema(value: Json | undefined): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
