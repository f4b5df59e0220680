/**
 * Requests made from the OpenAPI document, right and wrong ones, against the server itself: whatever is asked, the answer
 * is one the document describes, and never a failure of ours. The document is held to the specification by a validator
 * that is not ours.
 *
 * `FUZZ_REQUESTS=100000 npx vitest run src/server/fuzz.test.ts` asks more; FAST_CHECK_SEED repeats what failed.
 */
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowedBy, type Named, nearly, type Schema } from "../../test/support/schema-values.ts";
import { served, type Served } from "../../test/support/served.ts";
import { approval, every, flow, task } from "../index.ts";
import { LiveHub } from "./live.ts";
import { openApiOf } from "./openapi.ts";
import { liveRoutes } from "./routes/live.ts";
import { ROUTES } from "./routes/routes.ts";
import type { RunDetail } from "./contract.ts";

const REQUESTS = Number(process.env["FUZZ_REQUESTS"] ?? 500);
const SEED = process.env["FAST_CHECK_SEED"];

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Schema;
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface Operation {
  readonly method: "get" | "post";
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, "method" | "path">>>>>;
  readonly components: { readonly schemas: Named };
}

const DOCUMENT = JSON.parse(JSON.stringify(openApiOf([...ROUTES, ...liveRoutes(new LiveHub())], "1.2.3"))) as Document;
const NAMED = DOCUMENT.components.schemas;
const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, ...operation }) as Operation),
);

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: "caudal", components: { schemas: NAMED } });
const validators = new Map<Schema, ValidateFunction>();
function complaintsAbout(schema: Schema, value: unknown): string | undefined {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"caudal#/components');
  const validate = validators.get(schema) ?? ajv.compile(JSON.parse(text) as object);
  validators.set(schema, validate);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

process.setMaxListeners(0); // each run of this process listens for its end

const say = task("say", (n: number) => n);
const each = task({ name: "each", cacheFor: "1h" }, (n: number) => {
  if (n === 2) throw new Error("two");
  return { n, rows: [n, "é", null] };
});
const plain = flow({ name: "plain", parameters: { n: 1 }, tags: ["a"], schedule: every("365d") }, ({ n }) => ({
  n: say(n),
}));
const mapped = flow("mapped é", () => each.map(task("list", () => [1, 2, 3])()));
const asks = flow("asks", () => say(approval("go on?")() as never));

/** Names that are there: without them hardly any request would come further than a 404. */
interface Known {
  readonly flow: readonly string[];
  readonly run: readonly string[];
  readonly task: readonly string[];
  readonly schedule: readonly string[];
}

async function known({ get, post, until }: Served): Promise<Known> {
  const runs: string[] = [];
  for (const name of ["plain", "mapped é", "asks"]) {
    const { id } = (await (await post(`/flows/${encodeURIComponent(name)}/runs`)).json()) as RunDetail;
    await until<RunDetail>(`/runs/${id}`, ({ endedAt, state }) => endedAt !== undefined || state === "Paused");
    runs.push(id);
  }
  const { schedules } = (await (await get("/schedules")).json()) as {
    readonly schedules: readonly { readonly id: string }[];
  };
  return {
    flow: ["plain", "mapped é", "asks"],
    run: runs,
    task: ["say-1", "each-1", "each-1.0", "each-1.1", "list-1", "go on?-1", "go_on-1"],
    schedule: schedules.map(({ id }) => id),
  };
}

const TOPICS = ["runs", "flows", "schedules", "run:x", "logs:x", "", "nothing", "runs,runs"];

/** One value of a parameter, as text: allowed, known, or anything. */
function textFor({ name, schema }: Parameter, there: Known): fc.Arbitrary<string> {
  const allowed = allowedBy(schema, NAMED).map(String);
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.constantFrom("..", "-1", "1e9", "0", "__proto__", "%", "\u0000", "'", "\ud800"),
  );
  // `wait` would have the server wait for what does not come.
  if (name === "wait") return fc.constantFrom("0", "x", "-1", "25001");
  const names = (there as unknown as Readonly<Record<string, readonly string[]>>)[name];
  const real = names === undefined || names.length === 0 ? undefined : fc.constantFrom(...names);
  const useful =
    real ??
    ({
      topics: fc.constantFrom(
        ...TOPICS,
        ...there.run.flatMap((run) => [`run:${run}`, `logs:${run}`, `runs,run:${run}`]),
      ),
      state: fc.constantFrom("Failed", "Success,Failed", "Paused", "failed", ","),
      started: fc.constantFrom("24h", "..2090-01-01", "2020-01-01..", "999999d"),
      at: fc.constantFrom("", "/rows", "/rows/1", "/n", "/-1", "/~2", "rows"),
    }[name] as fc.Arbitrary<string> | undefined);
  return fc.oneof(
    { weight: 2, arbitrary: allowed },
    { weight: 1, arbitrary: anything },
    { weight: 6, arbitrary: useful ?? allowed },
  );
}

interface Asked {
  readonly operation: Operation;
  readonly url: string;
  readonly body: string | undefined;
}

