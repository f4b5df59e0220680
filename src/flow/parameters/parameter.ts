/** Parameters: the typed inputs of a flow. A plain JSON default, any Standard Schema, or `parameter()`. */
import type { Json } from "../../base/json.ts";
import { complaintsAbout, isSchemaOption, isText, isYesOrNo, refuseIfAny } from "../checks/check-options.ts";
import type { Ref } from "../plan/ref.ts";
import type { AnySchema, SchemaInput, SchemaOutput } from "./standard-schema.ts";

declare const TYPES: unique symbol;

/** Made by `parameter()`. */
export interface ParameterSpec<In, Out, Presence extends "required" | "optional"> {
  readonly [TYPES]: { readonly input: In; readonly output: Out; readonly presence: Presence };
}

// biome-ignore lint/suspicious/noExplicitAny: any parameter, whatever its types
export type AnySpec = ParameterSpec<any, any, any>;
export type ParameterDefinition = Json | AnySchema | AnySpec;
export type Parameters = { readonly [name: string]: ParameterDefinition };

export interface ParameterOptions<T> {
  /** JSON; used where a run gives nothing. */
  readonly default?: T | undefined;
  /** True when there is neither a default nor a schema that accepts nothing. */
  readonly required?: boolean | undefined;
  readonly schema?: AnySchema | undefined;
  readonly description?: string | undefined;
}

export class ParameterDeclared {
  readonly options: ParameterOptions<unknown>;

  constructor(options: ParameterOptions<unknown>) {
    this.options = options;
  }
}

/**
 * A parameter with a schema: refs get the schema's output, runs give its input.
 * @throws CaudalError OPTION_INVALID
 */
export function parameter<S extends AnySchema>(options: {
  readonly schema: S;
  readonly default: SchemaInput<S>;
  readonly required?: false | undefined;
  readonly description?: string | undefined;
}): ParameterSpec<SchemaInput<S>, SchemaOutput<S>, "optional">;
export function parameter<S extends AnySchema>(options: {
  readonly schema: S;
  readonly default?: undefined;
  readonly required?: boolean | undefined;
  readonly description?: string | undefined;
}): ParameterSpec<SchemaInput<S>, SchemaOutput<S>, undefined extends SchemaInput<S> ? "optional" : "required">;
/** A parameter of type T with a JSON default. */
export function parameter<T>(options: {
  readonly default: T;
  readonly required?: false | undefined;
  readonly description?: string | undefined;
}): ParameterSpec<T, T, "optional">;
/** A parameter that may be absent: `undefined` in bodies. */
export function parameter<T>(options: {
  readonly required: false;
  readonly default?: undefined;
  readonly description?: string | undefined;
}): ParameterSpec<T | undefined, T | undefined, "optional">;
/** A parameter that every run must give. */
export function parameter<T>(options?: {
  readonly required?: true | undefined;
  readonly default?: undefined;
  readonly description?: string | undefined;
}): ParameterSpec<T, T, "required">;
export function parameter(options: ParameterOptions<unknown> = {}): AnySpec {
  const anything = () => undefined;
  const complaints = complaintsAbout(options, {
    default: anything,
    required: isYesOrNo,
    schema: isSchemaOption,
    description: isText,
  });
  if (options.required === true && options.default !== undefined)
    complaints.push("it is required and has a default: the default would never be used");
  refuseIfAny("parameter(…)", complaints);
  return new ParameterDeclared(options) as unknown as AnySpec;
}

type Widen<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends null
        ? Json
        : T extends readonly (infer E)[]
          ? [E] extends [never]
            ? Json[]
            : Widen<E>[]
          : { [K in keyof T]: Widen<T[K]> };

type OutputOf<D> = D extends AnySpec ? D[typeof TYPES]["output"] : D extends AnySchema ? SchemaOutput<D> : Widen<D>;
type InputOf<D> = D extends AnySpec ? D[typeof TYPES]["input"] : D extends AnySchema ? SchemaInput<D> : Widen<D>;
type IsRequired<D> = D extends AnySpec
  ? D[typeof TYPES]["presence"] extends "required"
    ? true
    : false
  : D extends AnySchema
    ? undefined extends SchemaInput<D>
      ? false
      : true
    : false;

/** What the build function gets: a ref per parameter. */
export type ParameterRefs<P extends Parameters> = { readonly [K in keyof P]: Ref<OutputOf<P[K]>> };

type RequiredNames<P extends Parameters> = { [K in keyof P]: IsRequired<P[K]> extends true ? K : never }[keyof P];

/** One object type instead of a product of two: it is what people read in messages and declarations. */
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** What `run({ parameters })` takes. */
export type Given<P extends Parameters> = [keyof P] extends [never]
  ? Record<string, never>
  : Flat<
      { readonly [K in RequiredNames<P>]: InputOf<P[K]> } & {
        readonly [K in Exclude<keyof P, RequiredNames<P>>]?: InputOf<P[K]> | undefined;
      }
    >;
