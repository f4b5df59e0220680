/** S38: a stored text may be anybody's. It is read into data, or refused with a code, in time. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaudalError } from "../../base/errors.ts";
import { decodeValue, encodeValue } from "../codec.ts";

/** The code and what the error says, or the value if none was thrown. */
function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error instanceof CaudalError ? { code: error.code, ...(error.data as object) } : error;
  }
}

const corrupt = (why: unknown = expect.any(String)) => ({ code: "RESULT_CORRUPT", why });
const tagged = (content: unknown) => `~1${JSON.stringify({ "~": content })}`;

describe("S38: a text that is not ours", () => {
  test.each<readonly [string, string, string | RegExp]>([
    ["nothing", "", /cannot be read/],
    ["no JSON", "{a:1}", /cannot be read/],
    ["a torn text", '{"a":[1,2', /cannot be read/],
    ["a short text that is deep", "[".repeat(501) + "]".repeat(501), "it is nested more than 500 deep"],
    ["a short text of deep tags", `~1{"a":${'{"a":'.repeat(500)}1${"}".repeat(501)}`, /500 deep/],
    ["a newer version", '~2{"a":1}', "it has version 2, and this caudal knows 1: a newer one wrote it"],
    ["a version of two digits", "~10[]", "it has version 10, and this caudal knows 1: a newer one wrote it"],
    ["no version", '~{"a":1}', "it has no version"],
    ["an unknown tag", tagged(["Function", "return 1"]), 'its tag "Function" is unknown'],
    ["the name of a class", tagged(["Client", {}]), 'its tag "Client" is unknown'],
    ["a name of every object", tagged(["constructor", 1]), 'its tag "constructor" is unknown'],
    ["an unknown word", tagged("__proto__"), 'its tag "__proto__" is unknown'],
    ["a tag without a name", tagged([]), "a tag has no name"],
    ["a tag that is a number", tagged(1), "a list is missing where a tag needs it"],
    ["keys beside a tag", '~1{"~":"NaN","a":1}', "a tag has keys beside it"],
    ["too much behind a tag", tagged(["Date", 1, 2]), '"Date" has another payload'],
    ["a Date of text", tagged(["Date", "2026"]), "a number is missing where a tag needs it"],
    ["an odd Map", tagged(["Map", [1]]), "a list of pairs has an odd length"],
    ["a Set of nothing", tagged(["Set", null]), "a list is missing where a tag needs it"],
    ["a bigint of words", tagged(["bigint", "1e5"]), "a bigint has no digits"],
    ["a long decimal bigint", tagged(["bigint", "9".repeat(1_000_000)]), "a bigint has no digits"],
    ["bytes that are none", tagged(["ArrayBuffer", "!!!!"]), "bytes are not base64"],
    ["half an element", tagged(["Float64Array", "AAAA"]), "a Float64Array ends within an element"],
    ["a key that is none", tagged(["object", [1, 2]]), "text is missing where a tag needs it"],
    ["an error without a name", tagged(["Error", { message: "m" }]), "text is missing where a tag needs it"],
    ["an error that is a list", tagged(["Error", []]), "an object is missing where a tag needs it"],
    ["no URL", tagged(["URL", "nowhere"]), /cannot be read \(Invalid URL\)/],
    ["no RegExp", tagged(["RegExp", "(", ""]), /cannot be read \(Invalid regular expression/],
    ["a hole out of order", tagged(["array", 3, [1, 1, 0, 1]]), "an index is out of order"],
    ["a hole beyond the end", tagged(["array", 3, [3, 1]]), "an index is out of order"],
    ["a length that is none", tagged(["array", 1.5, []]), "a length is none"],
    ["a length of a list", tagged(["named", [], ["length", 5]]), /cannot be read/],
  ])("(%s) is refused with the reason", (_, text, why) => {
    const reason = typeof why === "string" ? why : expect.stringMatching(why);

    expect(outcome(() => decodeValue(text))).toEqual(corrupt(reason));
  });

  /** S38. Each some megabytes. Processor time, the best of three: the machine may be doing something else. */
  test.each<readonly [string, string]>([
    ["lists in lists", "[".repeat(1_000_000) + "]".repeat(1_000_000)],
    ["lists that do not end", "[".repeat(4_000_000)],
    ["objects in objects", '{"a":'.repeat(1_000_000) + 1 + "}".repeat(1_000_000)],
    ["deep behind much that is flat", `[${"0,".repeat(1_000_000)}${"[".repeat(1_000_000)}`],
    ["Maps in Maps", `~1${'{"~":["Map",[1,'.repeat(300_000)}1${"]]}".repeat(300_000)}`],
    ["a string of quotes and backslashes", `["${'\\"\\\\'.repeat(1_000_000)}`],
    ["millions of keys", `{${Array.from({ length: 1_200_000 }, (_, i) => `"${i.toString(36)}":0`).join(",")}}`],
    ["a deep RegExp", tagged(["RegExp", "(".repeat(1_000_000), ""])],
    ["brackets that only close", "]".repeat(3_000_000)],
    ["a URL", tagged(["URL", "x".repeat(3_000_000)])],
  ])(
    "(%s) is refused at once",
    (_, text) => {
      const tookMs = [1, 2, 3].map(() => {
        const before = process.cpuUsage();
        expect(outcome(() => decodeValue(text))).toEqual(corrupt());
        return process.cpuUsage(before).user / 1_000;
      });

      expect(Math.min(...tookMs)).toBeLessThan(100);
    },
    30_000,
  );

  test("asks for no more memory than it has text", () => {
    const text = `~1[${Array.from({ length: 10_000 }, () => '{"~":["array",30000000,[5,1]]}').join(",")}]`;
    const before = process.memoryUsage().rss;

    const arrays = decodeValue(text) as unknown[][];

    expect(arrays[9_999]?.length).toBe(30_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  test("whatever it is, ends in a value or in a code", () => {
    const names = [
      "Date",
      "Map",
      "Set",
      "Error",
      "URL",
      "RegExp",
      "object",
      "null",
      "array",
      "named",
      "bigint",
      "Uint8Array",
    ];
    const node = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 5 }, fc.jsonValue(), tie("list"), tie("tag"), tie("record")),
      list: fc.array(tie("any"), { maxLength: 4 }),
      record: fc.dictionary(fc.constantFrom("~", "name", "message", "own", "cause", "__proto__"), tie("any")),
      tag: fc.tuple(fc.constantFrom(...names), tie("list")).map(([name, rest]) => ({ "~": [name, ...(rest as [])] })),
    })).any;

    fc.assert(
      fc.property(node, (json) => {
        const result = outcome(() => void decodeValue(`~1${JSON.stringify(json)}`));
        expect(result === undefined || isDeepStrictEqual(Object.keys(result as object), ["code", "why"])).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("torn or with a changed letter anywhere ends in a value or in a code", () => {
    const text = encodeValue({
      at: new Date(1),
      m: new Map([[1n, Buffer.from("abc")]]),
      e: new Error("x"),
      u: undefined,
    });
    const damage = fc.tuple(fc.nat(text.length - 1), fc.string({ maxLength: 2 }), fc.boolean());

    fc.assert(
      fc.property(damage, ([at, put, torn]) => {
        const damaged = text.slice(0, at) + put + (torn ? "" : text.slice(at + 1));
        const result = outcome(() => void decodeValue(damaged));
        expect(result === undefined || (result as { code?: string }).code === "RESULT_CORRUPT").toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
