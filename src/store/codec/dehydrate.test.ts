/** R37, and what is too large: what cannot be kept is refused with a code and its path. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaudalError } from "../../base/errors.ts";
import { encodeValue } from "../codec.ts";
import { TEXT_BYTES_MAX } from "./format.ts";

class Client {
  readonly url = "https://api.example.com";
}

/** The code and what the error says, or the value if none was thrown. */
function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error instanceof CaudalError ? { code: error.code, ...(error.data as object) } : error;
  }
}

const refusalOf = (value: unknown) => outcome(() => encodeValue(value));
const nested = (depth: number, value: unknown, wrap: (inner: unknown) => unknown): unknown =>
  Array(depth)
    .fill(wrap)
    .reduce((inner, wrapped) => wrapped(inner), value);

const cyclic: { list: unknown[] } = { list: [] };
cyclic.list.push({ up: cyclic });
const cyclicMap = new Map<unknown, unknown>();
cyclicMap.set("self", cyclicMap);
const revoked = Proxy.revocable({}, {});
revoked.revoke();

/** R37: the path and the words for what cannot be kept. */
const REFUSED: readonly (readonly [unknown, string, string])[] = [
  [() => 1, "$", "a function"],
  [{ rows: [1, 2, 3, { client: new Client() }] }, "$.rows[3].client", "an instance of Client"],
  [{ run: function go() {} }, "$.run", "the function go"],
  [[Client], "$[0]", "the class Client"],
  [{ a: Symbol("s") }, "$.a", "a symbol"],
  [{ a: { [Symbol("s")]: 1 } }, "$.a[Symbol(s)]", "under a symbol as its key"],
  [{ list: [Promise.resolve(1)] }, "$.list[0]", "a promise (await it)"],
  [{ "a b": { "~": new WeakMap() } }, '$["a b"]["~"]', "an instance of WeakMap"],
  [new WeakRef({}), "$", "an instance of WeakRef"],
  [new Map([["key", () => 1]]), '$.get("key")', "a function"],
  [new Map([[{}, Symbol("s")]]), "$.values()[0]", "a symbol"],
  [new Map([[Symbol("s"), 1]]), "$.keys()[0]", "a symbol"],
  [new Set([1, Symbol("s")]), "$.values()[1]", "a symbol"],
  [[new Number(1)], "$[0]", "a boxed number"],
  [[Object("text")], "$[0]", "a boxed string"],
  [(function* go() {})(), "$", "a generator (spread it into an array)"],
  [new (class extends Map {})(), "$", "an instance of a class"],
  [new (class Rows extends Array {})(), "$", "an instance of Rows"],
  [new (class Day extends Date {})(), "$", "an instance of Day"],
  [
    new (class URL {
      readonly href = "x";
    })(),
    "$",
    "an instance of URL",
  ],
  [{ date: Object.create(Date.prototype) }, "$.date", "an instance of Date"],
  [{ fake: { [Symbol.toStringTag]: "Date" } }, "$.fake[Symbol(Symbol.toStringTag)]", "under a symbol as its key"],
  [new SharedArrayBuffer(8), "$", "memory shared between threads"],
  [new Headers({ a: "b" }), "$", "an instance of Headers"],
  [new Response(null), "$", "an instance of Response"],
  [new Error("e", { cause: new Client() }), "$.cause", "an instance of Client"],
  [new AggregateError([1, () => 1]), "$.errors[1]", "a function"],
  [cyclic, "$.list[0].up", "$ again, a cycle"],
  [{ a: { b: cyclic } }, "$.a.b.list[0].up", "$.a.b again, a cycle"],
  [cyclicMap, '$.get("self")', "$ again, a cycle"],
  [
    { a: revoked.proxy },
    "$.a",
    "something that cannot be read: Cannot perform 'getPrototypeOf' on a proxy that has been revoked",
  ],
  [
    {
      get a() {
        throw new Error("no luck");
      },
    },
    "$.a",
    "something that cannot be read: no luck",
  ],
  [
    {
      get a() {
        throw {
          toString() {
            throw 1;
          },
        };
      },
    },
    "$.a",
    "something that cannot be read: what was thrown is no text",
  ],
  [Object.assign(new Array(2), { 1: Math.max }), "$[1]", "the function max"],
  [Object.assign([1], { fn: () => 1 }), "$.fn", "the function fn"],
];

