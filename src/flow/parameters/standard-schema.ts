/** Schemas of any library that speaks Standard Schema v1 (zod, valibot, arktype, …): read through the interface alone. */
import type { Validate } from "../../ports/program.ts";

/** The part of Standard Schema v1 that is used here (standardschema.dev). */
export interface StandardSchema<In = unknown, Out = In> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Out> | Promise<StandardResult<Out>>;
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type StandardResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

// biome-ignore lint/suspicious/noExplicitAny: any schema, whatever its types
export type AnySchema = StandardSchema<any, any>;
export type SchemaInput<S extends AnySchema> = NonNullable<S["~standard"]["types"]>["input"];
export type SchemaOutput<S extends AnySchema> = NonNullable<S["~standard"]["types"]>["output"];

export function isSchema(value: unknown): value is AnySchema {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  const standard: unknown = (value as { readonly "~standard"?: unknown })["~standard"];
  return (
    typeof standard === "object" &&
    standard !== null &&
    typeof (standard as { readonly validate?: unknown }).validate === "function"
  );
}

function pathOf(issue: StandardIssue): string {
  const keys = (issue.path ?? []).map((key) => (typeof key === "object" ? key.key : key));
  return keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
}

function complaintOf(issue: StandardIssue): string {
  const path = pathOf(issue);
  return path === "" ? issue.message : `${path.replace(/^\./, "")}: ${issue.message}`;
}

/** A schema as a validator: `complaints` name the path where the schema says it. */
export function validatorOf(schema: AnySchema): Validate {
  const { validate } = schema["~standard"];
  const read = (result: StandardResult<unknown>) =>
    result.issues === undefined
      ? { ok: true as const, value: result.value }
      : { ok: false as const, complaints: result.issues.map(complaintOf) };
  return (value) => {
    const result = validate(value);
    return result instanceof Promise ? result.then(read) : read(result);
  };
}
