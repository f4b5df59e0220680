/**
 * A value as JSON can say it. What is plain JSON already is returned as it is, without a copy, so that the common
 * result costs one quick walk more than JSON.stringify; only what holds a Date, a Map … is copied, with tags in their
 * places (`format.ts`).
 *
 * Values are trees here: what is reached twice is written twice, as JSON does, and a cycle is refused.
 */
import { inspect, types } from "node:util";
import { DEPTH_MAX, ERROR_KEYS, KEYS_MAX, TAG, TEXT_BYTES_MAX, VIEWS } from "./format.ts";
import { pathText, type Step } from "./value-path.ts";

/** Why a value cannot be kept. Only made here, so that nothing a getter throws is taken for it. */
export class NotKept {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

/** The text would be longer than `TEXT_BYTES_MAX`: known from its parts, before any of it is built. */
export class TooLarge {}

interface Kept {
  readonly [TAG]: string | readonly unknown[];
}

const tag = (name: string, ...payload: readonly unknown[]): Kept => ({ [TAG]: [name, ...payload] });
const classOf = (prototype: object | null): unknown => prototype?.constructor?.name;

/** From here on it pays to count a text's bytes before it is copied. */
const LONG_TEXT_LENGTH = 1_000_000;

export class Dehydrator {
  /** Whether anything but plain JSON was met. */
  tagged = false;
  /** At least so many characters of text. */
  #length = 0;
  #depth = 0;
  readonly #steps: (Step | undefined)[] = [];
  readonly #above: object[] = [];
  /** Some program gave every object an enumerable property: then only own ones count. */
  readonly #inherits = hasEnumerable(Object.prototype);

  /** Where the walk is, or where it failed. */
  get path(): string {
    return this.#pathTo(this.#depth);
  }

  #pathTo(depth: number): string {
    return pathText(this.#steps.slice(0, depth).filter((step) => step !== undefined));
  }

  /** @throws NotKept, TooLarge, and whatever a getter or a proxy throws; `path` then says where. */
  of(value: unknown): unknown {
    switch (typeof value) {
      case "string":
        this.#grow((value.length > LONG_TEXT_LENGTH ? Buffer.byteLength(value) : value.length) + 2);
        return value;
      case "number":
        this.#length += 1;
        if (Number.isFinite(value) && !Object.is(value, -0)) return value;
        return this.#word(Object.is(value, -0) ? "-0" : String(value));
      case "boolean":
        this.#length += 4;
        return value;
      case "undefined":
        return this.#word("undefined");
      case "bigint":
        return this.#textual("bigint", bigintText(value));
      case "object":
        return value === null ? null : this.#nested(value);
      default:
        throw new NotKept(typeof value === "function" ? functionText(value) : "a symbol");
    }
  }

  #grow(length: number): void {
    this.#length += length;
    if (this.#length > TEXT_BYTES_MAX) throw new TooLarge();
  }

  #word(word: string): Kept {
    this.tagged = true;
    this.#grow(word.length + 8);
    return { [TAG]: word };
  }

