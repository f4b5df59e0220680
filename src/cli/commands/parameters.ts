/**
 * Parameters from the command line: `--param key=value` read by the parameter's JSON Schema, and `--params` as
 * JSON. What cannot be read stays text, so that the flow's own check complains about everything at once.
 */
import { CaudalError } from "../../base/errors.ts";
import { isPlainObject } from "../../base/json.ts";
import type { GraphParameter } from "../../graph/graph.ts";
import type { Program } from "../../ports/program.ts";

export interface ParameterTexts {
  /** Each `key=value`, in order. */
  readonly param?: readonly string[] | undefined;
  /** JSON of an object; `--param` wins over it. */
  readonly params?: string | undefined;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The parameters for `flow.run`, checked as the flow will check them.
 * @throws CaudalError PARAMETER_INVALID with every complaint
 */
export async function readParameterTexts(
  texts: ParameterTexts,
  program: Program,
): Promise<Readonly<Record<string, unknown>>> {
  const complaints: string[] = [];
  const seen = new Set<string>();
  const { parameters } = program.graph;
  const schemaOf = (name: string) => parameters.find((parameter) => parameter.name === name)?.jsonSchema ?? {};
  const given = valuesFrom(texts, schemaOf, complaints, seen);
  complaints.push(...(await complaintsOf(program, given, seen)));
  if (complaints.length > 0) throw new CaudalError("PARAMETER_INVALID", { flow: program.graph.name, complaints });
  return given;
}

/** The values that texts mean, by the schemas of their parameters. */
export function valuesFrom(
  texts: ParameterTexts,
  schemaOf: (name: string) => JsonSchema,
  complaints: string[],
  seen: Set<string> = new Set(),
): Readonly<Record<string, unknown>> {
  const values = new Map<string, unknown>(Object.entries(readObject(texts.params, complaints)));
  for (const text of texts.param ?? []) {
    const equals = text.indexOf("=");
    const name = equals === -1 ? text : text.slice(0, equals);
    if (equals < 1) complaints.push(`--param ${JSON.stringify(text)}: write it as name=value`);
    else if (seen.has(name)) complaints.push(`${name}: is given twice`);
    if (equals >= 1) values.set(name, valueFrom(text.slice(equals + 1), schemaOf(name)));
    seen.add(name);
  }
  return Object.fromEntries(values);
}

function readObject(text: string | undefined, complaints: string[]): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  const parsed = parse(text);
  if (parsed !== undefined && isPlainObject(parsed.value)) return parsed.value;
  complaints.push(`--params is no JSON object: write it as '{"name": value}'`);
  return {};
}

/** What the flow says to them, except that a parameter is missing whose `--param` was already complained about. */
async function complaintsOf(
  program: Program,
  given: Readonly<Record<string, unknown>>,
  seen: ReadonlySet<string>,
): Promise<readonly string[]> {
  try {
    await program.readParameters(given);
    return [];
  } catch (thrown) {
    const data: unknown =
      typeof thrown === "object" &&
      thrown !== null &&
      "code" in thrown &&
      thrown.code === "PARAMETER_INVALID" &&
      "data" in thrown
        ? thrown.data
        : undefined;
    if (!isPlainObject(data) || !Array.isArray(data["complaints"])) throw thrown;
    const complaints = data["complaints"] as readonly string[];
    return complaints.filter(
      (complaint) => ![...seen].some((name) => !Object.hasOwn(given, name) && complaint === `${name}: is required`),
    );
  }
}

/** A text as its schema means it; as it is where it means text, or nothing that could be read. */
export function valueFrom(text: string, schema: JsonSchema): unknown {
  const listed = Array.isArray(schema["enum"]) ? schema["enum"].find((member) => String(member) === text) : undefined;
  if (listed !== undefined) return listed;
  if ("const" in schema && String(schema["const"]) === text) return schema["const"];
  const types = typesOf(schema);
  if (types.size > 0 && [...types].every((type) => type === "string")) return text;
  const parsed = parse(text);
  if (parsed === undefined) return text;
  return types.size === 0 ||
    types.has(typeName(parsed.value)) ||
    (types.has("integer") && typeof parsed.value === "number")
    ? parsed.value
    : text;
}

export function typesOf(schema: JsonSchema): ReadonlySet<string> {
  const { type } = schema;
  const own =
    typeof type === "string" ? [type] : Array.isArray(type) ? type.filter((one) => typeof one === "string") : [];
  const members = [schema["anyOf"], schema["oneOf"]].flat().filter((member) => isPlainObject(member));
  return new Set([...own, ...members.flatMap((member) => [...typesOf(member)])]);
}

/** How a parameter is written on the command line: `size=NUMBER`. */
export function usageOf({ name, required, jsonSchema, ...about }: GraphParameter): string {
  const types = [...typesOf(jsonSchema)].join("|") || "json";
  const standard = about.default === undefined ? "" : ` (default ${JSON.stringify(about.default)})`;
  return `${name}: ${types}${required ? ", required" : standard}`;
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined; // not JSON: it is text then
  }
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
