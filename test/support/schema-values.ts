/** Values made from a JSON Schema, as the OpenAPI document has it: such as it allows, and such as it nearly allows. */
import fc from "fast-check";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

export type Named = Readonly<Record<string, Schema>>;

const DEPTH_MAX = 4;
const LENGTH_MAX = 40;

/** Whatever the schema allows, no deeper than is useful. */
export function allowedBy(schema: Schema, named: Named, depth = 0): fc.Arbitrary<unknown> {
  if (depth > DEPTH_MAX) return fc.constant(null);
  const one = (inner: Schema) => allowedBy(inner, named, depth + 1);
  if (schema.$ref !== undefined) return one(named[schema.$ref.split("/").at(-1) ?? ""] ?? {});
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(one));
  switch (schema.type) {
    case "string":
      return textOf(schema);
    case "integer":
    case "number":
      return fc.integer({ min: Math.max(schema.minimum ?? 0, -1e6), max: Math.min(schema.maximum ?? 1e6, 1e6) });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(one(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 3, 3) });
    case "object":
      return objectOf(schema, one);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function textOf({ pattern, minLength = 0, maxLength = LENGTH_MAX }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ unit: "binary", minLength, maxLength: Math.min(maxLength, minLength + LENGTH_MAX) });
}

function objectOf(schema: Schema, one: (inner: Schema) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const known = Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, one(inner)]));
  const own = fc.record(known, { requiredKeys: [...required] });
  if (typeof additionalProperties !== "object") return own;
  const more = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), one(additionalProperties), { maxKeys: 3 });
  return fc.tuple(more, own).map(([some, others]) => ({ ...some, ...others }));
}

/** A body that is wrong in one place, or altogether; as the text that is sent. */
export function nearly(schema: Schema, named: Named): fc.Arbitrary<string> {
  const right = allowedBy(schema, named);
  const strange = fc.oneof(fc.jsonValue(), fc.constantFrom("", -1, 1e21, [], {}, "\u0000", "x".repeat(5_000)));
  const spoilt = fc.tuple(right, fc.string({ maxLength: 12 }), strange).map(([value, name, other]) => ({
    ...(value as object),
    [name]: other,
  }));
  const swapped = fc.tuple(right, fc.nat(), strange).map(([value, at, other]) => {
    const names = Object.keys(schema.properties ?? value ?? {});
    return names.length === 0 ? other : { ...(value as object), [names[at % names.length] ?? ""]: other };
  });
  const torn = fc.tuple(right, fc.nat()).map(([value, at]) => {
    const text = JSON.stringify(value) ?? "";
    return text.slice(0, at % (text.length + 1));
  });
  return fc.oneof(
    ...[spoilt, swapped, fc.jsonValue()].map((some) => some.map((value) => JSON.stringify(value))),
    torn,
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom('{"a":1,"a":2}', '{"__proto__":{}}', `${"[".repeat(2_000)}`, '{"x":1e999}', "\ufeff{}", "null"),
  );
}
