/** The input of an approval, asked field by field where its JSON Schema is that simple, else as JSON. */
import { isPlainObject } from "../../base/json.ts";
import type { Ask } from "./ask-person.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** How text becomes a value of a simple type; undefined: it is none. */
const READERS: Readonly<Record<string, (text: string) => { readonly value: unknown } | undefined>> = {
  string: (text) => ({ value: text }),
  number: numberFrom,
  integer: numberFrom,
  boolean: booleanFrom,
};

function numberFrom(text: string) {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? undefined : { value };
}

const YES = ["y", "yes", "true"];
const NO = ["n", "no", "false"];

function booleanFrom(text: string) {
  const word = text.trim().toLowerCase();
  if (YES.includes(word)) return { value: true };
  return NO.includes(word) ? { value: false } : undefined;
}

/** Undefined: the input has ended. Whether it fits the schema is judged where it is taken. */
export async function askInput(schema: JsonSchema, ask: Ask): Promise<{ readonly value: unknown } | undefined> {
  const fields = simpleFields(schema);
  if (fields !== undefined) return askFields(fields, ask);
  const type = simpleType(schema);
  return type === undefined ? askJson(ask) : askSimple(`  Input (${words(schema)}): `, type, ask);
}

interface Field {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly type: string;
  readonly required: boolean;
}

/** Undefined where one of its members is more than text, a number, or yes and no. */
function simpleFields(schema: JsonSchema): readonly Field[] | undefined {
  const { type, properties, required } = schema;
  if (type !== "object" || !isPlainObject(properties)) return undefined;
  const fields = Object.entries(properties).map(([name, member]) => {
    const own = isPlainObject(member) ? member : {};
    const isRequired = Array.isArray(required) && required.includes(name) && own["default"] === undefined;
    return { name, schema: own, type: simpleType(own) ?? "", required: isRequired };
  });
  return fields.length > 0 && fields.every((field) => field.type !== "") ? fields : undefined;
}

function simpleType({ type }: JsonSchema): string | undefined {
  return typeof type === "string" && Object.hasOwn(READERS, type) ? type : undefined;
}

/** `text`, `a number`, or the texts there are to choose from. */
function words(schema: JsonSchema): string {
  const { type, enum: choices } = schema;
  if (Array.isArray(choices)) return choices.map(String).join(" | ");
  return type === "string" ? "text" : type === "boolean" ? "y/n" : "a number";
}

async function askFields(fields: readonly Field[], ask: Ask): Promise<{ readonly value: unknown } | undefined> {
  const value: Record<string, unknown> = {};
  for (const { name, schema, type, required } of fields) {
    const fallback = schema["default"];
    const more = required ? "" : fallback === undefined ? ", may be empty" : `, ${JSON.stringify(fallback)} when empty`;
    const given = await askSimple(`  ${name} (${words(schema)}${more}): `, type, ask, !required);
    if (given === undefined) return undefined;
    if (given.value !== undefined) Object.defineProperty(value, name, { ...OWN, value: given.value });
  }
  return { value };
}

/** So that a field called `__proto__` is one. */
const OWN = { enumerable: true, configurable: true, writable: true } as const;

async function askSimple(
  question: string,
  type: string,
  ask: Ask,
  mayBeEmpty = false,
): Promise<{ readonly value: unknown } | undefined> {
  for (;;) {
    const text = await ask(question);
    if (text === undefined) return undefined;
    if (text === "" && mayBeEmpty) return { value: undefined };
    const read = READERS[type]?.(text);
    if (read !== undefined) return read;
  }
}

async function askJson(ask: Ask): Promise<{ readonly value: unknown } | undefined> {
  for (;;) {
    const text = await ask("  Input, as JSON: ");
    if (text === undefined) return undefined;
    try {
      return { value: JSON.parse(text) as unknown };
    } catch {
      // asked again: the line above still shows what was typed
    }
  }
}
