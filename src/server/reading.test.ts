/** What the API says of runs: task runs, values, lines, history, pages; of flows nobody has the code of, too. */
import { describe, expect, test } from "vitest";
import { flow, isSuccess, type StateHandler, task, unmapped } from "../index.ts";
import { newRun } from "../../test/conformance/store-rows.ts";
import { served, type Served } from "../../test/support/served.ts";
import type {
  EventPage,
  FlowDetail,
  FlowGraph,
  FlowList,
  LogPage,
  RunCounts,
  RunDetail,
  RunList,
  TaskRunDetail,
  TaskRunList,
  ValueSlice,
} from "./contract.ts";

const numbers = task("numbers", (n: number) => Array.from({ length: n }, (_, i) => i));
let attempts = 0;
const flaky = task({ name: "flaky", retries: 2, retryDelay: 1 }, (n: number) => {
  if (++attempts < 3) throw new Error(`not yet, ${attempts}`);
  return new Map([["n", n]]);
});
const square = task("square", (n: number, by: number) => {
  console.log(`squaring ${n}\nwith care`);
  if (n === 2) throw new TypeError("two is no square", { cause: new Error("it is even") });
  return n * by;
});
const big = task("big", () => ({ rows: Array.from({ length: 5_000 }, (_, id) => ({ id, text: "x".repeat(100) })) }));
const many = flow({ name: "many", description: "squares", parameters: { n: 4 } }, ({ n }) => {
  square.map(numbers(n), unmapped(2));
  flaky(1);
  big();
});

const isOver = (run: RunDetail) => run.endedAt !== undefined;
const json = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;

async function aRun(server: Served, body: unknown = {}): Promise<string> {
  attempts = 0;
  const { id } = await json<RunDetail>(server.post("/flows/many/runs", body));
  await server.until(`/runs/${id}`, isOver);
  return id;
}

describe("a line of a log", () => {
  test("has the name of its task run, and says where a state handler printed it", async () => {
    const says: StateHandler = (subject, _from, to) => {
      if (isSuccess(to)) console.log(`${subject.name} ended`);
    };
    const load = task({ name: "load", taskRunName: "load of {city}", stateHandlers: [says] }, (city: string) =>
      console.log(`loading ${city}`),
    );
    const named = flow({ name: "named", stateHandlers: [says] }, () => load.map(["Cádiz", "Lugo"]));
    const server = await served([named]);
    const { id } = await json<RunDetail>(server.post("/flows/named/runs"));
    await server.until(`/runs/${id}`, isOver);

    const { lines } = await json<LogPage>(server.get(`/runs/${id}/logs`));
    const first = await json<LogPage>(server.get(`/runs/${id}/logs?attempt=1&task=load-1.0`));
    const text = await (await server.get(`/runs/${id}/logs/download`)).text();

    const told = lines.map(({ task: of, name, handler, text: said }) => [of, name, handler, said]);
    expect(told.sort()).toEqual([
      [undefined, "named", true, "named ended"],
      ["load-1", "load", true, "load ended"],
      ["load-1.0", "load of Cádiz", undefined, "loading Cádiz"],
      ["load-1.0", "load of Cádiz", true, "load[0] ended"],
      ["load-1.1", "load of Lugo", undefined, "loading Lugo"],
      ["load-1.1", "load of Lugo", true, "load[1] ended"],
    ]);
    expect(first.lines.map(({ text: said }) => said)).toEqual(["loading Cádiz", "load[0] ended"]);
    expect(text).toContain("INFO - load of Cádiz (handler) | load[0] ended");
    expect(text).toContain("INFO - named (handler) | named ended");
  });
});

