import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import {
  startComplaintsApi,
  type ComplaintsApi,
  type ComplaintsApiOptions,
} from "../../examples/etl/complaints-api.mjs";

const SCRIPT = fileURLToPath(new URL("../../examples/etl/complaints-api.mjs", import.meta.url));

interface Answer {
  readonly hits: {
    readonly total: { readonly value: number };
    readonly hits: readonly { readonly _id: string; readonly _source: Readonly<Record<string, unknown>> }[];
  };
}

const open: ComplaintsApi[] = [];
const children: ChildProcess[] = [];

async function started(options: ComplaintsApiOptions = {}): Promise<ComplaintsApi> {
  const api = await startComplaintsApi({ port: 0, ...options });
  open.push(api);
  return api;
}

async function asked(address: string): Promise<Answer> {
  return (await (await fetch(address)).json()) as Answer;
}

/** Runs the script; resolves with its first line. */
async function firstLine(
  ...flags: readonly string[]
): Promise<{ readonly child: ChildProcess; readonly line: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const line = await new Promise<string>((resolve) => {
    child.stdout?.once("data", (bytes: Buffer) => resolve(String(bytes)));
    child.stderr?.once("data", (bytes: Buffer) => resolve(String(bytes)));
  });
  return { child, line };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((api) => api.close()));
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

describe("the sample complaints API", () => {
  test("answers in the shape of the public one", async () => {
    const api = await started();

    const answer = await asked(`${api.url}?size=10`);

    expect(Object.keys(answer)).toEqual(["took", "timed_out", "_shards", "hits", "aggregations", "_meta"]);
    expect(Object.keys(answer.hits)).toEqual(["total", "max_score", "hits"]);
    expect(answer.hits.hits).toHaveLength(10);
    expect(Object.keys(answer.hits.hits[0] ?? {})).toEqual(["_index", "_type", "_id", "_score", "_source", "sort"]);
    expect(Object.keys(answer.hits.hits[0]?._source ?? {}).sort()).toEqual(
      [
        "product",
        "complaint_what_happened",
        "date_sent_to_company",
        "issue",
        "sub_product",
        "zip_code",
        "tags",
        "has_narrative",
        "complaint_id",
        "timely",
        "consumer_consent_provided",
        "company_response",
        "submitted_via",
        "company",
        "date_received",
        "state",
        "consumer_disputed",
        "company_public_response",
        "sub_issue",
      ].sort(),
    );
  });

  test("has the same records each time it is started", async () => {
    const first = await asked(`${(await started()).url}?size=1000`);
    const second = await asked(`${(await started()).url}?size=1000`);

    expect(second.hits).toEqual(first.hits);
    expect(first.hits.hits).toHaveLength(240);
    expect(new Set(first.hits.hits.map((hit) => hit._id)).size).toBe(240);
    expect(first.hits.hits[0]?._id).toBe("7104233");
  });

  test("has records without a narrative, with accents, and of several states, products and companies", async () => {
    const { hits } = await asked(`${(await started()).url}?size=1000`);
    const valuesOf = (field: string) => new Set(hits.hits.map((hit) => hit._source[field]));

    expect(valuesOf("has_narrative")).toEqual(new Set([true, false]));
    expect([...valuesOf("company")].join()).toMatch(/[ñéí]/);
    expect(valuesOf("state").size).toBeGreaterThan(5);
    expect(valuesOf("product").size).toBeGreaterThan(5);
    expect(valuesOf("company").size).toBeGreaterThan(5);
  });

  test("filters, pages and counts what was found", async () => {
    const api = await started();

    const all = await asked(`${api.url}?state=CA&size=1000`);
    const second = await asked(`${api.url}?state=CA&size=1&frm=1`);

    expect(all.hits.total.value).toBe(all.hits.hits.length);
    expect(second.hits.hits).toEqual(all.hits.hits.slice(1, 2));
  });

  test("refuses a size that is no number, by the parameter's name", async () => {
    const response = await fetch(`${(await started()).url}?size=ten`);

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ size: ["A whole number from 0 to 10000 is required."] });
  });
});

describe("its switches", () => {
  test("fail exactly the next requests", async () => {
    const api = await started({ failNext: 2 });

    const statuses = [await fetch(api.url), await fetch(api.url), await fetch(api.url)].map(
      (response) => response.status,
    );

    expect(statuses).toEqual([500, 500, 200]);
    expect(api.count()).toBe(3);
    expect(api.failed()).toBe(2);
  });

  test("act on one request when they are in its query", async () => {
    const api = await started();

    const statuses = [await fetch(`${api.url}?fail=1`), await fetch(api.url)].map((response) => response.status);

    expect(statuses).toEqual([500, 200]);
  });

  test("answer garbage with a good status", async () => {
    const response = await fetch((await started({ garbage: true })).url);

    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toThrow(/JSON/);
  });

  test("delay the answer longer than a client waits", async () => {
    const api = await started({ slow: "5m" });

    await expect(fetch(api.url, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/);
    expect(api.count()).toBe(1);
  });

  test("are shown and changed over HTTP, and counted", async () => {
    const api = await started();

    const switches: unknown = await (await fetch(`${api.origin}/switches?failNext=1&slow=1ms`)).json();
    await fetch(api.url);
    const count: unknown = await (await fetch(`${api.origin}/count`)).json();

    expect(switches).toEqual({ slowMs: 1, fail: 0, failNext: 1, garbage: false });
    expect(count).toEqual({ requests: 1, failed: 1 });
  });

  test("refuse a value that makes no sense", async () => {
    await expect(startComplaintsApi({ port: 0, slow: "soon" })).rejects.toThrow(
      "slow is a time such as 250ms or 2s, up to 10m; not 'soon'",
    );
  });
});

describe("the sample API as a program", () => {
  test("prints its address when it is ready and ends at SIGTERM with 0", async () => {
    const { child, line } = await firstLine("--port", "0");
    const address =
      /^complaints API on (http:\/\/127\.0\.0\.1:\d+\/consumer-complaints\/search\/api\/v1\/)\n$/.exec(line)?.[1] ?? "";

    const answer = await asked(`${address}?size=3`);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];

    expect(answer.hits.hits).toHaveLength(3);
    expect(code).toBe(0);
  });

  test("says in one line that its port is taken", async () => {
    const api = await started();

    const { child, line } = await firstLine("--port", String(api.port));
    const [code] = (await once(child, "exit")) as [number];

    expect(line).toBe(
      `complaints API: port ${api.port} is already in use (is the complaints API running already?): stop that program, or choose another with --port 0\n`,
    );
    expect(code).toBe(1);
  });
});