  #tag(name: string, ...payload: readonly unknown[]): Kept {
    this.tagged = true;
    this.#grow(name.length + 10);
    return tag(name, ...payload);
  }

  #nested(value: object): unknown {
    if (this.#depth >= DEPTH_MAX) throw this.#tooDeep(value);
    this.#above[this.#depth] = value;
    this.#steps[this.#depth++] = undefined;
    const kept = this.#container(value);
    this.#depth--;
    return kept;
  }

  /** Every cycle but those of errors ends here: the walk needs no set of the objects above it. */
  #tooDeep(value: object): NotKept {
    const above = [...this.#above.slice(0, this.#depth), value];
    const seenAt = new Map<object, number>();
    for (const [depth, object] of above.entries()) {
      const first = seenAt.get(object);
      if (first !== undefined) {
        this.#depth = depth;
        return new NotKept(`${this.#pathTo(first)} again, a cycle`);
      }
      seenAt.set(object, depth);
    }
    return new NotKept(`nested more than ${DEPTH_MAX} deep`);
  }

  #container(value: object): unknown {
    this.#grow(1); // the other bracket is where the comma behind the last member would be
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return this.#object(value as Record<string, unknown>);
    if (Array.isArray(value) && classOf(prototype) === "Array") return this.#array(value);
    if (prototype === null) return this.#tag("null", this.#pairs(value as Record<string, unknown>));
    return this.#known(value, prototype) ?? this.#unknown(value, prototype);
  }

  #object(value: Record<string, unknown>): unknown {
    this.#refuseSymbols(value);
    let copy: Record<string, unknown> | undefined;
    let count = 0;
    let looksTagged = false;
    for (const key in value) {
      if (this.#inherits && !Object.hasOwn(value, key)) continue;
      if (key === TAG) looksTagged = true;
      this.#countKey(key, ++count);
      const member = value[key];
      const kept = this.of(member);
      // An own `__proto__` is data: the spread has made it an own property of the copy, which this changes.
      if (copy !== undefined) copy[key] = kept;
      else if (kept !== member) (copy = { ...value })[key] = kept;
    }
    return looksTagged ? this.#tag("object", Object.entries(copy ?? value).flat(1)) : (copy ?? value);
  }

  /** Keys and values in turn. */
  #pairs(value: Record<string, unknown>): readonly unknown[] {
    this.#refuseSymbols(value);
    const pairs: unknown[] = [];
    for (const key of Object.keys(value)) {
      this.#countKey(key, pairs.length / 2 + 1);
      pairs.push(key, this.of(value[key]));
    }
    return pairs;
  }

  #countKey(key: string, count: number): void {
    this.#steps[this.#depth - 1] = key;
    this.#grow(key.length + 3);
    if (count > KEYS_MAX) {
      this.#steps[this.#depth - 1] = undefined;
      throw new NotKept(`an object of more than ${KEYS_MAX} keys (a Map may have more)`);
    }
  }

  #refuseSymbols(value: object): void {
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      if (!Object.prototype.propertyIsEnumerable.call(value, symbol)) continue;
      this.#steps[this.#depth - 1] = symbol;
      throw new NotKept("under a symbol as its key");
    }
  }

  #array(value: readonly unknown[]): unknown {
    return hasNamedProperties(value) ? this.#namedArray(value) : this.#items(value);
  }

  #items(value: readonly unknown[]): unknown {
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      this.#steps[this.#depth - 1] = i;
      const item = value[i];
      if (item === undefined && !Object.hasOwn(value, i)) return this.#sparse(value, (copy ?? value).slice(0, i));
      const kept = this.of(item);
      this.#grow(1);
      if (copy !== undefined) copy[i] = kept;
      else if (kept !== item) (copy = [...value])[i] = kept;
    }
    return copy ?? value;
  }

  /** With holes, the first behind `start`: only what is there is written, and walked, however long the array is. */
  #sparse(value: readonly unknown[], start: readonly unknown[]): unknown {
    const entries: unknown[] = start.flatMap((kept, i) => [i, kept]);
    for (const key of Object.keys(value).slice(start.length)) {
      if (!isIndex(key)) break;
      this.#steps[this.#depth - 1] = Number(key);
      this.#grow(key.length + 2);
      entries.push(Number(key), this.of(value[Number(key)]));
    }
    return this.#tag("array", value.length, entries);
  }

  /** An array with properties beside its items, such as a match of a regular expression. */
  #namedArray(value: readonly unknown[]): unknown {
    const named = Object.fromEntries(Object.entries(value).filter(([key]) => !isIndex(key)));
    const items = this.#items(value);
    return this.#tag("named", items, this.#pairs(named));
  }

  /** Told by what they are inside, which no class and no `Symbol.toStringTag` can pretend; a subclass is not kept. */
  #known(value: object, prototype: object): unknown {
    const name = classOf(prototype);
    if (types.isDate(value) && name === "Date") {
      const time = Date.prototype.getTime.call(value);
      return this.#tag("Date", Number.isNaN(time) ? null : time);
    }
    if (types.isMap(value) && name === "Map") return this.#map(value);
    if (types.isSet(value) && name === "Set") return this.#set(value);
    if (types.isNativeError(value) || value instanceof Error) return this.#error(value);
    if (ArrayBuffer.isView(value)) return this.#view(value, name);
    if (types.isArrayBuffer(value) && name === "ArrayBuffer") {
      return this.#bytes("ArrayBuffer", value, 0, value.byteLength);
    }
    if (prototype === URL.prototype) return this.#textual("URL", (value as URL).href);
    if (prototype === URLSearchParams.prototype) return this.#textual("URLSearchParams", String(value));
    if (types.isRegExp(value) && name === "RegExp") {
      this.#grow(value.source.length);
      return this.#tag("RegExp", value.source, value.flags);
    }
    // Made in another realm (`node:vm`): its Object is not ours.
    if (name === "Object" && Object.getPrototypeOf(prototype) === null) {
      return this.#object(value as Record<string, unknown>);
    }
    return undefined;
  }

  #textual(name: string, text: string): Kept {
    this.#grow(text.length);
    return this.#tag(name, text);
  }

  #map(map: Map<unknown, unknown>): Kept {
    const entries: unknown[] = [];
    let index = 0;
    for (const [key, value] of Map.prototype.entries.call(map)) {
      this.#steps[this.#depth - 1] = { of: "key", key, index };
      entries.push(this.of(key));
      this.#steps[this.#depth - 1] = { of: "value", key, index: index++ };
      entries.push(this.of(value));
      this.#grow(2);
    }
    return this.#tag("Map", entries);
  }

  #set(set: Set<unknown>): Kept {
    const members: unknown[] = [];
    for (const member of Set.prototype.values.call(set)) {
      this.#steps[this.#depth - 1] = { of: "member", key: undefined, index: members.length };
      members.push(this.of(member));
      this.#grow(1);
    }
    return this.#tag("Set", members);
  }

  #view(view: ArrayBufferView, name: unknown): unknown {
    // The tag of %TypedArray% is a getter that looks inside; a DataView has none.
    const kind = types.isDataView(view) ? "DataView" : typedArrayName(view);
    const isBuffer = Buffer.isBuffer(view) && name === "Buffer";
    if (!isBuffer && (name !== kind || (kind !== "DataView" && !VIEWS.has(kind)))) return undefined;
    return this.#bytes(isBuffer ? "Buffer" : kind, view.buffer, view.byteOffset, view.byteLength);
  }

  #bytes(name: string, buffer: ArrayBufferLike, offset: number, length: number): Kept {
    this.#grow(Math.ceil(length / 3) * 4);
    return this.#tag(name, Buffer.from(buffer as ArrayBuffer, offset, length).toString("base64"));
  }

  #error(error: Error): Kept {
    // At once, not at the depth limit: what an error cannot keep is left out where it is met.
    if (this.#above.lastIndexOf(error, this.#depth - 2) >= 0 && this.#depth > 1) throw this.#tooDeep(error);
    const record: Record<string, unknown> = {};
    for (const key of ["name", "message", "stack"] as const) {
      this.#steps[this.#depth - 1] = key;
      const text: unknown = error[key];
      if (key === "stack" && typeof text !== "string") continue;
      record[key] = String(text);
      this.#grow(String(text).length + key.length + 6);
    }
    if ("cause" in error) record["cause"] = this.#memberOfError("cause", error.cause);
    const errors: unknown = (error as { errors?: unknown }).errors;
    if (Array.isArray(errors)) record["errors"] = this.#memberOfError("errors", errors);
    const own = this.#ownOfError(error);
    if (own.length > 0) record["own"] = own;
    return this.#tag("Error", record);
  }

  #memberOfError(key: string, value: unknown): unknown {
    this.#steps[this.#depth - 1] = key;
    return this.of(value);
  }

  /**
   * Keys and values of what libraries hang on their errors. What of it cannot be kept (a request with its socket, a
   * response that points back) is left out: the error itself is worth more than being strict about its luggage.
   */
  #ownOfError(error: Error): readonly unknown[] {
    const pairs: unknown[] = [];
    const code = (error as { code?: unknown }).code;
    const keys = Object.keys(error).filter((key) => !ERROR_KEYS.has(key));
    // A DOMException, and some classes, have their code on the prototype.
    if (!keys.includes("code") && (typeof code === "string" || typeof code === "number")) keys.push("code");
    for (const key of keys) {
      const depth = this.#depth;
      try {
        pairs.push(key, this.#memberOfError(key, (error as unknown as Record<string, unknown>)[key]));
      } catch (reason) {
        if (reason instanceof TooLarge) throw reason;
        this.#depth = depth;
      }
    }
    return pairs;
  }

  #unknown(value: object, prototype: object): never {
    if (types.isPromise(value)) throw new NotKept("a promise (await it)");
    if (types.isBoxedPrimitive(value)) throw new NotKept(`a boxed ${typeof value.valueOf()}`);
    if (types.isSharedArrayBuffer(value)) throw new NotKept("memory shared between threads");
    if (types.isGeneratorObject(value)) throw new NotKept("a generator (spread it into an array)");
    const name = classOf(prototype);
    throw new NotKept(
      typeof name === "string" && name !== "" ? `an instance of ${name.slice(0, 80)}` : "an instance of a class",
    );
  }
}

