/**
 * Refs: the typed promise of a result while a flow is being built.
 *
 * A ref is a proxy around a small target: reading anything but its own members means that the result is
 * wanted now, which is a mistake that must not pass silently (`REF_USED_AS_VALUE`). What no program can see
 * are `if (ref)`, `!ref`, `ref === x` and `typeof ref`: the guide says so beside `branch`.
 */
import type { PathKey, Source } from "../../graph/graph.ts";
import { misuse, OWN_COPY } from "../user-line.ts";

/** Ambient: only the compiler knows it. The run-time mark is `MARK`. */
declare const REF: unique symbol;

const MARK = Symbol.for("caudal.ref.v1");
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

// biome-ignore lint/suspicious/noExplicitAny: a ref of anything, whatever its variance
export type AnyRef = Ref<any>;

type KeysOf<T> = 0 extends 1 & T ? PropertyKey : T extends null | undefined ? never : keyof T;
type PropOf<T, K extends PropertyKey> = T extends null | undefined ? undefined : K extends keyof T ? T[K] : undefined;
type ItemOf<T> = T extends null | undefined ? undefined : T extends readonly (infer E)[] ? E | undefined : undefined;

/** The result of a task call, before it exists. Give it to other tasks; return it from the build function. */
export interface Ref<out T> {
  readonly [REF]: T;
  /** A member of the result: a path on the edge, not a node. Missing at run time: the consumer fails (`REF_PATH_MISSING`). */
  get<S extends AnyRef, K extends KeysOf<S[typeof REF]>>(this: S, key: K): Ref<PropOf<S[typeof REF], K>>;
  /** An entry of the result; negative indices count from the end. */
  at<S extends AnyRef>(this: S, index: number): Ref<ItemOf<S[typeof REF]>>;
  /**
   * Waits for these too, without taking their results (a dashed edge). Gives the ref back.
   * @throws CaudalError FLOW_SEALED after the build, REF_OF_ANOTHER_FLOW, UPSTREAM_UNKNOWN; a cycle is told at the end of the build
   */
  setUpstream<S extends AnyRef>(this: S, ...refs: AnyRef[]): S;
  /** Not a promise: results exist only while the flow runs. */
  then(awaited: "REF_USED_AS_VALUE: a ref cannot be awaited, pass it to a task"): never;
}

/** The flow under construction that a ref belongs to, as far as refs need it. */
export interface RefOwner {
  readonly name: string;
  slugOf(source: Source): string;
  addUpstream(ref: RefTarget, upstreams: readonly unknown[]): void;
}

export type RefSource = Extract<Source, { readonly path: unknown }>;

/** What is behind the proxy. */
export class RefTarget {
  readonly owner: RefOwner;
  readonly source: RefSource;
  /** The copy of the package that made it. */
  readonly copy: string = OWN_COPY;

  constructor(owner: RefOwner, source: RefSource) {
    this.owner = owner;
    this.source = source;
  }

  /** For `console.log(ref)`, which looks behind proxies: the one use that is fine. */
  [INSPECT](): string {
    return `Ref(${nameOfRef(refTarget(this) ?? this)})`;
  }
}

function pathText(path: readonly PathKey[]): string {
  return path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
}

/** How messages call a ref: its slug, or the parameter's name, and the path. */
export function nameOfRef(target: RefTarget): string {
  const { owner, source } = target;
  const name = owner.slugOf(source) + pathText(source.path);
  return isSettled(source) ? `settled(${name})` : name;
}

export function isSettled(source: RefSource): boolean {
  return source.kind !== "parameter" && source.settled === true;
}

export function isRefSource(source: Source): source is RefSource {
  return "path" in source;
}

function usedAs(target: RefTarget, use: string): never {
  throw misuse("REF_USED_AS_VALUE", { ref: nameOfRef(target), use });
}

function describeUse(key: PropertyKey): string {
  switch (key) {
    case Symbol.toPrimitive:
    case "valueOf":
    case "toString":
      return "as text or as a number, in a template, a comparison or arithmetic";
    case "then":
      return "awaited";
    case "toJSON":
      return "turned into JSON";
    case Symbol.iterator:
    case Symbol.asyncIterator:
      return "iterated, spread or destructured as a list";
    case "length":
      return ".length is read";
    default:
      return `${typeof key === "symbol" ? String(key) : `.${key}`} is read; a member of the result is ref.get(${JSON.stringify(String(key))})`;
  }
}

function along(this: AnyRef, key: PathKey): AnyRef {
  const { owner, source } = targetOf(this);
  if (isSettled(source))
    throw misuse("SETTLED_ARGUMENT", {
      why: "take the path first: settled(ref.get(…)); look at { ok, value } in a task",
    });
  return makeRef(owner, { ...source, path: [...source.path, key] });
}

function setUpstream(this: AnyRef, ...refs: unknown[]): AnyRef {
  const target = targetOf(this);
  target.owner.addUpstream(target, refs);
  return this;
}

const TRAPS: ProxyHandler<RefTarget> = {
  get(target, key) {
    switch (key) {
      case MARK:
        return target;
      case "get":
      case "at":
        return along;
      case "setUpstream":
        return setUpstream;
      case INSPECT:
        return target[INSPECT];
      case Symbol.toStringTag:
        return "Ref";
      default:
        return usedAs(target, describeUse(key));
    }
  },
  has(target, key) {
    return key === MARK || usedAs(target, `'${String(key)}' in …`);
  },
  ownKeys(target) {
    return usedAs(target, "its members are listed or spread: { ...ref }");
  },
  set(target, key) {
    return usedAs(target, `.${String(key)} is assigned`);
  },
  defineProperty(target, key) {
    return usedAs(target, `.${String(key)} is defined`);
  },
  deleteProperty(target, key) {
    return usedAs(target, `.${String(key)} is deleted`);
  },
};

export function makeRef(owner: RefOwner, source: RefSource): AnyRef {
  return new Proxy(new RefTarget(owner, source), TRAPS) as unknown as AnyRef;
}

/**
 * What is behind a ref; undefined for anything else.
 * @throws CaudalError TWO_CAUDALS for a ref of another copy of this package
 */
export function refTarget(value: unknown): RefTarget | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  let target: unknown;
  try {
    target = (value as { readonly [MARK]?: unknown })[MARK];
  } catch {
    return undefined; // a proxy of somebody else that refuses to be read
  }
  if (target === undefined || target instanceof RefTarget) return target;
  const there = (target as { readonly copy?: unknown }).copy;
  throw misuse("TWO_CAUDALS", { here: OWN_COPY, there: String(there) });
}

function targetOf(ref: AnyRef): RefTarget {
  const target = refTarget(ref);
  if (target === undefined)
    throw misuse("REF_USED_AS_VALUE", { ref: "a ref", use: "its method was taken off it; call it as ref.get(…)" });
  return target;
}
