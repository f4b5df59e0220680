/** Things that programs throw and that are hard to keep: each must become one small record, whatever it does. */

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable(new Error("gone"), {});
  revoke();
  return proxy;
}

function cyclicCause(): Error {
  const error = new Error("round and round");
  error.cause = new Error("and back", { cause: error });
  return error;
}

const throwsFrom = (...names: readonly string[]) =>
  names.reduce(
    (error, name) =>
      Object.defineProperty(error, name, {
        get: () => {
          throw new Error("from the getter");
        },
      }),
    new Error("partly"),
  );

/** Answers once, and throws from then on, whatever it is asked. */
function fickle(): unknown {
  let asked = 0;
  const answer = <T>(give: () => T): T => {
    if (asked++ > 0) throw new Error("not any more");
    return give();
  };
  return new Proxy(new Error("fickle"), {
    get: (target, key) => answer(() => Reflect.get(target, key) as unknown),
    has: (target, key) => answer(() => Reflect.has(target, key)),
    getPrototypeOf: (target) => answer(() => Reflect.getPrototypeOf(target)),
    ownKeys: (target) => answer(() => Reflect.ownKeys(target)),
  });
}

export const HOSTILE: readonly (readonly [string, () => unknown])[] = [
  ["0", () => 0],
  ["null", () => null],
  ["undefined", () => undefined],
  ["text", () => "nope"],
  ["a symbol", () => Symbol("s")],
  ["a bigint", () => 10n],
  ["a function", () => () => 1],
  ["an object without a prototype", () => Object.create(null) as unknown],
  ["a revoked Proxy", revoked],
  ["a Proxy that changes its mind", fickle],
  ["an error whose getters throw", () => throwsFrom("message", "name", "stack", "cause", "code")],
  ["an error that does not say what it is", () => throwsFrom("constructor", "toString")],
  ["an error of 10 MB", () => new Error("x".repeat(10_000_000))],
  ["text of 10 MB", () => "x".repeat(10_000_000)],
  ["an error that is the cause of its cause", cyclicCause],
  ["a frozen error", () => Object.freeze(new Error("cold"))],
  ["an object that throws when it is made JSON", () => ({ toJSON: () => fail() })],
  [
    "an object that throws when it is made text",
    () => ({ toString: () => fail(), [Symbol.toPrimitive]: () => fail() }),
  ],
  ["a thenable that never answers", () => ({ [["th", "en"].join("")]: () => undefined })],
];

function fail(): never {
  throw new Error("from a method");
}
