import { deepStrictEqual } from "node:assert/strict";
import { createContext, runInContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeValue, encodeValue } from "./codec.ts";

class Client {
  readonly url = "https://api.example.com";
}

const again = (value: unknown) => decodeValue(encodeValue(value));

const nested = (depth: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
};

function isKept(value: unknown): boolean {
  try {
    encodeValue(value);
    return true;
  } catch {
    return false;
  }
}

const nullObject = (members: object) => Object.assign(Object.create(null), members);
/** An array of this length with these items, and holes between them. */
const holey = (length: number, items: object): unknown[] => Object.assign(new Array(length), items);
const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);

/** R38: value by value, what must come back as it was. */
const CORPUS: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["undefined", undefined],
  ["true", true],
  ["false", false],
  ["0", 0],
  ["-0", -0],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["the largest number", Number.MAX_VALUE],
  ["the smallest number", Number.MIN_VALUE],
  ["no text", ""],
  ["text", '¿qué? 日本 👩‍🚀 \u0000 \u2028 \u2029 \\ " </script>'],
  ["lone surrogates", "\ud800 and \udfff"],
  ["text that looks like ours", '~1{"~":"undefined"}'],
  ["a small bigint", 42n],
  ["the edges of 64 bits", [2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, -(2n ** 63n) - 1n]],
  ["a large bigint", -(3n ** 5_000n)],
  ["a Date", new Date("2026-11-23T10:03:53.123Z")],
  ["a Date of long ago", new Date(-8.64e15)],
  [
    "a Map",
    new Map<unknown, unknown>([
      ["a", 1],
      [{ key: 1 }, new Date(5)],
      [Number.NaN, undefined],
    ]),
  ],
  ["a Map in a Map", new Map([["outer", new Map([["inner", new Set()]])]])],
  ["a Set", new Set<unknown>([1, "1", [1], undefined, -1n])],
  ["a RegExp", /a\/(?<year>\d+)[\]]/giu],
  ["a URL", new URL("https://ana:secret@example.com:8080/p?q=1#h")],
  ["URLSearchParams", new URLSearchParams("a=1&a=2&b=%20")],
  ["an ArrayBuffer", bytes.slice().buffer],
  ["an empty ArrayBuffer", new ArrayBuffer(0)],
  ["a DataView", new DataView(bytes.slice().buffer, 3, 10)],
  ["a Buffer", Buffer.from("¡hola!")],
  ["part of a typed array", bytes.subarray(10, 20)],
  ["Int8Array", Int8Array.of(-128, 127)],
  ["Uint8ClampedArray", Uint8ClampedArray.of(0, 255)],
  ["Int16Array", Int16Array.of(-32_768, 1)],
  ["Uint16Array", Uint16Array.of(65_535)],
  ["Int32Array", Int32Array.of(-1)],
  ["Uint32Array", Uint32Array.of(4_294_967_295)],
  ["Float32Array", Float32Array.of(1.5, Number.NaN, -0)],
  ["Float64Array", Float64Array.of(0.1, Number.NEGATIVE_INFINITY)],
  ["BigInt64Array", BigInt64Array.of(-(2n ** 63n))],
  ["BigUint64Array", BigUint64Array.of(2n ** 64n - 1n)],
  ["an empty array", []],
  ["nested arrays", [[[]], [[1], []]]],
  ["an array with holes", holey(5, { 0: 1, 3: 4 })],
  ["only holes", new Array(3)],
  ["a hole beside a Date", holey(3, { 0: new Date(1), 2: new Date(2) })],
  ["a very long array of holes", Object.assign([], { 4000000000: "far" })],
  ["an array with undefined", [undefined, null]],
  ["a match of a regular expression", "on 2026-11-23".match(/(?<year>\d{4})-(?<month>\d\d)/)],
  [
    "a long array with a property",
    Object.assign(
      Array.from({ length: 5_000 }, (_, i) => i),
      { columns: ["n"] },
    ),
  ],
  ["a property and holes", holey(3, { 0: 1, 2: 3, note: new Date(3) })],
  ["an empty object", {}],
  ["undefined members", { a: undefined, b: { c: undefined } }],
  ["odd keys", { "": 1, "a b": 2, "1": 3, constructor: 4, toString: 5, toJSON: 6, hasOwnProperty: 7, then: 8 }],
  ["a key that looks like a tag", { "~": ["Date", 0] }],
  ["a tag beside others", { a: new Date(1), "~": { "~": ["Map", new Map([["~", 1]])] }, b: undefined }],
  ["no prototype", nullObject({ a: 1, b: nullObject({ c: new Date(1) }) })],
  ["no prototype, a tag's key", nullObject({ "~": "NaN", constructor: 1 })],
  [
    "rows",
    [
      { id: 1, at: new Date(1), note: null },
      { id: 2, at: new Date(2), note: "x" },
    ],
  ],
];

