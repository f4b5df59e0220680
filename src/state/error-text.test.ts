/** Whatever a body throws becomes a record, and nothing it does can stop that. */
import { describe, expect, test } from "vitest";
import { play } from "../../test/support/play.ts";
import { CaudalError } from "../base/errors.ts";
import { flow, task } from "../index.ts";
import { recordOf, recordOfCode } from "./error-text.ts";

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function cyclic(): Error {
  const error = new Error("round and round");
  error.cause = error;
  return error;
}

const throwing = (name: string) =>
  Object.defineProperty(new Error("partly"), name, {
    get: () => {
      throw new Error("from the getter");
    },
  });

/** Says that it is an error the first time it is asked, and throws from then on. */
function fickle(): unknown {
  let asked = 0;
  return new Proxy(new Error("fickle"), {
    get: (target, key) => {
      if (asked++ > 0) throw new Error("not any more");
      return Reflect.get(target, key) as unknown;
    },
    getPrototypeOf: (target) => {
      if (asked++ > 0) throw new Error("not any more");
      return Reflect.getPrototypeOf(target);
    },
  });
}

const HOSTILE: readonly (readonly [string, () => unknown, object])[] = [
  [
    "undefined",
    () => undefined,
    { name: "Error", message: "undefined was thrown, which is no Error", thrown: "undefined" },
  ],
  ["null", () => null, { thrown: "null" }],
  ["text", () => "just text", { message: '"just text" was thrown, which is no Error', thrown: '"just text"' }],
  ["a number", () => -0, { thrown: "0" }],
  ["a symbol", () => Symbol("s"), { thrown: "Symbol(s)" }],
  ["a bigint", () => 5n, { thrown: "5" }],
  ["a plain object", () => ({ status: 500 }), { thrown: '{"status":500}' }],
  ["an object without a prototype", () => Object.create(null), { thrown: "{}" }],
  ["an object that is no JSON", () => ({ big: 1n }), { thrown: "a value that cannot be shown" }],
  [
    "an object that says it is an error",
    () => ({ name: "Odd", message: "like an error" }),
    { name: "Odd", message: "like an error" },
  ],
  ["a frozen error", () => Object.freeze(new RangeError("cold")), { name: "RangeError", message: "cold" }],
  ["an error with a code", () => Object.assign(new Error("gone"), { code: "ENOENT" }), { code: "ENOENT" }],
  ["an error with a number for a code", () => Object.assign(new Error("gone"), { code: 5 }), { message: "gone" }],
  [
    "an error whose message is no text",
    () => Object.assign(new Error(), { message: { a: 1 } }),
    { name: "Error", message: "" },
  ],
  ["an error whose message throws", () => throwing("message"), { name: "Error", message: "" }],
  ["an error whose stack throws", () => throwing("stack"), { message: "partly" }],
  ["an error whose cause throws", () => throwing("cause"), { message: "partly" }],
  ["an error that is its own cause", cyclic, { message: "round and round" }],
  ["an error caused by undefined", () => new Error("x", { cause: undefined }), { message: "x" }],
  ["an error caused by text", () => new Error("x", { cause: "y" }), { cause: { thrown: '"y"' } }],
  ["a revoked proxy", revoked, { message: "a value that cannot be shown was thrown, which is no Error" }],
  ["a proxy that changes its mind", fickle, { name: "Error" }],
  ["a function", () => () => 1, { thrown: "() => 1" }],
  [
    "one of our errors",
    () => new CaudalError("STORE_CLOSED", undefined),
    { name: "CaudalError", code: "STORE_CLOSED" },
  ],
  [
    "several errors",
    () => new AggregateError([new Error("a")], "all of them"),
    { name: "AggregateError", message: "all of them" },
  ],
];

describe("a body that throws", () => {
  test.each(HOSTILE)("%s fails with a record of it", async (_, make, expected) => {
    const hostile = task("hostile", () => {
      throw make();
    });
    const after = task({ name: "after", trigger: "all_failed" }, (error: unknown) => error);

    const run = await play(flow("hostile", () => after(hostile())));

    expect(run.task("hostile").state).toMatchObject({ type: "Failed", error: expected });
    expect(run.task("after").result).toMatchObject(expected);
    expect(() => JSON.stringify(run)).not.toThrow();
  });

  test("ten million characters fails with the first of them, and how many more there were", async () => {
    const hostile = task("hostile", () => {
      throw new Error("x".repeat(10_000_000));
    });

    const { state } = (
      await play(
        flow("hostile", () => hostile()),
        { logLevel: "off" },
      )
    ).task("hostile");

    expect(state).toMatchObject({
      error: { message: expect.stringMatching(/^x{16384}… \(9983616 more characters\)$/) },
    });
  });
});

describe("a record", () => {
  const size = (thrown: unknown) => JSON.stringify(recordOf(thrown)).length;

  test("is at most 64 Ki characters, its causes included", () => {
    const deep = Array.from({ length: 20 }).reduce<Error>(
      (cause) => new Error("m".repeat(50_000), { cause }),
      new Error("the root"),
    );

    expect(size(deep)).toBeLessThan(65_536);
    expect(size("t".repeat(1_000_000))).toBeLessThan(65_536);
    expect(
      size(Object.assign(new Error("x"), { name: "n".repeat(1_000_000), code: "c".repeat(1_000_000) })),
    ).toBeLessThan(65_536);
  });

  test("follows causes eight deep", () => {
    const chain = Array.from({ length: 20 }, (_, i) => i).reduce<Error | undefined>(
      (cause, i) => new Error(`${i}`, { cause }),
      undefined,
    );
    let depth = 0;

    for (let at = recordOf(chain).cause; at !== undefined; at = at.cause) depth++;

    expect(depth).toBe(8);
  });

  test("tells no cause twice", () => {
    const first = new Error("first");
    first.cause = new Error("second", { cause: first });

    expect(recordOf(cyclic())).not.toHaveProperty("cause");
    expect(recordOf(first)).toMatchObject({ message: "first", cause: { message: "second" } });
    expect(recordOf(first).cause).not.toHaveProperty("cause");
  });

  test("of one of our codes has its sentence and no stack", () => {
    expect(recordOfCode("STORE_CLOSED", undefined)).toEqual({
      name: "CaudalError",
      message: "the store is closed",
      code: "STORE_CLOSED",
    });
  });
});
