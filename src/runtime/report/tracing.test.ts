/** Spans, with the real API of OpenTelemetry and an exporter that keeps what it is given. */
import { context as otel, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { approval, context, flow, isPaused, signals, task } from "../../index.ts";
import { MemoryDisk, memoryStoreOn } from "../../store/memory.ts";
import { SqliteStore } from "../../store/sqlite/sqlite-store.ts";
import { errandsDone } from "../errands.ts";
import { resumeRun } from "../kept/resume.ts";
import { runProgram } from "../run.ts";

cleanStoreFolders();

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
beforeAll(() => provider.register());
afterAll(async () => {
  await provider.shutdown();
  trace.disable();
  otel.disable();
});
afterEach(() => exporter.reset());

const spans = () => exporter.getFinishedSpans();
function spanOf(name: string, attempt = 1): ReadableSpan {
  const found = spans().find(
    (span) => span.name === name && (span.attributes["caudal.attempt"] ?? attempt) === attempt,
  );
  if (found === undefined)
    throw new Error(
      `no span '${name}' among ${spans()
        .map((span) => span.name)
        .join(", ")}`,
    );
  return found;
}
const parentOf = (span: ReadableSpan) =>
  spans().find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);

const load = task("load", () => {
  trace.getTracer("the author's").startActiveSpan("SELECT rows", (span) => span.end());
  return [1, 2, 3];
});
const square = task("square", async (n: number) => {
  await Promise.resolve();
  trace.getTracer("the author's").startSpan(`multiply ${n}`).end();
  return n * n;
});

describe("a run of a process that is traced", () => {
  test("is a span, with one below it for each attempt, and the body's own below that", async () => {
    const run = await stage().run(
      flow("sums", () => square.map(load())),
      { tags: ["nightly"] },
    );

    const root = spanOf("flow sums");
    expect(root.attributes).toMatchObject({
      "caudal.flow.name": "sums",
      "caudal.run.id": run.id,
      "caudal.run.tags": ["nightly"],
      "caudal.state": "Success",
    });
    expect(root.parentSpanContext).toBeUndefined();
    expect(parentOf(spanOf("task load"))).toBe(root);
    expect(parentOf(spanOf("SELECT rows"))).toBe(spanOf("task load"));
    const children = spans().filter(({ name }) => name === "task square");
    expect(children.map(({ attributes }) => attributes["caudal.map_index"])).toEqual([0, 1, 2]);
    expect(parentOf(spanOf("multiply 3"))).toBe(children[2]);
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(spans().map(({ status }) => status.code)).not.toContain(SpanStatusCode.ERROR);
  });

  test("is below the span it was begun in, and a flow that is a task below the attempt of that", async () => {
    const inner = flow("inner", () => load()).asTask();
    const outer = flow("outer", () => inner());

    await trace.getTracer("the author's").startActiveSpan("request", async (span) => {
      await stage().run(outer);
      span.end();
    });

    expect(parentOf(spanOf("flow outer"))).toBe(spanOf("request"));
    expect(parentOf(spanOf("flow inner"))).toBe(spanOf("task inner"));
    expect(parentOf(spanOf("task load"))).toBe(spanOf("flow inner"));
  });

  test("has a span for each attempt, with its error where it failed, without the secrets in it", async () => {
    let calls = 0;
    const flaky = task({ name: "flaky", retries: 1, retryDelay: 1, secrets: ["KEY"] }, () => {
      if (++calls === 1) throw new TypeError(`refused: ${context().secrets["KEY"]?.reveal()}`);
      throw signals.skip("nothing to do");
    });

    await stage().run(
      flow("retried", () => void flaky()),
      { secrets: { KEY: "hush-hush" } },
    );

    const first = spanOf("task flaky", 1);
    expect(first.status).toEqual({ code: SpanStatusCode.ERROR, message: "refused: [secret KEY]" });
    expect(first.attributes).toMatchObject({ "error.type": "TypeError", "caudal.attempt.end": "threw" });
    expect(first.events.map(({ name }) => name)).toEqual(["exception"]);
    expect(JSON.stringify([first.events, first.attributes])).not.toContain("hush-hush");
    expect(spanOf("task flaky", 2).attributes["caudal.signal"]).toBe("skip");
    expect(spanOf("task flaky", 2).status.code).toBe(SpanStatusCode.UNSET);
  });

  test("that failed says so, with its code", async () => {
    const broken = task("broken", () => {
      throw new Error("no table");
    });

    await stage().run(flow("fails", () => void broken()));

    expect(spanOf("flow fails").status.code).toBe(SpanStatusCode.ERROR);
    expect(spanOf("flow fails").attributes).toMatchObject({ "caudal.state": "Failed", "error.type": "RUN_FAILED" });
  });

  test("that goes on later is a span of its own, which points to the one before", async () => {
    const store = new SqliteStore(storeFolder(), { durability: "process" });
    const asks = flow("asks", () => load.with({ trigger: "all_finished" })().setUpstream(approval("go on?")()));
    const on = stage({ store });
    const paused = await on.run(asks);
    expect(isPaused(paused)).toBe(true);
    const before = spanOf("flow asks").spanContext();
    exporter.reset();

    await resumeRun(asks.program, paused.id, { store }, { ports: { logger: on.logger } });

    const after = spanOf("flow asks");
    expect(after.links.map(({ context: { traceId, spanId } }) => [traceId, spanId])).toEqual([
      [before.traceId, before.spanId],
    ]);
    expect(after.attributes["caudal.run.owner"]).toBe(2);
    store.close();
  });

  test("hears what is asked of it before its span has begun", async () => {
    const waits = task("waits", () => {
      const { signal } = context();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const store = memoryStoreOn(new MemoryDisk(), "one");
    const cancel = ({ id }: { readonly id: string }) =>
      void store.post({ runId: id, ask: { kind: "cancel" }, by: "ana", at: 1 });
    const { program } = flow("waits", () => waits());

    const run = await runProgram(program, { store }, { ports: stage(), begun: cancel });

    expect(run.state.type).toBe("Cancelled");
  });

  test("is exported before whoever ends the process on purpose does", async () => {
    let flushed = 0;
    const { forceFlush } = provider;
    provider.forceFlush = async () => void flushed++;

    await stage().run(flow("short", () => void load()));
    await errandsDone();
    provider.forceFlush = forceFlush;

    expect(flushed).toBe(1);
  });
});