describe("a value that is kept", () => {
  test.each(CORPUS)("%s comes back as it was", (_, value) => {
    const text = encodeValue(value);

    deepStrictEqual(decodeValue(text), value);
    expect((text as string & { isWellFormed(): boolean }).isWellFormed()).toBe(true);
    expect(encodeValue(decodeValue(text))).toBe(text);
  });

  test.each(CORPUS)("%s is not changed by being written", (_, value) => {
    const before = structuredClone(value instanceof URL || value instanceof URLSearchParams ? String(value) : value);

    encodeValue(value);

    deepStrictEqual(
      value instanceof URL || value instanceof URLSearchParams ? String(value) : structuredClone(value),
      before,
    );
  });

  test("may be an invalid Date", () => {
    expect(again([new Date(Number.NaN)])).toStrictEqual([new Date(Number.NaN)]);
  });

  test("that is plain JSON is its own JSON text", () => {
    const value = { rows: [{ id: 1, name: "ana", tags: ["a"], ok: true, none: null }], total: 1.5 };

    expect(encodeValue(value)).toBe(JSON.stringify(value));
  });

  test("whatever it is, comes back", () => {
    const options: fc.ObjectConstraints = {
      key: fc.oneof(fc.string(), fc.constantFrom("~", "__proto__", "constructor", "toJSON", "0")),
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withUnicodeString: true,
    } as fc.ObjectConstraints;

    fc.assert(
      fc.property(fc.anything(options), (value) => {
        // Node 20 says that two invalid dates differ; they have a test of their own.
        fc.pre(!fc.stringify(value).includes("Date(NaN)"));
        deepStrictEqual(again(value), value);
      }),
      { numRuns: 1_000 },
    );
  });

  test("has keys such as __proto__ as data, and changes no prototype", () => {
    const plain = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    const tagged = JSON.parse('{"a":{"__proto__":{"polluted":1}}}');
    tagged.a.at = new Date(1);

    const value = [plain, tagged, { map: new Map([[tagged, nullObject({ a: plain })]]) }];

    deepStrictEqual(again(value), value);
    expect(Object.getPrototypeOf(again(tagged.a))).toBe(Object.prototype);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("that is reached twice is written twice, and comes back as two equal ones", () => {
    const shared = { at: new Date(1) };

    const [first, second] = again([shared, shared]) as object[];

    expect(first).toEqual(second);
    expect(first).not.toBe(second);
  });

  test("of another realm comes back as one of this", () => {
    const value = runInContext("({ list: [1, undefined], at: new Date(5), map: new Map([[1, 2]]) })", createContext());

    deepStrictEqual(again(value), { list: [1, undefined], at: new Date(5), map: new Map([[1, 2]]) });
  });

  test("has only its own bytes, not those of the memory around them", () => {
    const pool = Buffer.from("secret public secret");

    expect(Buffer.from(encodeValue(pool.subarray(7, 13)).split('"')[5] ?? "", "base64").toString()).toBe("public");
    expect((again(pool.subarray(7, 13)) as Buffer).buffer.byteLength).toBe(6);
  });

  test("may have getters, whose values are kept", () => {
    expect(
      again({
        get now() {
          return new Date(1);
        },
        get n() {
          return 1;
        },
      }),
    ).toEqual({ now: new Date(1), n: 1 });
  });

  test.each<readonly [string, (inner: unknown) => unknown, number]>([
    ["an array", (inner) => [inner], 500],
    ["an object", (inner) => ({ inner }), 500],
    ["an object with a tag's key", (inner) => ({ "~": inner }), 500],
    ["an object without prototype", (inner) => nullObject({ inner }), 500],
    ["a key of a Map", (inner) => new Map([[inner, 1]]), 500],
    ["a Set", (inner) => new Set([inner]), 500],
    ["an array with a hole", (inner) => holey(2, { 1: inner }), 500],
    ["an array with a property", (inner) => Object.assign([inner], { name: 1 }), 500],
    ["an array with both", (inner) => holey(2, { 1: inner, name: 1 }), 500],
    ["an error", (inner) => new Error("e", { cause: inner }), 500],
    ["an AggregateError", (inner) => new AggregateError([{ inner }]), 166],
  ])("(%s) may be as deep as the limit, and no deeper", (_, wrap, deepest) => {
    const text = encodeValue(nested(deepest, wrap));

    expect(encodeValue(decodeValue(text))).toBe(text);
    expect(isKept(nested(deepest + 1, wrap))).toBe(false);
  });
});

describe("an error that is kept", () => {
  test("has its name, message, stack, cause and code, and is a plain Error", () => {
    const cause = Object.assign(new TypeError("no such host"), { code: "ENOTFOUND", errno: -3008 });
    class ApiError extends Error {
      override readonly name = "ApiError";
    }
    const error = new ApiError("the API is away", { cause });

    const back = again(error) as Error;

    expect(back).toBeInstanceOf(Error);
    expect(back).not.toBeInstanceOf(ApiError);
    expect([back.name, back.message, back.stack]).toEqual(["ApiError", "the API is away", error.stack]);
    expect(back.cause).toMatchObject({ name: "TypeError", message: "no such host", code: "ENOTFOUND", errno: -3008 });
    expect(Object.keys(back)).toEqual([]);
  });

  test("has the errors of an AggregateError, and a cause that is undefined", () => {
    const error = new AggregateError([new RangeError("a"), { code: 2 }], "both", { cause: undefined });

    const back = again(error) as AggregateError;

    expect(back.errors).toMatchObject([{ name: "RangeError", message: "a" }, { code: 2 }]);
    expect("cause" in back).toBe(true);
  });

  test("has what can be kept of what a library hung on it, and leaves the rest out", () => {
    const error = Object.assign(new Error("timeout"), {
      status: 504,
      at: new Date(1),
      request: new Client(),
      self: {},
    });
    error.self = { error };

    expect({ ...(again(error) as Error) }).toEqual({ status: 504, at: new Date(1) });
  });

  test("may be a DOMException, as an aborted signal gives", () => {
    expect(again(AbortSignal.abort().reason)).toMatchObject({ name: "AbortError", code: 20 });
  });

  test("is written in time, however many point at each other", () => {
    const errors = Array.from({ length: 4 }, (_, i) => new Error(String(i)));
    errors.map((error) => Object.assign(error, errors));

    expect(again(errors)).toHaveLength(4);
  });
});
