import * as v from "valibot";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { flow, parameter, type TaskOptions } from "../../index.ts";
import type { Parameters } from "./parameter.ts";

const declared = (parameters: Parameters) => flow({ name: "f", parameters }, () => undefined).program;

/** What a run would work with, or the complaints. */
async function read(parameters: Parameters, given: Record<string, unknown>): Promise<unknown> {
  try {
    return await declared(parameters).readParameters(given);
  } catch (error) {
    return (error as { readonly data: { readonly complaints: readonly string[] } }).data.complaints;
  }
}

describe("a plain default", () => {
  test("is used where nothing is given, and null is a value", async () => {
    expect(await read({ size: 10, any: null }, {})).toEqual({ size: 10, any: null });
    expect(await read({ size: 10, any: 1 }, { size: undefined, any: 2 })).toEqual({ size: 10, any: 2 });
    expect(await read({ any: null }, { any: { x: 1 } })).toEqual({ any: { x: 1 } });
  });

  test("says the type of what may be given: every complaint at once", async () => {
    const complaints = await read(
      { size: 10, live: true, tags: ["a"], filter: { state: "CA", years: [1] }, name: "x" },
      { size: "25", live: 1, tags: ["a", 2], filter: { state: 3 }, name: null, sise: 1 },
    );

    expect(complaints).toEqual([
      "'sise' is not one of them (did you mean 'size'?)",
      "size: must be a number, not text",
      "live: must be true or false, not a number",
      "tags: [1] must be text, not a number",
      "filter: years is missing",
      "filter: state must be text, not a number",
      "name: must be text, not null",
    ]);
  });

  test("takes only JSON", async () => {
    expect(await read({ size: 10 }, { size: Number.NaN })).toEqual(["size: must be JSON, not NaN"]);
    expect(await read({ any: null }, { any: { at: new Date(0) } })).toEqual(["any: is not JSON at .at"]);
  });

  test("becomes JSON Schema", () => {
    const { parameters } = declared({ size: 10, filter: { tags: ["a"], any: null } }).graph;

    expect(parameters.map((about) => about.jsonSchema)).toEqual([
      { type: "number", default: 10 },
      {
        type: "object",
        properties: { tags: { type: "array", items: { type: "string" } }, any: {} },
        required: ["tags", "any"],
        default: { tags: ["a"], any: null },
      },
    ]);
  });

  test("may be called __proto__ or constructor", async () => {
    const parameters = JSON.parse('{"__proto__": 1, "constructor": 2}') as Parameters;

    const values = (await read(parameters, {})) as object;

    expect(Object.entries(values)).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
  });
});

describe("a schema", () => {
  test("checks what is given, fills in its own defaults, and converts", async () => {
    const parameters = {
      since: z.coerce.date(),
      mode: z.enum(["sms", "mail"]).default("sms"),
      user: v.object({ name: v.string() }),
    };

    expect(await read(parameters, { since: "2026-01-01", user: { name: "a" } })).toEqual({
      since: new Date("2026-01-01"),
      mode: "sms",
      user: { name: "a" },
    });
    expect(await read(parameters, { since: "no", mode: "fax", user: { name: 1 } })).toMatchObject({ length: 3 });
  });

  test("that is async or throws is waited for, or complained about", async () => {
    const slow = z.string().refine(async (text) => text !== "no");
    const broken = z.string().refine(() => {
      throw new Error("broken");
    });

    expect(await read({ slow }, { slow: "yes" })).toEqual({ slow: "yes" });
    expect(await read({ slow }, { slow: "no" })).toMatchObject({ length: 1 });
    expect(await read({ broken }, { broken: "x" })).toEqual(["broken: cannot be checked, its schema threw: broken"]);
  });

  test("says itself whether it is required, what its default and its JSON Schema are", () => {
    const { parameters } = declared({
      must: z.string().min(2),
      may: z.number().optional(),
      mode: z.enum(["a", "b"]).default("a"),
      plain: v.string(),
    }).graph;

    expect(parameters.map(({ name, required }) => ({ name, required }))).toEqual([
      { name: "must", required: true },
      { name: "may", required: false },
      { name: "mode", required: false },
      { name: "plain", required: true },
    ]);
    expect(parameters[0]?.jsonSchema).toEqual({ type: "string", minLength: 2 });
    expect(parameters[2]?.jsonSchema).toEqual({ type: "string", enum: ["a", "b"], default: "a" });
    expect(parameters[3]?.jsonSchema).toEqual({});
  });
});

describe("parameter()", () => {
  test("is required without a default", async () => {
    expect(await read({ size: parameter<number>() }, {})).toEqual(["size: is required"]);
    expect(await read({ size: parameter<number>({ default: 3 }) }, {})).toEqual({ size: 3 });
    expect(await read({ size: parameter<number>({ required: false }) }, {})).toEqual({ size: undefined });
  });

  test("carries a schema, a default that goes through it, and a description", async () => {
    const since = parameter({ schema: z.coerce.date<string>(), default: "2026-01-01", description: "first day" });

    expect(await read({ since }, {})).toEqual({ since: new Date("2026-01-01") });
    expect(declared({ since }).graph.parameters[0]).toMatchObject({
      required: false,
      default: "2026-01-01",
      description: "first day",
    });
  });

  test("refuses what contradicts itself, and typos", () => {
    expect(() => parameter({ required: true, default: 1 } as never)).toThrow(/would never be used/);
    expect(() => parameter({ defualt: 1 } as unknown as TaskOptions & { required: true; default: undefined })).toThrow(
      /did you mean 'default'/,
    );
  });
});