describe("a flow", () => {
  test("says what it takes and how its tasks are to run", async () => {
    const { get } = await served([many]);

    const detail = await json<FlowDetail>(get("/flows/many"));

    expect(detail.parameters).toEqual([
      { name: "n", required: false, default: 4, schema: { type: "number", default: 4 } },
    ]);
    expect(detail.schema).toMatchObject({ type: "object", properties: { n: { type: "number" } }, required: [] });
    expect(detail.taskOptions.find(({ name }) => name === "flaky")).toMatchObject({
      retries: 2,
      trigger: "all_successful",
    });
  });

  test("is drawn, as visualize draws it, and is not sent twice", async () => {
    const { get } = await served([many]);

    const answer = await get("/flows/many/graph");
    const graph = (await answer.clone().json()) as FlowGraph;
    const again = await get("/flows/many/graph", { "If-None-Match": answer.headers.get("etag") ?? "" });

    expect(graph.nodes.map(({ slug, mapped }) => [slug, mapped])).toEqual([
      ["numbers-1", false],
      ["square-1", true],
      ["flaky-1", false],
      ["big-1", false],
    ]);
    expect(graph.edges).toEqual([{ from: "numbers-1", to: "square-1", kind: "data", label: "n" }]);
    expect(graph.layout.boxes.flatMap(({ nodes }) => nodes).sort()).toEqual([
      "big-1",
      "flaky-1",
      "numbers-1",
      "square-1",
    ]);
    expect(again.status).toBe(304);
  });

  test("is drawn from left to right, or from top to bottom, as one likes", async () => {
    const { get } = await served([many]);

    const right = await get("/flows/many/graph?direction=right");
    const down = await get("/flows/many/graph?direction=down", { "If-None-Match": right.headers.get("etag") ?? "" });
    const [across, along] = [(await right.json()) as FlowGraph, (await down.json()) as FlowGraph];

    const placeOf = ({ layout }: FlowGraph, slug: string) => layout.boxes.find(({ nodes }) => nodes[0] === slug)!;
    expect([across.layout.direction, along.layout.direction]).toEqual(["right", "down"]);
    expect(placeOf(across, "square-1").x).toBeGreaterThan(placeOf(across, "numbers-1").x);
    expect(placeOf(along, "square-1").y).toBeGreaterThan(placeOf(along, "numbers-1").y);
  });

  test("is drawn with what repeats itself in one box, where one likes", async () => {
    const step = task("step", () => 1);
    const wide = flow("wide", () => {
      for (let call = 0; call < 5; call++) step();
    });
    const { get } = await served([wide]);

    const [whole, folded] = [
      await json<FlowGraph>(get("/flows/wide/graph")),
      await json<FlowGraph>(get("/flows/wide/graph?fold=most")),
    ];

    expect(whole.layout.boxes).toHaveLength(5);
    expect(folded.layout.boxes).toMatchObject([
      { shape: "folded", name: "step", nodes: whole.nodes.map(({ slug }) => slug) },
    ]);
  });

  test("is given as a PDF to keep, of a run with its states", async () => {
    const server = await served([many]);
    const id = await aRun(server);

    const ofFlow = await server.get("/flows/many/drawing?direction=right&fold=groups");
    const ofRun = await server.get(`/runs/${id}/drawing`);
    const bytes = Buffer.from(await ofFlow.arrayBuffer());

    expect([ofFlow.status, ofRun.status, bytes.subarray(0, 5).toString()]).toEqual([200, 200, "%PDF-"]);
    expect(ofFlow.headers.get("content-type")).toBe("application/pdf");
    expect(ofFlow.headers.get("content-disposition")).toBe('attachment; filename="many.pdf"');
    expect(ofRun.headers.get("content-disposition")).toMatch(/^attachment; filename="many-\w+\.pdf"$/);
    expect((await ofRun.arrayBuffer()).byteLength).toBeGreaterThan(bytes.length);
  });

  test("is known by its runs when its code is gone, and cannot be run", async () => {
    const server = await served([many]);
    const id = await aRun(server);
    server.change([]);

    const flows = await json<FlowList>(server.get("/flows"));
    const run = await json<RunDetail>(server.get(`/runs/${id}`));
    const graph = await server.get(`/runs/${id}/graph`);
    const start = await server.post("/flows/many/runs");

    expect(flows.flows).toMatchObject([{ name: "many", loaded: false, description: "squares", lastRuns: [{ id }] }]);
    expect(run).toMatchObject({ code: "missing", actions: { again: { can: false, because: "FLOW_NOT_LOADED" } } });
    expect([graph.status, start.status]).toEqual([200, 409]);
  });
});

