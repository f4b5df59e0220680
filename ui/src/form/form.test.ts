import { describe, expect, test } from "vitest";
import { en } from "../words/en.ts";
import { asCli, asCurl, quoted } from "./commands.ts";
import { complaintsAbout } from "./complaints.ts";
import { type Field, fieldsOf, inOrder, type Schema } from "./fields.ts";
import { at, beginning, fromQuery, toQuery, type Values, withValue } from "./values.ts";

const SCHEMA: Schema = {
  type: "object",
  required: ["size"],
  properties: {
    city: { type: "string", default: "Puebla", maxLength: 10 },
    size: { type: "integer", minimum: 1, maximum: 100 },
    since: { type: "string", format: "date-time" },
    level: { enum: ["low", "high"] },
    plan: {
      oneOf: [
        { const: 1, title: "Small" },
        { const: 2, title: "Large" },
      ],
    },
    note: { type: ["string", "null"] },
    tags: { type: "array", items: { type: "string" }, maxItems: 2 },
    range: { type: "object", required: ["from"], properties: { from: { type: "number" }, to: { type: "number" } } },
    key: { type: "string", writeOnly: true },
    anything: { default: { deep: [1, null] } },
  },
};

const FIELDS = fieldsOf(SCHEMA) ?? [];
const field = (name: string) => FIELDS.find((one) => one.name === name) as Field;
const complaints = (values: Values, texts: ReadonlyMap<string, string> = new Map()) =>
  Object.fromEntries(complaintsAbout(FIELDS, { values, texts }, en.form.errors));

describe("the fields of a schema", () => {
  test("have the kind their schema asks for", () => {
    expect(FIELDS.map(({ name, kind }) => [name, kind.type])).toEqual([
      ["city", "text"],
      ["size", "number"],
      ["since", "text"],
      ["level", "choice"],
      ["plan", "choice"],
      ["note", "text"],
      ["tags", "list"],
      ["range", "object"],
      ["key", "text"],
      ["anything", "json"],
    ]);
  });

  test("come required ones first", () => {
    expect(inOrder(FIELDS)[0]?.name).toBe("size");
  });

  test("know what may be empty, and what is secret", () => {
    expect(field("note").nullable).toBe(true);
    expect(field("key").kind).toMatchObject({ secret: true });
    expect(field("plan").kind).toMatchObject({ choices: [{ text: "Small" }, { text: "Large" }] });
  });

  test("below the third level are JSON", () => {
    const nested = (depth: number): Schema =>
      depth === 0 ? { type: "string" } : { type: "object", properties: { in: nested(depth - 1) } };
    const kinds: string[] = [];
    let level: readonly Field[] | undefined = fieldsOf(nested(6));
    while (level?.[0] !== undefined) {
      const { kind }: Field = level[0];
      kinds.push(kind.type);
      level = kind.type === "object" ? kind.members : undefined;
    }

    expect(kinds).toEqual(["object", "object", "json"]);
  });

  test("of something that is no object are none: JSON alone is left", () => {
    expect(fieldsOf({ type: "array" })).toBeUndefined();
  });
});

describe("the values of a form", () => {
  test("begin with the defaults, and what is given over them", () => {
    expect(beginning(FIELDS, { size: 5 }).values).toEqual({ city: "Puebla", anything: { deep: [1, null] }, size: 5 });
  });

  test("change at a pointer, and nowhere else", () => {
    const values: Values = { range: { from: 1, to: 2 }, tags: ["a", "b"] };

    expect(withValue(values, "/range/to", 9)).toEqual({ range: { from: 1, to: 9 }, tags: ["a", "b"] });
    expect(withValue(values, "/tags/0", undefined)).toEqual({ range: { from: 1, to: 2 }, tags: ["b"] });
    expect(withValue(values, "/range/to", undefined)).toEqual({ range: { from: 1 }, tags: ["a", "b"] });
    expect(values).toEqual({ range: { from: 1, to: 2 }, tags: ["a", "b"] });
    expect(at({ "a/b": { "~": 1 } }, "/a~1b/~0")).toBe(1);
  });

  test("come back from an address as they went into it", () => {
    const values: Values = { city: "007", size: 10, plan: 2, note: null, tags: ["a,b"], anything: { other: true } };

    const query = new URLSearchParams(toQuery(FIELDS, values));

    expect(fromQuery(FIELDS, query)).toEqual(values);
  });

  test("leave secrets out of addresses", () => {
    expect(toQuery(FIELDS, { key: "s3cret", size: 1 })).toEqual({ "p.size": "1" });
  });
});

describe("what a form complains about", () => {
  test("is nothing when all fits", () => {
    expect(complaints({ size: 1, note: null, tags: ["x"], range: { from: 0 }, since: "2026-01-01T00:00:00Z" })).toEqual(
      {},
    );
  });

  test.each<[string, Values, { readonly [at: string]: string }]>([
    ["a missing one", {}, { "/size": en.form.errors.required }],
    ["a broken whole number", { size: 1.5 }, { "/size": en.form.errors.integer }],
    ["a limit", { size: 101 }, { "/size": en.form.errors.maximum("100") }],
    ["a long text", { size: 1, city: "x".repeat(11) }, { "/city": en.form.errors.longer(10) }],
    ["a choice", { size: 1, level: "middle" }, { "/level": en.form.errors.choice }],
    ["a format", { size: 1, since: "yesterday" }, { "/since": en.form.errors.format["date-time"] }],
    ["a long list", { size: 1, tags: ["a", "b", "c"] }, { "/tags": en.form.errors.more(2) }],
    ["a member", { size: 1, range: { to: 3 } }, { "/range/from": en.form.errors.required }],
    ["an unknown one", { size: 1, sise: 2 }, { "/sise": en.form.errors.unknown("sise") }],
  ])("%s", (_name, values, expected) => {
    expect(complaints(values)).toEqual(expected);
  });

  test("names what was typed and is no value", () => {
    expect(complaints({}, new Map([["/size", "ten"]]))).toEqual({ "/size": en.form.errors.integer });
  });
});

describe("a run as a command", () => {
  test("quotes for the shell", () => {
    expect(quoted("plain-1.2")).toBe("plain-1.2");
    expect(quoted("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  });

  test("names only what differs from the defaults, and no secret", () => {
    expect(asCli("my flow", "etl.ts", FIELDS, { city: "Puebla", size: 3, key: "s3cret" })).toBe(
      `npx caudal run etl.ts --flow 'my flow' --param size=3 --param 'key=…'`,
    );
  });

  test("is a request with the header that writes need", () => {
    expect(asCurl("http://127.0.0.1:4200/api/v1/flows/a/runs", FIELDS, { size: 3 })).toBe(
      `curl -X POST http://127.0.0.1:4200/api/v1/flows/a/runs \\\n  -H 'Content-Type: application/json' -H 'X-Caudal: 1' \\\n  -d '{"parameters":{"size":3}}'`,
    );
  });

  test("says when the run begins, where that is later", () => {
    expect(asCurl("http://127.0.0.1:4200/api/v1/flows/a/runs", FIELDS, { size: 3 }, 1_795_000_000_000)).toContain(
      `-d '{"parameters":{"size":3},"at":1795000000000}'`,
    );
  });
});