function requestsTo(operation: Operation, there: Known): fc.Arbitrary<Asked> {
  const inPath = operation.parameters.filter((parameter) => parameter.in === "path");
  const inQuery = operation.parameters.filter((parameter) => parameter.in === "query");
  const path = fc.record(Object.fromEntries(inPath.map((parameter) => [parameter.name, textFor(parameter, there)])));
  const query = fc.record(Object.fromEntries(inQuery.map((parameter) => [parameter.name, textFor(parameter, there)])), {
    requiredKeys: [],
  });
  const unknown = fc.oneof(
    { weight: 9, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.constantFrom("nope=1", "limit=1&limit=2", "%", "a=%ff") },
  );
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const body =
    schema === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { weight: 3, arbitrary: aboutKnown(allowedBy(schema, NAMED), there).map((value) => JSON.stringify(value)) },
          { weight: 2, arbitrary: nearly(resolved(schema), NAMED) },
        );
  return fc.tuple(path, query, unknown, body).map(([names, given, more, text]) => {
    const filled = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
      encoded((names as Record<string, string>)[name] ?? ""),
    );
    const search = [
      ...Object.entries(given).map(([name, value]) => `${name}=${encoded(value as string)}`),
      ...(more === "" ? [] : [more]),
    ];
    return {
      operation,
      url: `http://127.0.0.1/api/v1${filled}${search.length === 0 ? "" : `?${search.join("&")}`}`,
      body: text,
    };
  });
}

/** A task run that is there, mostly: without that hardly any action would come further than a 404. */
function aboutKnown(bodies: fc.Arbitrary<unknown>, { task: tasks }: Known): fc.Arbitrary<unknown> {
  const task = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...tasks) }, fc.constant(undefined));
  return fc.tuple(bodies, task).map(([body, known]) => {
    const names = typeof body === "object" && body !== null && "task" in body;
    return names && known !== undefined ? { ...body, task: known } : body;
  });
}

const resolved = (schema: Schema) =>
  schema.$ref === undefined ? schema : (NAMED[schema.$ref.split("/").at(-1) ?? ""] ?? schema);
const encoded = (text: string) => encodeURIComponent(Buffer.from(text).toString());

/** What is wrong with an answer, by the document. */
async function complaintAbout({ operation }: Asked, response: Response): Promise<string | undefined> {
  const { status } = response;
  const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
  if (type === "text/event-stream") await response.body?.cancel();
  if (status >= 500) return `it answered ${status}: ${await response.text()}`;
  const described = operation.responses[status] ?? (status >= 400 ? operation.responses["default"] : undefined);
  const content = described?.content[type];
  // An address that was changed by its own parts (`..`) is another one.
  if (content === undefined) return status === 304 ? undefined : `${status} with '${type}' is not in the document`;
  if (!type.endsWith("json") || status < 400 === (type !== "application/json")) return undefined;
  const wrong = complaintsAbout(content.schema, await response.json());
  return wrong === undefined ? undefined : `${status} is not as described: ${wrong}`;
}

describe("the OpenAPI document", () => {
  test("is one by the rules of OpenAPI 3.1, says a validator that is not ours", async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(DOCUMENT)) as never);

    expect([valid, errors]).toEqual([true, undefined]);
  });

  test("has schemas that all can be compiled", () => {
    for (const [name, schema] of Object.entries(NAMED))
      expect([name, typeof complaintsAbout(schema, Symbol(name))]).toEqual([name, "string"]);
  });
});

describe(`${REQUESTS} requests made from the document`, () => {
  test("are all answered as it says, and none with a failure of ours", {
    timeout: 60_000 + REQUESTS * 100,
  }, async () => {
    const server = await served([plain, mapped, asks], { logLevel: "warn" });
    const there = await known(server);
    const seen = new Map<string, number>();
    const requests = fc.constantFrom(...OPERATIONS).chain((operation) => requestsTo(operation, there));

    await fc.assert(
      fc.asyncProperty(requests, async (asked) => {
        const { operation, url, body } = asked;
        const headers = {
          Host: `127.0.0.1:${server.listening.port}`,
          "Content-Type": "application/json",
          "X-Caudal": "1",
        };
        const request = new Request(url, {
          method: operation.method.toUpperCase(),
          headers,
          ...(body !== undefined && { body }),
        });
        const response = await server.server.handler(request);
        const key = `${operation.method} ${operation.path} ${response.ok ? "ok" : "refused"}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);

        expect(await complaintAbout(asked, response)).toBeUndefined();
      }),
      { numRuns: REQUESTS, ...(SEED !== undefined && { seed: Number(SEED) }) },
    );
    expect(server.logger.lines().filter((line) => line.includes("A request failed"))).toEqual([]);
    // Most operations must have been carried out, not only refused: else the requests are not worth much.
    const done = OPERATIONS.filter(({ method, path }) => seen.has(`${method} ${path} ok`));
    expect(done.length).toBeGreaterThan(REQUESTS >= 500 ? OPERATIONS.length / 2 : 0);
  });
});