describe("a flow whose version in the store cannot be read", () => {
  test("is listed with what is wrong with it, beside the others", async () => {
    const server = await served([many]);
    const broken = { flow: "damaged", id: "0".repeat(26), fingerprint: "f9" };
    server.store.createRun(newRun(broken.id, broken), () => ({ ...broken, graph: { of: "another age" }, nodes: [] }));

    const { flows } = await json<FlowList>(server.get("/flows"));

    expect(flows.map(({ name, warnings }) => [name, warnings.length])).toEqual([
      ["damaged", 1],
      ["many", 0],
    ]);
    expect(flows[0]?.lastRuns).toMatchObject([{ id: broken.id }]);
  });
});

describe("a flow whose file is still being loaded", () => {
  test("is not said to be nowhere: it is to be asked for again soon, and the list says which file it waits for", async () => {
    const server = await served([]);
    server.change([], [], ["flows/many.ts"]);

    const list = await json<FlowList>(server.get("/flows"));
    const asked = await server.get("/flows/many");
    const run = await server.post("/flows/many/runs");
    server.change([many]);

    expect(list).toMatchObject({ flows: [], loading: ["flows/many.ts"] });
    expect([asked.status, asked.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await run.json()).toMatchObject({ code: "FLOWS_LOADING", retryAfterMs: 1_000 });
    expect((await server.get("/flows/many")).status).toBe(200);
    expect(await json<FlowList>(server.get("/flows"))).toMatchObject({ loading: [] });
  });

  test("is answered for as far as its runs tell, and cannot be run yet", async () => {
    const server = await served([many]);
    const id = await aRun(server);
    server.change([], [], ["flows/many.ts"]);

    const known = await server.get("/flows/many");
    const again = await server.post(`/runs/${id}/again`);

    expect(known.status).toBe(200);
    expect(await again.json()).toMatchObject({ status: 503, code: "FLOWS_LOADING" });
  });
});

describe("task runs", () => {
  test("of mapped nodes are pages of children, with how many there are in each state", async () => {
    const server = await served([many]);
    const id = await aRun(server, { parameters: { n: 7 } });

    const first = await json<TaskRunList>(server.get(`/runs/${id}/tasks/square-1/children?limit=5`));
    const second = await json<TaskRunList>(
      server.get(`/runs/${id}/tasks/square-1/children?limit=5&after=${first.next}`),
    );
    const failed = await json<TaskRunList>(server.get(`/runs/${id}/tasks/square-1/children?state=Failed`));

    expect(first.taskRuns.map(({ id: of, index }) => [of, index])[4]).toEqual(["square-1.4", 4]);
    expect(second.taskRuns.map(({ id: of }) => of)).toEqual(["square-1.5", "square-1.6"]);
    expect(second.next).toBeUndefined();
    expect(first.counts).toEqual({ Success: 6, Failed: 1 });
    expect(failed.taskRuns).toMatchObject([
      { id: "square-1.2", error: { name: "TypeError", message: "two is no square" } },
    ]);
  });

  test("say their attempts, and what came between", async () => {
    const server = await served([many]);
    const id = await aRun(server);

    const detail = await json<TaskRunDetail>(server.get(`/runs/${id}/tasks/flaky-1`));

    expect(detail.attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, "Failed"],
      [2, "Failed"],
      [3, "Success"],
    ]);
    expect(detail).toMatchObject({ attempt: 3, why: { code: "succeeded", parameters: { attempts: 3 } } });
    expect(detail.result).toMatchObject({ type: "Map of 1", value: { $type: "Map", value: [["n", 1]] }, kept: "kept" });
  });

  test("say what they were called with, from where, and who comes next", async () => {
    const server = await served([many]);
    const id = await aRun(server);

    const child = await json<TaskRunDetail>(server.get(`/runs/${id}/tasks/square-1.3`));
    const list = await json<TaskRunDetail>(server.get(`/runs/${id}/tasks/numbers-1`));

    expect(child.inputs).toMatchObject([
      { label: "n", value: { value: 3 } },
      { label: "by", value: { value: 2 } },
    ]);
    expect(child.upstreams).toEqual([{ id: "numbers-1", name: "numbers", state: "Success", kind: "data" }]);
    expect(list.downstreams).toEqual([{ id: "square-1", name: "square", state: "Mapped", kind: "data" }]);
  });

  test("that failed have the error with its causes, the user's frames told apart", async () => {
    const server = await served([many]);
    const id = await aRun(server);

    const { errorDetail, why } = await json<TaskRunDetail>(server.get(`/runs/${id}/tasks/square-1.2`));

    expect(errorDetail).toMatchObject({ name: "TypeError", cause: { message: "it is even" } });
    expect(errorDetail?.frames[0]).toMatchObject({ own: true, file: expect.stringContaining("reading.test.ts") });
    expect(why.text).toContain("'square[2]' failed: two is no square");
  });
});

