/**
 * JSON with tags back into values, changing the parsed tree in place. Tags are a closed table: nothing is looked up
 * by a name from the text, nothing of the text is run. The text may be anybody's, so every payload is checked.
 */
import { DEPTH_MAX, TAG, VIEWS, WORDS } from "./format.ts";

/** Why a text cannot be read. */
export class Unreadable {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

type Json = unknown;

export class Reviver {
  #depth = 0;

  /** @throws Unreadable, and errors of the constructors used */
  of(node: Json): unknown {
    if (typeof node !== "object" || node === null) return node;
    if (++this.#depth > DEPTH_MAX) throw new Unreadable(`it is nested more than ${DEPTH_MAX} deep`);
    const value = Array.isArray(node) ? this.#items(node) : this.#object(node as Record<string, Json>);
    this.#depth--;
    return value;
  }

  #items(items: Json[]): unknown[] {
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (typeof item === "object" && item !== null) items[i] = this.of(item);
    }
    return items;
  }

  #object(object: Record<string, Json>): unknown {
    if (Object.hasOwn(object, TAG)) return this.#tagged(object);
    for (const key of Object.keys(object)) {
      const member = object[key];
      // `__proto__` too is an own property here, as JSON.parse makes it, and stays one.
      if (typeof member === "object" && member !== null) object[key] = this.of(member);
    }
    return object;
  }

  #tagged(object: Record<string, Json>): unknown {
    const content = object[TAG];
    if (Object.keys(object).length !== 1) throw new Unreadable("a tag has keys beside it");
    if (typeof content === "string") {
      if (!WORDS.has(content)) throw new Unreadable(`its tag ${quoted(content)} is unknown`);
      return WORDS.get(content);
    }
    const [name, ...payload] = list(content);
    if (typeof name !== "string") throw new Unreadable("a tag has no name");
    const value = this.#withPayload(name, payload);
    if (payload.length !== PAYLOAD_LENGTHS.get(name)) throw new Unreadable(`${quoted(name)} has another payload`);
    return value;
  }

  #withPayload(name: string, payload: readonly Json[]): unknown {
    const [first, second] = payload;
    switch (name) {
      case "bigint":
        return bigintOf(text(first));
      case "Date":
        return new Date(first === null ? Number.NaN : number(first));
      case "Map":
        return new Map(pairs(this.#items(list(first))));
      case "Set":
        return new Set(this.#items(list(first)));
      case "Error":
        return this.#error(first);
      case "URL":
        return new URL(text(first));
      case "URLSearchParams":
        return new URLSearchParams(text(first));
      case "RegExp":
        return new RegExp(text(first), text(second));
      case "object":
        return define({}, this.#items(list(first)));
      case "null":
        return define(Object.create(null), this.#items(list(first)));
      case "array":
        return this.#sparse(number(first), list(second));
      case "named":
        return define(this.#arrayOf(first), this.#items(list(second)));
      case "ArrayBuffer":
        return bytesOf(text(first));
      case "Buffer":
        return Buffer.from(bytesOf(text(first)));
      case "DataView":
        return new DataView(bytesOf(text(first)));
      default:
        return viewOf(name, first);
    }
  }

  /** The array inside `named`: one value with it, so not a level deeper. */
  #arrayOf(node: Json): Json[] {
    return Array.isArray(node) ? this.#items(node) : list(this.#object(record(node)));
  }

  #sparse(length: number, entries: readonly Json[]): unknown[] {
    if (!Number.isInteger(length) || length < 0 || length > 4_294_967_295) throw new Unreadable("a length is none");
    const array: unknown[] = [];
    // Set at once, a length reserves memory, so that a short text could ask for all there is. An array that once
    // reached to its very end keeps its items in a table and reserves nothing.
    if (length > entries.length + 64) {
      array[4_294_967_294] = undefined;
      delete array[4_294_967_294];
    }
    array.length = length;
    let last = -1;
    for (const [index, item] of pairs(entries)) {
      const at = number(index);
      if (!Number.isInteger(at) || at <= last || at >= length) throw new Unreadable("an index is out of order");
      array[at] = this.of(item);
      last = at;
    }
    return array;
  }

  #error(node: Json): Error {
    const { name, message, stack, cause, errors, own } = record(node);
    const error = new Error(text(message));
    const hidden = (key: string, value: unknown) =>
      Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
    if (name !== "Error") hidden("name", text(name));
    hidden("stack", stack === undefined ? `${text(name)}: ${text(message)}` : text(stack));
    if (cause !== undefined) hidden("cause", this.of(cause));
    if (errors !== undefined) hidden("errors", this.of(errors));
    return own === undefined ? error : define(error, this.#items(list(own)));
  }
}

/** How many things follow a tag's name. */
const PAYLOAD_LENGTHS: ReadonlyMap<string, number> = new Map([
  ...["bigint", "Date", "Map", "Set", "Error", "URL", "URLSearchParams", "object", "null"].map(one),
  ...["ArrayBuffer", "Buffer", "DataView", ...VIEWS.keys()].map(one),
  ["RegExp", 2],
  ["array", 2],
  ["named", 2],
]);

function one(name: string): [string, number] {
  return [name, 1];
}

const quoted = (name: string) => JSON.stringify(name.slice(0, 40));

function text(node: Json): string {
  if (typeof node !== "string") throw new Unreadable("text is missing where a tag needs it");
  return node;
}

function number(node: Json): number {
  if (typeof node !== "number") throw new Unreadable("a number is missing where a tag needs it");
  return node;
}

function record(node: Json): Record<string, Json> {
  if (typeof node !== "object" || node === null || Array.isArray(node)) {
    throw new Unreadable("an object is missing where a tag needs it");
  }
  return node as Record<string, Json>;
}

function list(node: Json): Json[] {
  if (!Array.isArray(node)) throw new Unreadable("a list is missing where a tag needs it");
  return node;
}

function pairs(flat: readonly unknown[]): (readonly [unknown, unknown])[] {
  if (flat.length % 2 !== 0) throw new Unreadable("a list of pairs has an odd length");
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]] as const);
}

