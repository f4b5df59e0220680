/**
 * What hostile flows leave in a store, seen through the API: names that are markup, results that are huge and deep, a
 * hundred thousand lines, cursors that nobody gave out. All of it is data, in answers of a bounded size.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAYLOADS, TERMINAL_PAYLOADS } from "../../test/support/payloads.ts";
import { served, type Served } from "../../test/support/served.ts";
import { context, flow, task } from "../index.ts";
import type { LogPage, Problem, RunDetail, RunList, TaskRunDetail, TaskRunList, ValueSlice } from "./contract.ts";

const ANSWER_BYTES_MAX = 256 * 1024;
const LINES = 100_000;

const json = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;

async function ran(server: Served, name: string, body: unknown = {}): Promise<string> {
  const { id } = await json<RunDetail>(server.post(`/flows/${encodeURIComponent(name)}/runs`, body));
  await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
  return id;
}

/** Names have no slash. */
const NAMES = PAYLOADS.filter((text) => !/[/\\]/.test(text));

describe("names that are markup", () => {
  test("S18: are the same text in every answer, which is JSON", async () => {
    const hostile = NAMES.map((name) =>
      flow({ name, description: name, tags: [name] }, () => void task(name, () => PAYLOADS)()),
    );
    const server = await served(hostile);

    for (const name of NAMES) {
      const id = await ran(server, name, { runName: name, tags: [name] });
      const paths = [`/flows/${encodeURIComponent(name)}`, `/runs/${id}`, `/runs/${id}/tasks`, `/runs/${id}/events`];
      const answers = await Promise.all(paths.map((path) => server.get(path)));
      const texts = await Promise.all(answers.map((answer) => answer.text()));

      expect(answers.map(({ headers }) => headers.get("content-type"))).toEqual(paths.map(() => "application/json"));
      expect(texts.slice(0, 3).every((text) => text.includes(JSON.stringify(name).slice(1, -1)))).toBe(true);
    }
    const { runs } = await json<RunList>(server.get("/runs?limit=200"));
    expect(runs.map((run) => run.flow).toSorted()).toEqual(NAMES.toSorted());
  });

  test("are refused where they would name a path, or move what stands beside them", async () => {
    const wrong = [...PAYLOADS.filter((text) => text.includes("/")), ...TERMINAL_PAYLOADS];

    for (const name of wrong)
      expect(() => flow(name, () => undefined)).toThrow(expect.objectContaining({ code: "NAME_INVALID" }));
  });
});

