/** `unmapped(x)` and `flatten(x)`: words about an argument, not values. */
import type { Input, Unmapped } from "./input.ts";
import type { Ref } from "./ref.ts";
import { misuse } from "../user-line.ts";

export class Wrapped {
  readonly input: unknown;
  readonly flatten: boolean;
  /** False: passed whole to every child. */
  readonly each: boolean;

  constructor(input: unknown, says: { readonly flatten?: boolean; readonly each?: boolean }) {
    const inner = input instanceof Wrapped ? input : undefined;
    this.input = inner === undefined ? input : inner.input;
    this.flatten = says.flatten ?? inner?.flatten ?? false;
    this.each = (says.each ?? true) && (inner?.each ?? true);
  }

  get(): never {
    return refuse(this);
  }

  at(): never {
    return refuse(this);
  }

  setUpstream(): never {
    return refuse(this);
  }
}

export function nameOfWrapped(wrapped: Wrapped): string {
  return wrapped.flatten ? "flatten(…)" : "unmapped(…)";
}

function refuse(wrapped: Wrapped): never {
  throw misuse("MAP_ARGUMENTS", {
    task: "a task",
    why: `${nameOfWrapped(wrapped)} is a word about an argument: write it in the call, and get, at and setUpstream on the ref inside`,
  });
}

/** Passed whole to every child of a mapped task. */
export function unmapped<T>(value: Input<T>): Unmapped<T> {
  return new Wrapped(value, { each: false }) as unknown as Unmapped<T>;
}

/** A list with one level less: its lists are put in line, other entries stay. An argument of its own, mapped or not. */
export function flatten<T>(
  lists: Ref<readonly T[]> | readonly Input<T>[],
): Ref<(T extends readonly (infer E)[] ? E : T)[]> {
  return new Wrapped(lists, { flatten: true }) as unknown as Ref<(T extends readonly (infer E)[] ? E : T)[]>;
}