/** Defined, not assigned: a key such as `__proto__` is data. */
function define<T extends object>(target: T, flat: readonly unknown[]): T {
  for (const [key, value] of pairs(flat)) {
    Object.defineProperty(target, text(key), { value, writable: true, enumerable: true, configurable: true });
  }
  return target;
}

function bigintOf(digits: string): bigint {
  // Decimal digits only up to 64 bits: reading more of them takes longer than their number.
  const [, sign, number] = /^(-?)(\d{1,20}|0x[0-9a-f]+)$/.exec(digits) ?? [];
  if (number === undefined) throw new Unreadable("a bigint has no digits");
  return sign === "-" ? -BigInt(number) : BigInt(number);
}

/** In memory of their own: Buffer.from takes small ones out of a pool that all share. */
function bytesOf(base64: string): ArrayBuffer {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  const length = (base64.length / 4) * 3 - padding;
  if (!Number.isInteger(length) || length < 0) throw new Unreadable("bytes are not base64");
  const bytes = new ArrayBuffer(length);
  // Stops at what is no base64, and so writes less.
  if (Buffer.from(bytes).write(base64, "base64") !== length) throw new Unreadable("bytes are not base64");
  return bytes;
}

function viewOf(name: string, base64: Json): ArrayBufferView {
  const known = VIEWS.get(name);
  if (known === undefined) throw new Unreadable(`its tag ${quoted(name)} is unknown`);
  const bytes = bytesOf(text(base64));
  if (bytes.byteLength % known.elementBytes !== 0) throw new Unreadable(`a ${name} ends within an element`);
  return new known.view(bytes);
}
