/** Parameters at definition (what they are) and at a run (what was given): every complaint at once. */
import { CaudalError } from "../../base/errors.ts";
import { isPlainObject, type Json } from "../../base/json.ts";
import type { GraphParameter } from "../../graph/graph.ts";
import type { ReadParameters, Validate, Validated } from "../../ports/program.ts";
import { recordOf } from "../../state/error-text.ts";
import { type JsonSchema, mismatches, notJsonAt, schemaOfSchema, schemaOfValue, tooDeepAt } from "./json-schema.ts";
import { checkName, didYouMean } from "../checks/names.ts";
import { ParameterDeclared, type ParameterOptions } from "./parameter.ts";
import { setOwn } from "../plan/source.ts";
import { isSchema, validatorOf } from "./standard-schema.ts";
import { misuse } from "../user-line.ts";
import { describeValue } from "../checks/words.ts";

export interface Declared {
  readonly parameters: readonly GraphParameter[];
  readonly read: ReadParameters;
}

interface Rule {
  readonly about: GraphParameter;
  readonly validate: Validate;
}

/** @throws CaudalError PARAMETER_DEFAULT, NAME_INVALID */
export function declareParameters(flow: string, given: Readonly<Record<string, unknown>>): Declared {
  const rules = Object.keys(given).map((name) => ruleOf(name, given[name]));
  return { parameters: rules.map((rule) => rule.about), read: (values) => readAll(flow, rules, values) };
}

function ruleOf(name: string, said: unknown): Rule {
  checkName("a parameter", name);
  if (said instanceof ParameterDeclared) return declaredRule(name, said.options);
  if (isSchema(said)) return schemaRule(name, { schema: said });
  return plainRule(name, said);
}

function plainRule(name: string, value: unknown): Rule {
  checkDefault(name, value);
  const schema = schemaOfValue(value as Json);
  return {
    about: { name, required: false, default: value, jsonSchema: { ...schema, default: value } },
    validate: (given) => (given === undefined ? { ok: true, value } : jsonComplaints(given, schema)),
  };
}

function declaredRule(name: string, options: ParameterOptions<unknown>): Rule {
  if (options.schema !== undefined) return schemaRule(name, options);
  const value = options.default;
  if (value !== undefined) checkDefault(name, value);
  const about = described(
    {
      name,
      required: options.required ?? value === undefined,
      ...(value !== undefined && { default: value }),
      jsonSchema: value === undefined ? {} : { default: value },
    },
    options.description,
  );
  return { about, validate: (given) => (given === undefined ? { ok: true, value } : jsonComplaints(given, {})) };
}

/** Whether the schema accepts nothing at all, and what it makes of it, is asked of the schema itself. */
function schemaRule(name: string, { schema, default: value, required, description }: ParameterOptions<unknown>): Rule {
  if (!isSchema(schema)) return plainRule(name, value);
  const validate = validatorOf(schema);
  const ofNothing = value === undefined ? answerNow(validate, undefined) : undefined;
  const made = value ?? (ofNothing?.ok === true ? ofNothing.value : undefined);
  const hasDefault = made !== undefined && notJsonAt(made) === undefined;
  const jsonSchema: JsonSchema = { ...schemaOfSchema(schema), ...(hasDefault && { default: made }) };
  const isRequired = required ?? (value === undefined && ofNothing?.ok !== true);
  return {
    about: described({ name, required: isRequired, ...(hasDefault && { default: made }), jsonSchema }, description),
    validate: (given) => {
      const where = tooDeepAt(given); // before the schema's own code walks through it
      if (where !== undefined) return { ok: false, complaints: [`is not usable at ${where}`] };
      return validate(given === undefined ? value : given);
    },
  };
}

function answerNow(validate: Validate, value: unknown): Validated | undefined {
  try {
    const answer = validate(value);
    if (!(answer instanceof Promise)) return answer;
    answer.catch(() => undefined);
    return undefined;
  } catch {
    return undefined; // a schema that throws on nothing wants something
  }
}

function described(about: GraphParameter, description: string | undefined): GraphParameter {
  return description === undefined ? about : { ...about, description };
}

function checkDefault(parameter: string, value: unknown): void {
  const where = value === undefined ? "its top (it is undefined)" : notJsonAt(value);
  if (where !== undefined) throw misuse("PARAMETER_DEFAULT", { parameter, where });
}

function jsonComplaints(given: unknown, schema: JsonSchema): Validated {
  const where = notJsonAt(given);
  if (where === "its top") return { ok: false, complaints: [`must be JSON, not ${describeValue(given)}`] };
  if (where !== undefined) return { ok: false, complaints: [`is not JSON at ${where}`] };
  const complaints = mismatches(given, schema);
  return complaints.length === 0 ? { ok: true, value: given } : { ok: false, complaints };
}

interface Answer {
  readonly name: string;
  readonly answer: Validated | Promise<Validated>;
}

function readAll(
  flow: string,
  rules: readonly Rule[],
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>> {
  if (!isPlainObject(values))
    throw new CaudalError("PARAMETER_INVALID", {
      flow,
      complaints: [`they must be a plain object, not ${describeValue(values)}`],
    });
  const names = rules.map((rule) => rule.about.name);
  const unknown = Object.keys(values)
    .filter((name) => !names.includes(name))
    .map((name) => `'${name}' is not one of them${didYouMean(name, names) || allOf(names)}`);
  const answers = rules.map((rule) =>
    answerOf(rule, Object.hasOwn(values, rule.about.name) ? values[rule.about.name] : undefined),
  );
  if (!answers.some(({ answer }) => answer instanceof Promise))
    return finish(flow, unknown, answers as readonly Settled[]);
  return Promise.all(answers.map(async ({ name, answer }) => ({ name, answer: await answer }))).then((settled) =>
    finish(flow, unknown, settled),
  );
}

const NAMED_MAX = 10;

/** ` (they are size, state)`, so that nobody has to look them up. */
function allOf(names: readonly string[]): string {
  if (names.length === 0) return ": it has none";
  return ` (they are ${names.slice(0, NAMED_MAX).join(", ")}${names.length > NAMED_MAX ? ", …" : ""})`;
}

interface Settled extends Answer {
  readonly answer: Validated;
}

function answerOf({ about, validate }: Rule, given: unknown): Answer {
  const { name } = about;
  if (given === undefined && about.required) return { name, answer: { ok: false, complaints: ["is required"] } };
  try {
    const answer = validate(given);
    return { name, answer: answer instanceof Promise ? answer.catch(schemaThrew) : answer };
  } catch (thrown) {
    return { name, answer: schemaThrew(thrown) };
  }
}

function schemaThrew(thrown: unknown): Validated {
  return { ok: false, complaints: [`cannot be checked, its schema threw: ${recordOf(thrown).message}`] };
}

function finish(
  flow: string,
  unknown: readonly string[],
  answers: readonly Settled[],
): Readonly<Record<string, unknown>> {
  const complaints = [...unknown];
  const read: Record<string, unknown> = {};
  for (const { name, answer } of answers) {
    if (answer.ok) setOwn(read, name, answer.value);
    else complaints.push(...answer.complaints.map((complaint) => `${name}: ${complaint}`));
  }
  if (complaints.length > 0) throw new CaudalError("PARAMETER_INVALID", { flow, complaints });
  return read;
}
