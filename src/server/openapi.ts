/** The API as OpenAPI 3.1, made from the routes and their schemas: what is written there is what is checked. */
import * as z from "zod";
import type { Route } from "./routes/route.ts";
import { schemas } from "./schemas.ts";

type Document = Readonly<Record<string, unknown>>;

const NAMES = new Map<unknown, string>(Object.entries(schemas).map(([name, schema]) => [schema, name]));

export function openApiOf(routes: readonly Route[], version: string): Document {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `/${route.path.slice(1).replace(/:(\w+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "caudal",
      version,
      description:
        "The local server of Caudal. Writes need the header X-Caudal: 1; without it every method but GET, HEAD and OPTIONS is 403, before its address is looked at. Errors are RFC 9457 with codes of docs/reference/errors.md.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "." }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: namedSchemas(),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    security: [{}, { token: [] }],
  };
}

const CALLER = [
  {
    ...{ name: "Caudal-By", in: "header", required: false, schema: { type: "string", maxLength: 540 } },
    description: "Who asks: a name of at most 60 letters, digits, spaces and . , @ ' _ -, percent-encoded or not",
  },
  {
    ...{ name: "Caudal-From", in: "header", required: false, schema: { type: "string", const: "page" } },
    description: "What the page of the server says of itself",
  },
];

function operationOf(route: Route): Document {
  const { method, path, summary, tag, query, body, answer, status = 200, refuses } = route;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const problem = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const json = (schema: z.ZodType) => ({ "application/json": { schema: reference(schema) } });
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[:/.-]+(\w)/g, (_all, letter: string) => letter.toUpperCase())}`,
    summary,
    tags: [tag],
    parameters: [
      ...names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      ...(method === "POST"
        ? [{ name: "X-Caudal", in: "header", required: true, schema: { type: "string", const: "1" } }, ...CALLER]
        : []),
      ...queryParameters(query),
    ],
    ...(body !== undefined && { requestBody: { required: true, content: json(body) } }),
    responses: {
      [status]: { description: summary, content: answerContent(answer) },
      ...(status === 201 && { 200: { description: "It was begun before", content: answerContent(answer) } }),
      default: { description: ["A problem", ...refuses].join(", "), content: problem },
    },
  };
}

function answerContent(answer: Route["answer"]): Document {
  if ("contentTypes" in answer)
    return Object.fromEntries(
      // A value as JSON may be any; what is no JSON is text.
      answer.contentTypes.map((type) => [type, { schema: type === "application/json" ? {} : { type: "string" } }]),
    );
  return { "application/json": { schema: reference(answer) } };
}

function queryParameters(query: z.ZodObject | undefined): readonly Document[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query, "input") as {
    readonly properties?: Readonly<Record<string, Document>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function reference(schema: z.ZodType): Document {
  const name = NAMES.get(schema);
  return name === undefined ? schemaOf(schema) : { $ref: `#/components/schemas/${name}` };
}

/** By one registry, so that what refers to itself (a cause of a cause) is referred to by its name. */
function namedSchemas(): Readonly<Record<string, Document>> {
  const registry = z.registry<{ readonly id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema as z.ZodType, { id });
  const made = z.toJSONSchema(registry, { unrepresentable: "any", uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([id, schema]) => {
      const { $schema: _, $id: __, ...rest } = schema as Record<string, unknown>;
      return [id, rest];
    }),
  );
}

function schemaOf(schema: z.ZodType, io: "input" | "output" = "output"): Document {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Record<string, unknown>;
  return made;
}
