/** What is wrong with the values of a form, before the server is asked; it judges again. */
import type { Json } from "../../../src/server/contract.ts";
import type { Words } from "../words/en.ts";
import type { Field, FieldKind, TextFormat } from "./fields.ts";
import { at, type Draft, pointerTo, type Values } from "./values.ts";

/** Pointer → what is wrong there, in the order of the fields. */
export type Complaints = ReadonlyMap<string, string>;

type Errors = Words["form"]["errors"];

export function complaintsAbout(fields: readonly Field[], { values, texts }: Draft, errors: Errors): Complaints {
  const found = new Map<string, string>();
  for (const field of fields) judge(field, pointerTo("", field.name), values, texts, errors, found);
  const known = new Set(fields.map(({ name }) => name));
  for (const name of Object.keys(values)) if (!known.has(name)) found.set(pointerTo("", name), errors.unknown(name));
  return found;
}

function judge(
  field: Field,
  pointer: string,
  values: Values,
  texts: ReadonlyMap<string, string>,
  errors: Errors,
  found: Map<string, string>,
): void {
  const value = at(values, pointer);
  const text = texts.get(pointer);
  const add = (message: string | undefined) => {
    if (message !== undefined) found.set(pointer, message);
  };
  if (text !== undefined) return add(unread(field.kind, errors));
  if (value === undefined) return add(field.required ? errors.required : undefined);
  if (value === null && field.nullable) return;
  const { kind } = field;
  if (kind.type === "object") {
    if (!isObject(value)) return add(errors.object);
    for (const member of kind.members) judge(member, pointerTo(pointer, member.name), values, texts, errors, found);
  } else if (kind.type === "list") {
    if (!Array.isArray(value)) return add(errors.json);
    if (value.length < (kind.minItems ?? 0)) return add(errors.fewer(kind.minItems ?? 0));
    if (value.length > (kind.maxItems ?? Infinity)) return add(errors.more(kind.maxItems ?? 0));
    for (const index of value.keys())
      judge({ ...kind.item, name: String(index) }, pointerTo(pointer, index), values, texts, errors, found);
  } else add(wrong(kind, value, field.required, errors));
}

/** Typed, and not a value of this kind. */
function unread(kind: FieldKind, errors: Errors): string {
  if (kind.type === "number") return kind.whole ? errors.integer : errors.number;
  if (kind.type === "text" && kind.format !== undefined) return errors.format[kind.format];
  return errors.json;
}

function wrong(kind: FieldKind, value: Json, required: boolean, errors: Errors): string | undefined {
  switch (kind.type) {
    case "text":
      return wrongText(kind, value, required, errors);
    case "number":
      return wrongNumber(kind, value, errors);
    case "boolean":
      return typeof value === "boolean" ? undefined : errors.choice;
    case "choice":
      return kind.choices.some((choice) => JSON.stringify(choice.value) === JSON.stringify(value))
        ? undefined
        : errors.choice;
    default:
      return undefined;
  }
}

function wrongNumber(kind: Extract<FieldKind, { type: "number" }>, value: Json, errors: Errors): string | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return kind.whole ? errors.integer : errors.number;
  if (kind.whole && !Number.isInteger(value)) return errors.integer;
  const limit = (bound: number | undefined, breaks: boolean, say: (text: string) => string) =>
    bound !== undefined && breaks ? say(String(bound)) : undefined;
  return (
    limit(kind.minimum, value < (kind.minimum ?? value), errors.minimum) ??
    limit(kind.maximum, value > (kind.maximum ?? value), errors.maximum) ??
    limit(kind.above, value <= (kind.above ?? -Infinity), errors.above) ??
    limit(kind.below, value >= (kind.below ?? Infinity), errors.below)
  );
}

function wrongText(
  kind: Extract<FieldKind, { type: "text" }>,
  value: Json,
  required: boolean,
  errors: Errors,
): string | undefined {
  if (typeof value !== "string") return errors.json;
  if (value === "" && required && (kind.minLength ?? 0) === 0 && kind.format === undefined) return undefined;
  const length = Array.from(value).length;
  if (length < (kind.minLength ?? 0)) return errors.shorter(kind.minLength ?? 0);
  if (length > (kind.maxLength ?? Infinity)) return errors.longer(kind.maxLength ?? 0);
  if (kind.pattern !== undefined && !matches(kind.pattern, value)) return errors.pattern(kind.pattern);
  if (kind.format !== undefined && !FORMATS[kind.format].test(value)) return errors.format[kind.format];
  return undefined;
}

/** Loose on purpose: the server's schema has the last word. */
const FORMATS = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  time: /^\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/,
  "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/,
  duration: /^P(?=.)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)$/,
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
} as const satisfies Record<TextFormat, RegExp>;

/** A pattern that this browser cannot read complains about nothing. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function isObject(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
