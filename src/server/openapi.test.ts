/** The OpenAPI document: whole, consistent in itself, and the same as what is routed. */
import { describe, expect, test } from "vitest";
import { served } from "../../test/support/served.ts";
import { LiveHub } from "./live.ts";
import { openApiOf } from "./openapi.ts";
import { liveRoutes } from "./routes/live.ts";
import { ROUTES } from "./routes/routes.ts";
import { ERRORS } from "../base/error-sentences.ts";
import "../base/server-errors.ts";

const ALL = [...ROUTES, ...liveRoutes(new LiveHub())];
const DOCUMENT = openApiOf(ALL, "1.2.3") as {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly operationId: string;
            readonly parameters: readonly { readonly name: string; readonly in: string }[];
          }
        >
      >
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
};

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => (key === "$ref" ? [String(member)] : referencesIn(member)));
}

describe("the OpenAPI document", () => {
  test("is served, of version 3.1", async () => {
    const { get } = await served([]);

    expect(await (await get("/openapi.json")).json()).toMatchObject({ openapi: "3.1.0" });
  });

  test("has every route, and names each operation once", () => {
    const operations = Object.values(DOCUMENT.paths).flatMap((path) => Object.values(path));

    expect(operations).toHaveLength(ALL.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(ALL.length);
  });

  test("describes every name in a path", () => {
    const undescribed = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
      Object.values(methods).flatMap(({ parameters }) =>
        [...path.matchAll(/\{(\w+)\}/g)].filter(
          ([, name]) => !parameters.some((known) => known.name === name && known.in === "path"),
        ),
      ),
    );

    expect(undescribed).toEqual([]);
  });

  test("refers to nothing that it does not have", () => {
    const local = referencesIn(DOCUMENT).filter((reference) => reference.startsWith("#/components/"));

    expect(local.filter((reference) => !(reference.split("/").at(-1)! in DOCUMENT.components.schemas))).toEqual([]);
    expect(local.length).toBeGreaterThan(30);
  });

  test("names only codes of the registry as what is refused", () => {
    expect(ALL.flatMap(({ refuses }) => refuses).filter((code) => !(code in ERRORS))).toEqual([]);
  });
});