function hasEnumerable(object: object): boolean {
  for (const _ in object) return true;
  return false;
}

function functionText(value: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(value, "name")?.value;
  const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? "the class" : "the function";
  return typeof name === "string" && name !== "" ? `${kind} ${name.slice(0, 80)}` : "a function";
}

/** Hexadecimal beyond 64 bits: both ways are then linear in the length, where decimal digits are not. */
function bigintText(value: bigint): string {
  if (BigInt.asIntN(64, value) === value) return value.toString();
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

const typedArrayName = (view: ArrayBufferView): string => String(typedArrayTag?.call(view));

function isIndex(key: string): boolean {
  const index = Number(key) >>> 0;
  return index !== 4_294_967_295 && String(index) === key;
}

const KEYS_LISTED_MAX = 1_000;
const ITEMS_ONLY = /^\[ \.\.\. \d+ more items? \]$/;
const NAMES_ONLY = { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Number.POSITIVE_INFINITY };

/**
 * Whether an array has properties beside its items. Listing the keys of a million numbers takes five times as long as
 * writing them; Node's inspect skips the items in native code. Where it shows anything else the keys are listed.
 */
function hasNamedProperties(array: readonly unknown[]): boolean {
  if (array.length > KEYS_LISTED_MAX && ITEMS_ONLY.test(inspect(array, NAMES_ONLY))) return false;
  const last = Object.keys(array).at(-1);
  return last !== undefined && !isIndex(last);
}