describe("a large result", () => {
  test("U17: is shown in part, read by its members, and downloaded whole", async () => {
    const server = await served([many]);
    const id = await aRun(server);

    const detail = await json<TaskRunDetail>(server.get(`/runs/${id}/tasks/big-1`));
    const slice = await json<ValueSlice>(server.get(`/runs/${id}/tasks/big-1/result?at=/rows&offset=4990&limit=20`));
    const one = await json<ValueSlice>(server.get(`/runs/${id}/tasks/big-1/result?at=/rows/4999/id`));
    const file = await server.get(`/runs/${id}/tasks/big-1/result/download`);
    const whole = JSON.parse(await file.text()) as { rows: unknown[] };

    expect(detail.result?.cut).toBe(true);
    expect(JSON.stringify(detail.result).length).toBeLessThan(70_000);
    expect(slice).toMatchObject({ length: 5_000, offset: 4_990, cut: false });
    expect((slice.value as unknown[]).length).toBe(10);
    expect(one.value).toBe(4_999);
    expect(file.headers.get("content-disposition")).toMatch(/^attachment; filename="big-1-[0-9a-z]+\.json"$/);
    expect(whole.rows).toHaveLength(5_000);
  });

  test.each(["/rows/5000", "/rows/-1", "/nothing", "rows", "/rows/01", "/__proto__", "/rows/length"])(
    "has nothing at %s",
    async (at) => {
      const server = await served([many]);
      const id = await aRun(server);

      expect((await server.get(`/runs/${id}/tasks/big-1/result?at=${encodeURIComponent(at)}`)).status).toBe(404);
    },
  );
});

describe("lines", () => {
  test("are pages from either end, filtered and found, with what is before and after", async () => {
    const server = await served([many]);
    const id = await aRun(server, { parameters: { n: 10 } });

    const last = await json<LogPage>(server.get(`/runs/${id}/logs?limit=3`));
    const before = await json<LogPage>(server.get(`/runs/${id}/logs?limit=3&before=${last.lines[0]?.line}`));
    const found = await json<LogPage>(server.get(`/runs/${id}/logs?q=SQUARING%207`));
    const child = await json<LogPage>(server.get(`/runs/${id}/logs?task=square-1.4`));
    const node = await json<LogPage>(server.get(`/runs/${id}/logs?task=square-1&limit=5`));
    const around = await json<LogPage>(server.get(`/runs/${id}/logs?around=5&limit=4`));

    expect(last).toMatchObject({ total: 10, hasBefore: true, hasAfter: false });
    expect(last.lines.map(({ line }) => line)).toEqual([7, 8, 9]);
    expect(before.lines.map(({ line }) => line)).toEqual([4, 5, 6]);
    expect(found).toMatchObject({ matching: 1, lines: [{ task: "square-1.7", name: "square[7]" }] });
    expect(child.lines).toMatchObject([{ text: "squaring 4\nwith care" }]);
    expect([node.matching, node.lines.length]).toEqual([10, 5]);
    expect(around.lines.map(({ line }) => line)).toEqual([3, 4, 5, 6]);
  });

  test("S22: are a file in which one record is one record", async () => {
    const server = await served([many]);
    const id = await aRun(server);

    const file = await server.get(`/runs/${id}/logs/download`);
    const records = await server.get(`/runs/${id}/logs/download?format=ndjson`);
    const text = await file.text();

    expect(file.headers.get("content-disposition")).toContain("attachment");
    expect(file.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(text.split("\n").filter((line) => line.startsWith("["))).toHaveLength(4);
    expect(text).toContain("squaring 0\n    with care\n");
    expect(
      (await records.text())
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { line: number }).line),
    ).toEqual([0, 1, 2, 3]);
  });
});