describe("a value that cannot be kept", () => {
  test.each(REFUSED.map(([value, path, what], i) => [i, what, path, value] as const))(
    "(%i) %s at %s is refused with its path",
    (_, what, path, value) => {
      expect(refusalOf(value)).toMatchObject({ code: "RESULT_NOT_SERIALIZABLE", path, what });
    },
  );

  test("at any depth ends in a code, not in a full stack", () => {
    expect(refusalOf(nested(1_000_000, 1, (inner) => [inner]))).toMatchObject({ what: "nested more than 500 deep" });
    expect(refusalOf(nested(1_000_000, 1, (inner) => new Map([[1, inner]])))).toMatchObject({
      what: "nested more than 500 deep",
    });
  });

  test("because the program gave all arrays a toJSON is refused, not changed", () => {
    Object.assign(Array.prototype, { toJSON: () => "gone" });

    const refused = refusalOf({ list: [1] });

    delete (Array.prototype as { toJSON?: unknown }).toJSON;
    expect(refused).toMatchObject({ code: "RESULT_NOT_SERIALIZABLE" });
  });

  test("has a property that every object inherits: it is passed over", () => {
    Object.assign(Object.prototype, { inherited: () => 1 });

    const text = outcome(() => encodeValue({ a: 1, b: new Date(1) }));

    delete (Object.prototype as { inherited?: unknown }).inherited;
    expect(text).toBe('~1{"a":1,"b":{"~":["Date",1]}}');
  });

  test("whatever it is, ends in a code", () => {
    const odd = fc.constantFrom<unknown>(() => 1, Symbol("s"), new Client(), Promise.resolve(), cyclic);
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 6 }, odd, fc.anything(), tie("list"), tie("map"), tie("error")),
      list: fc.array(tie("any"), { maxLength: 4 }),
      map: fc.array(fc.tuple(tie("any"), tie("any")), { maxLength: 3 }).map((entries) => new Map(entries)),
      error: tie("any").map((cause) => Object.assign(new Error("e", { cause }), { extra: cause })),
    })).any;

    fc.assert(
      fc.property(value, (given) => {
        const result = outcome(() => encodeValue(given));
        if (typeof result !== "string") expect(result).toMatchObject({ code: "RESULT_NOT_SERIALIZABLE" });
      }),
      { numRuns: 500 },
    );
  });
});

describe("a value that is too large", () => {
  const big = "x".repeat(1 << 20);

  test.each<readonly [string, () => unknown]>([
    ["one object reached very often", () => nested(40, big, (inner) => [inner, inner])],
    ["one text reached often", () => Array.from({ length: 257 }, () => big)],
    ["a bigint", () => [1n << (2n ** 30n - 2n), 1]],
    ["bytes", () => new Uint8Array(201_326_593)],
    ["a Map of large keys", () => new Map(Array.from({ length: 257 }, (_, i) => [[big], i]))],
    ["text that grows when it is written", () => ["\u0001".repeat(90_000_000)]],
    ["text that is longer in UTF-8", () => "日".repeat(90_000_000)],
  ])(
    "(%s) is refused",
    (_, make) => {
      expect(refusalOf(make())).toEqual({ code: "RESULT_TOO_LARGE", maxBytes: TEXT_BYTES_MAX });
    },
    30_000,
  );

  test("an object of more than a million keys is refused with its path", () => {
    const keys = Object.fromEntries(Array.from({ length: 1_000_001 }, (_, i) => [`k${i}`, 0]));

    expect(refusalOf({ keys })).toMatchObject({ code: "RESULT_NOT_SERIALIZABLE", path: "$.keys" });
  }, 30_000);

  test("an array that only says it is long is not walked", () => {
    expect(encodeValue(new Array(4_294_967_295))).toBe('~1{"~":["array",4294967295,[]]}');
  });
});