describe("results and errors of hostile tasks", () => {
  const deep = (depth: number) => {
    let value: unknown = "bottom";
    for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { in: value };
    return value;
  };
  const huge = task("huge", () => ({ rows: Array.from({ length: 100_000 }, (_, i) => `${i} ${PAYLOADS[i % 20]}`) }));
  const wide = task("wide", () => Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`__proto__${i}`, i])));
  const nested = task("nested", () => deep(400));
  const named = task("named", () => JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"toString":3}') as object);
  const long = task("long", () => {
    throw new Error(`${"x".repeat(5_000_000)}${PAYLOADS.join(" ")}`);
  });
  const hostile = flow("hostile", () => {
    huge();
    wide();
    nested();
    named();
    long();
  });

  test("are shown in part, in answers of a bounded size, and can be had in slices", async () => {
    const server = await served([hostile]);
    const id = await ran(server, "hostile");
    const paths = ["huge", "wide", "nested", "named", "long"].map((name) => `/runs/${id}/tasks/${name}-1`);

    const texts = await Promise.all(
      [...paths, `/runs/${id}`, `/runs/${id}/tasks`].map(async (path) => (await server.get(path)).text()),
    );
    const last = await json<ValueSlice>(server.get(`${paths[0]}/result?at=/rows&offset=99990&limit=100`));
    const bottom = await json<ValueSlice>(
      server.get(`${paths[2]}/result?at=${"/0/in".repeat(100).replaceAll("/0/in", "/in/0")}`),
    );

    expect(texts.map((text) => text.length > ANSWER_BYTES_MAX)).toEqual(texts.map(() => false));
    expect(JSON.parse(texts[0]!)).toMatchObject({ result: { cut: true, kept: "kept" } });
    expect(last).toMatchObject({ length: 100_000, offset: 99_990 });
    expect((last.value as readonly string[]).length).toBe(10);
    expect(bottom).toMatchObject({ kept: "kept" });
  });

  test("S24: that are named like what objects inherit are members like others", async () => {
    const server = await served([hostile]);
    const id = await ran(server, "hostile");

    const { result } = await json<TaskRunDetail>(server.get(`/runs/${id}/tasks/named-1`));

    expect(Object.keys(result?.value as object)).toEqual(["__proto__", "constructor", "toString"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("a body that logs a hundred thousand lines", () => {
  test("has them all, a page at a time from either end, found by what is in them, and as a file", async () => {
    const say = task("say", () => {
      for (let i = 0; i < LINES; i++) context().log.info(`line ${i} ${PAYLOADS[i % PAYLOADS.length]}`);
    });
    const server = await served([flow("talks", () => void say())], { logLevel: "off" });
    const id = await ran(server, "talks");

    const last = await json<LogPage>(server.get(`/runs/${id}/logs?limit=2`));
    const first = await json<LogPage>(server.get(`/runs/${id}/logs?limit=2&after=0`));
    const middle = await json<LogPage>(server.get(`/runs/${id}/logs?limit=4&around=50000`));
    const found = await json<LogPage>(server.get(`/runs/${id}/logs?limit=5&q=line%2099999%20`));
    const largest = await (await server.get(`/runs/${id}/logs?limit=5000`)).text();
    const file = await (await server.get(`/runs/${id}/logs/download?format=ndjson`)).text();

    expect([last.total, last.lines.at(-1)?.line, last.hasAfter]).toEqual([LINES, LINES - 1, false]);
    expect(first.lines.map(({ line }) => line)).toEqual([1, 2]);
    expect(middle.lines.map(({ line }) => line)).toEqual([49_998, 49_999, 50_000, 50_001]);
    expect(found).toMatchObject({ matching: 1, lines: [{ line: 99_999 }] });
    expect(largest.length).toBeLessThan(5_000 * 400);
    expect(file.split("\n")).toHaveLength(LINES + 1);
  });
});

describe("a line with the character NUL", () => {
  test("is kept to its end", async () => {
    const say = task("say", () => context().log.info("before\0after"));
    const server = await served([flow("nul", () => void say())], { logLevel: "off" });
    const id = await ran(server, "nul");

    const { lines } = await json<LogPage>(server.get(`/runs/${id}/logs`));

    expect(lines.map(({ text }) => text)).toEqual(["before␀after"]);
  });
});

describe("a cursor", () => {
  const numbers = task("numbers", () => [1, 2, 3, 4, 5]);
  const each = task("each", (n: number) => n);
  const mapped = flow("mapped", () => void each.map(numbers()));

  test("B36: that nobody gave out is refused, or leads to a page without a row that is not of the list", async () => {
    const server = await served([mapped]);
    const id = await ran(server, "mapped");
    await ran(server, "mapped");
    const lists = [
      "/flows?",
      "/runs?",
      `/runs/${id}/tasks?`,
      `/runs/${id}/tasks/each-1/children?`,
      `/runs/${id}/events?`,
    ];
    const real = await json<{ readonly next: string }>(server.get("/runs?limit=1"));
    const [hash = ""] = real.next.split(".");
    const forged = fc.oneof(
      fc.string({ maxLength: 70 }),
      fc.stringMatching(/^[0-9a-f]{8}\.[0-9a-z]{1,12}$/),
      fc.stringMatching(/^[0-9a-z]{1,12}$/).map((at) => `${hash}.${at}`),
      fc.constantFrom(
        real.next,
        `${hash}.-1`,
        `${hash}.0`,
        `${hash}.1e9`,
        "__proto__",
        `${hash}.zzzzzzzzzz`,
        "9".repeat(64),
      ),
    );

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...lists), forged, async (list, cursor) => {
        const answer = await server.get(`${list}after=${encodeURIComponent(cursor)}`);
        const said = (await answer.json()) as Problem & RunList & TaskRunList;

        if (answer.status === 200) expect((said.runs ?? said.taskRuns ?? []).length).toBeLessThanOrEqual(5);
        else expect([answer.status, ["CURSOR_INVALID", "FIELD_INVALID"].includes(said.code)]).toEqual([400, true]);
      }),
      { numRuns: 150 },
    );
  });

  test("B36: of one run's list is none of another's", async () => {
    const server = await served([mapped]);
    const [one, other] = [await ran(server, "mapped"), await ran(server, "mapped")];
    const { next } = await json<TaskRunList>(server.get(`/runs/${one}/tasks/each-1/children?limit=2`));

    const answer = await server.get(`/runs/${other}/tasks/each-1/children?limit=2&after=${next}`);

    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([400, "CURSOR_INVALID"]);
  });
});