describe("runs", () => {
  test("are pages without a gap, by state, flow and tag", async () => {
    const server = await served([many, flow("other", () => numbers(1))]);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await aRun(server, { tags: i % 2 === 0 ? ["even", "x"] : [] }));
    const { id: other } = await json<RunDetail>(server.post("/flows/other/runs"));
    await server.until(`/runs/${other}`, isOver);

    const walked: string[] = [];
    for (let next: string | undefined = ""; next !== undefined; ) {
      const page: RunList = await json<RunList>(
        server.get(`/runs?flow=many&limit=2${next === "" ? "" : `&after=${next}`}`),
      );
      walked.push(...page.runs.map(({ id }) => id));
      next = page.next;
    }
    const tagged = await json<RunList>(server.get("/runs?tag=even"));
    const states = await json<RunList>(server.get("/runs?state=Success,Failed&limit=3"));
    const counts = await json<RunCounts>(server.get("/runs/counts"));

    expect(walked).toEqual(ids);
    expect(tagged.runs.map(({ id }) => id)).toEqual([ids[0], ids[2], ids[4]]);
    expect(states.runs.map(({ id }) => id)).toEqual([other, ids[0], ids[1]]);
    expect(counts).toMatchObject({ counts: { Failed: 5, Success: 1 }, more: [] });
  });

  test("have a history, one entry per commit", async () => {
    const server = await served([many]);
    const id = await aRun(server);

    const first = await json<EventPage>(server.get(`/runs/${id}/events?limit=2`));
    const rest = await json<EventPage>(server.get(`/runs/${id}/events?limit=1000&after=${first.next}`));
    const all = [...first.events, ...rest.events];

    expect(first.events).toHaveLength(2);
    expect(new Set(all.map(({ cursor }) => cursor)).size).toBe(all.length);
    expect(
      all
        .flatMap(({ transitions }) => transitions)
        .filter(({ id: of }) => of === "square-1.2")
        .map(({ to }) => to),
    ).toEqual(["Running", "Failed"]);
  });
});

describe("names and values that would be code elsewhere", () => {
  test("S18, U58: are text in JSON, and downloads are attachments of a plain type", async () => {
    const evil = '<img src=x onerror="window.__pwned=1">';
    const hostile = flow({ name: evil, description: evil, tags: [evil] }, () => {
      task(evil, () => {
        console.log(evil);
        return { [evil]: evil };
      })();
    });
    const server = await served([hostile]);
    const { id } = await json<RunDetail>(server.post(`/flows/${encodeURIComponent(evil)}/runs`, { runName: evil }));
    await server.until(`/runs/${id}`, isOver);

    const answers = await Promise.all(
      ["/flows", `/runs/${id}`, `/runs/${id}/tasks`, `/runs/${id}/logs`, `/runs/${id}/logs/download`].map((path) =>
        server.get(path),
      ),
    );
    const download = answers.at(-1)!;

    expect(answers.slice(0, -1).map(({ headers }) => headers.get("content-type"))).toEqual(
      Array.from({ length: 4 }, () => "application/json"),
    );
    expect(download.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w.-]+"$/);
    expect(answers.every(({ headers }) => headers.get("x-content-type-options") === "nosniff")).toBe(true);
  });
});
