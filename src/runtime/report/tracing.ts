/**
 * Spans of OpenTelemetry: one for each time a run is driven, and below it one for each attempt, in which the body's own
 * spans nest. Read only where a process has registered a tracer provider (`own-run.ts`).
 *
 * There are semantic conventions for errors and none for workflows: `error.type` is theirs, the rest is `caudal.…`.
 */
import {
  type Attributes,
  type Context,
  context,
  type Link,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import type { AttemptEnd, AttemptOrder, Executor } from "../../ports/executor.ts";
import type { RunRow, Store } from "../../ports/store.ts";
import type { ErrorRecord } from "../../state/error-record.ts";
import type { FlowState } from "../../state/task-state.ts";
import type { FinishedRun } from "../finished-run.ts";
import { runsErrand } from "../errands.ts";
import { type Mask, maskOf } from "./masking.ts";
import { packageAbout } from "./package-about.ts";

export interface TracedRun {
  readonly row: RunRow;
  readonly store: Store;
  readonly secrets: Readonly<Record<string, string>>;
}

const FLUSH_MS_MAX = 5_000;
/** Earlier owners that are looked through for one that left its span. */
const OWNERS_MAX = 20;

/** Drives the run in a span of its own; `drive` gets what its executor is to be put into. */
export async function inSpan(
  { row, store, secrets }: TracedRun,
  drive: (around: (executor: Executor) => Executor) => Promise<FinishedRun>,
): Promise<FinishedRun> {
  const tracer = trace.getTracer("caudal", packageAbout().version);
  const attributes = attributesOf(row);
  const span = tracer.startSpan(`flow ${row.flow}`, { attributes, links: await linksOf(row, store) });
  const inside = trace.setSpan(context.active(), span);
  const mask = maskOf(secrets);
  try {
    await leaveTrace(row, store, span.spanContext());
    const around = (executor: Executor) => new TracedExecutor(executor, { inside, mask });
    const run = await context.with(inside, () => drive(around));
    runEnded(span, run.state);
    return run;
  } catch (thrown) {
    span.recordException(thrown as Error);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw thrown;
  } finally {
    span.end();
    runsErrand(flushed());
  }
}

function attributesOf({ id, name, flow, epoch, origin, scheduledAt, tags }: RunRow): Attributes {
  return {
    ...{ "caudal.flow.name": flow, "caudal.run.id": id, "caudal.run.name": name, "caudal.run.origin": origin },
    ...(epoch > 1 && { "caudal.run.owner": epoch }),
    ...(scheduledAt !== undefined && { "caudal.run.scheduled_at": new Date(scheduledAt).toISOString() }),
    ...(tags.length > 0 && { "caudal.run.tags": [...tags] }),
  };
}

function runEnded(span: Span, state: FlowState): void {
  span.setAttribute("caudal.state", state.type);
  if ("error" in state) failed(span, state.error);
}

function failed(span: Span, { name, message, code, stack }: ErrorRecord): void {
  span.recordException({ name, message, ...(code !== undefined && { code }), ...(stack !== undefined && { stack }) });
  span.setAttribute("error.type", code ?? name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

interface Surroundings {
  readonly inside: Context;
  readonly mask: Mask;
}

/** Calls bodies within a span of their attempt; all else is the executor's. */
class TracedExecutor implements Executor {
  readonly #executor: Executor;
  readonly #surroundings: Surroundings;

  constructor(executor: Executor, surroundings: Surroundings) {
    this.#executor = executor;
    this.#surroundings = surroundings;
  }

  get maxAttempts(): number {
    return this.#executor.maxAttempts;
  }

  get graceMs(): number {
    return this.#executor.graceMs;
  }

  start(order: AttemptOrder): void {
    const { inside, mask } = this.#surroundings;
    const tracer = trace.getTracer("caudal");
    const span = tracer.startSpan(`task ${order.taskName}`, { attributes: aboutAttempt(order) }, inside);
    const within = trace.setSpan(inside, span);
    const { functions } = order;
    const body = functions.body as ((...args: readonly unknown[]) => unknown) | undefined;
    this.#executor.start({
      ...order,
      functions: body === undefined ? functions : { ...functions, body: bound(within, body) as never },
      ended: (_order, end, goesOn) => {
        attemptEnded(span, mask.end(end));
        order.ended(order, end, goesOn);
      },
      bodyOver: () => order.bodyOver(order),
    });
  }

  abort(...asked: Parameters<Executor["abort"]>): boolean {
    return this.#executor.abort(...asked);
  }
}

function bound(within: Context, body: (...args: readonly unknown[]) => unknown) {
  return (...args: readonly unknown[]) => context.with(within, () => body(...args));
}

function aboutAttempt({ slot, attempt, taskName, about }: AttemptOrder): Attributes {
  const { count } = about.loop(slot);
  const mapIndex = about.mapIndex(slot);
  return {
    ...{ "caudal.task.name": taskName, "caudal.task_run.id": about.taskRunId(slot), "caudal.attempt": attempt },
    ...{ "caudal.flow.name": about.flowName, "caudal.run.id": about.runId },
    ...(mapIndex !== undefined && { "caudal.map_index": mapIndex }),
    ...(count > 1 && { "caudal.loop.count": count }),
    ...(about.recovered(slot) && { "caudal.recovered": true }),
  };
}

/** A signal is a decision and no error, but for `signals.fail`. */
function attemptEnded(span: Span, end: AttemptEnd): void {
  span.setAttribute("caudal.attempt.end", end.kind);
  if (end.kind === "threw" || end.kind === "timed-out") failed(span, end.error);
  if (end.kind === "signalled") {
    span.setAttribute("caudal.signal", end.signal.kind);
    if (end.signal.kind === "fail") failed(span, { name: "Signal", code: "SIGNAL_FAILED", message: end.signal.why });
  }
  span.end();
}

const keyOf = ({ id, epoch }: RunRow, of = epoch) => ({ runId: id, epoch, scope: "trace", name: `span ${of}` });

/** Who goes on with the run points to this span. */
async function leaveTrace(row: RunRow, store: Store, { traceId, spanId }: SpanContext): Promise<void> {
  if (store.durable) await store.keepOnce(keyOf(row), { traceId, spanId });
}

/** To the span of whoever had the run before. */
async function linksOf(row: RunRow, store: Store): Promise<Link[]> {
  for (let of = row.epoch - 1; of > 0 && of >= row.epoch - OWNERS_MAX; of--) {
    const left = (await store.readOnce(keyOf(row, of)))?.value as SpanContext | undefined;
    if (left === undefined) continue;
    const before = { traceId: left.traceId, spanId: left.spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
    return [{ context: before, attributes: { "caudal.link": "continues" } }];
  }
  return [];
}

/** What the process ends for must not be lost with it: exporters send a little later than spans end. */
async function flushed(): Promise<void> {
  const registered = trace.getTracerProvider() as { getDelegate?: () => unknown };
  const provider = (registered.getDelegate?.() ?? registered) as { forceFlush?: () => Promise<void> };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_MS_MAX);
  });
  await Promise.race([provider.forceFlush?.(), late]).catch(() => undefined); // an exporter says itself what it lacks
  clearTimeout(timer);
}
