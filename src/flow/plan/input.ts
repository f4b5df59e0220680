/** The types of what a call accepts: values, refs, and arrays and plain objects that hold refs at any depth. */
import type { AnyRef, Ref } from "./ref.ts";

type Opaque =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | URL
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ArrayBufferView
  | ArrayBuffer
  | PromiseLike<unknown>
  | ((...args: never) => unknown);

type Nested<T> = T extends Opaque
  ? T
  : T extends readonly unknown[]
    ? number extends T["length"]
      ? readonly Input<T[number]>[]
      : { [K in keyof T]: Input<T[K]> }
    : unknown extends T
      ? T
      : { [K in keyof T]: Input<T[K]> };

/** A value of type T, or a ref of one, or a structure with refs in place of members. */
export type Input<T> = Ref<T> | Nested<T>;

/** One input per parameter of the function; labels, `?` and rest are kept. */
export type Inputs<A extends readonly unknown[]> = { [K in keyof A]: Input<A[K]> };

declare const WHOLE: unique symbol;

/** Passed whole to every child. Made by `unmapped(x)`. */
export interface Unmapped<out T> {
  readonly [WHOLE]: T;
}

/** What `.map` accepts for a parameter of type T: a list of them, or `unmapped(one)`. */
export type MapInput<T> = Ref<readonly T[]> | readonly Input<T>[] | Unmapped<T>;
export type MapInputs<A extends readonly unknown[]> = { [K in keyof A]: MapInput<A[K]> };

/** What awaiting gives. Cheaper for the compiler than `Awaited` where it is a Promise. */
export type Resolved<R> = R extends Promise<infer V> ? V : R extends { then: unknown } ? Awaited<R> : R;

/** What the build function (or a case) returned, with results in place of refs. */
export type Built<B> = 0 extends 1 & B
  ? B
  : B extends AnyRef
    ? B extends Ref<infer T>
      ? T
      : never
    : B extends void
      ? undefined
      : B extends Opaque
        ? B
        : { [K in keyof B]: Built<B[K]> };

/** A type nothing has: its text is what the compiler shows. */
export interface Why<T extends string> {
  readonly __caudal: T;
}
