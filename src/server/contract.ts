/**
 * What the server says and understands over HTTP: plain JSON, types only. The page imports this file and no other of
 * `src`; the schemas beside it (`schemas.ts`) are held equal to it by the compiler, and OpenAPI is made from those.
 *
 * - Every path below stands behind `<prefix>/api/v1`. Names in paths are percent-encoded.
 * - Every answer has the headers `Caudal-Time` (the server's clock, ms since 1970) and `Caudal-Version`.
 * - Writes are POST with `Content-Type: application/json` and the header `X-Caudal: 1`; their body is an object, `{}`
 *   where there is nothing to say. Unknown members are refused (`FIELD_UNKNOWN`).
 * - With a token (any bind but loopback): `Authorization: Bearer …` on every request, also the stream's.
 * - Instants are ms since 1970 and end in `At`; durations are ms and end in `Ms`.
 * - A task run is named by its `id`: the node's slug (`parse-1`), a mapped child by `slug.index` (`double-1.317`).
 *
 * **Cursors.** `cursor` in an answer is the place in the store's sequence of commits the answer was read at. Subscribe
 * with `after` = that cursor and nothing is missed or repeated. `next` is something else: an opaque text that gives the
 * next page of the same query (`CURSOR_INVALID` for another query's, or a forged one).
 */

export type Instant = number;
export type Millis = number;
export type Cursor = number;
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

// ---------------------------------------------------------------------------------------------------------- routes

/**
 * | method, path | query | body | answer |
 * | --- | --- | --- | --- |
 * | GET /health | | | `Health` |
 * | GET /about | | | `About` |
 * | GET /openapi.json | | | OpenAPI 3.1 |
 * | GET /flows | q, tag, after, limit | | `FlowList` |
 * | GET /flows/:flow | | | `FlowDetail` |
 * | GET /flows/:flow/graph | version, `GraphView` | | `FlowGraph` (ETag: it never changes for a version) |
 * | GET /flows/:flow/drawing | version, `GraphView` | | a PDF, an attachment |
 * | GET /flows/:flow/versions | | | `FlowVersions` |
 * | POST /flows/:flow/runs | | `StartRun` | 201 `RunDetail`; 200 where the idempotency key was known |
 * | POST /flows/:flow/runs/preview | | `StartRun` | `StartPreview` |
 * | GET /runs | `RunQuery` | | `RunList` |
 * | GET /runs/counts | flow, tag, started, q | | `RunCounts` |
 * | GET /runs/:run | | | `RunDetail` |
 * | GET /runs/:run/graph | `GraphView` | | `FlowGraph` of the version it ran with |
 * | GET /runs/:run/drawing | `GraphView` | | a PDF with its states, an attachment |
 * | GET /runs/:run/tasks | after, limit (1…1,000), state | | `TaskRunList`: one per node, in node order |
 * | GET /runs/:run/tasks/:task | | | `TaskRunDetail` |
 * | GET /runs/:run/tasks/:task/children | after, limit, state | | `TaskRunList` |
 * | GET /runs/:run/tasks/:task/result | at (JSON pointer), offset, limit | | `ValueSlice` |
 * | GET /runs/:run/tasks/:task/result/download | | | the whole value as JSON, an attachment |
 * | GET /runs/:run/result, /runs/:run/result/download | as above | | of the flow |
 * | GET /runs/:run/logs | `LogQuery` | | `LogPage` |
 * | GET /runs/:run/logs/download | level, task, q, format=text\|ndjson | | an attachment |
 * | GET /runs/:run/events | after, limit | | `EventPage` |
 * | POST /runs/:run/cancel | | `{}` | `RunDetail` |
 * | POST /runs/:run/again | | `AgainRun` | 201 `RunDetail` of the new run |
 * | POST /runs/:run/resume | | `ResumeRun` | `RunDetail` |
 * | POST /runs/:run/retry | | `RetryRun` | `RunDetail` |
 * | POST /runs/:run/run-from | | `RunFrom` | `RunDetail` |
 * | POST /runs/:run/approve | | `Approve` | `RunDetail` |
 * | POST /runs/:run/reject | | `Reject` | `RunDetail` |
 * | POST …/preview behind each of these seven | | the same | `ActionPreview` (`StartPreview` for again) |
 * | GET /schedules | | | `ScheduleList` |
 * | GET /schedules/:schedule | count (1…100, default 10) | | `ScheduleDetail` |
 * | POST /schedules/:schedule/on, /off | | `{}` | `ScheduleDetail` |
 * | GET /limits | | | `LimitList` |
 * | GET /cache | scope, after, limit | | `CacheList` |
 * | POST /cache/clear | | `ClearCache` | `Cleared` |
 * | GET /audit | run, after, limit | | `AuditList` |
 * | GET /live | topics, after | | server-sent events, see `LiveFrame` |
 * | GET /changes | topics, after, wait (ms, 0…25,000) | | `ChangesFrame`, `ResetFrame` or `DegradedFrame`: the polling twin |
 *
 * Pages have 50 entries where nothing is said and 200 at most; of task runs 1,000, of log lines 5,000.
 *
 * Beside them, not behind `/api/v1`: GET /metrics (Prometheus text), and the page itself under every other path.
 */
export type ApiPrefix = "api/v1";

// ---------------------------------------------------------------------------------------------------------- errors

/** RFC 9457, `application/problem+json`, for every answer of 400 and above. */
export interface Problem {
  /** Where the code is explained: `<page>/help/errors/CODE`. */
  readonly type: string;
  /** The code in words: short, the same for every occurrence. */
  readonly title: string;
  readonly status: number;
  /** What happened and what to do, in English. */
  readonly detail: string;
  /** Of the registry (`docs/reference/errors.md`): the part programs decide by. */
  readonly code: string;
  /** What is wrong with single members: JSON pointers into the body (`/parameters/size`), or `?limit` for the query. */
  readonly fields?: readonly { readonly at: string; readonly message: string }[];
  /** Where the state moved on before the action: what it is now. */
  readonly state?: StateType;
  /** Of 404: what there is of nearly that name. */
  readonly suggestions?: readonly string[];
  /** Of 429 and 503: as the header `Retry-After` says. */
  readonly retryAfterMs?: Millis;
}

// ---------------------------------------------------------------------------------------------------------- states

/** All states; flow runs are never Cached, Mapped, Skipped, Looped, Retrying, TriggerFailed or ValidationFailed. */
export type StateType =
  | "Pending"
  | "Scheduled"
  | "Queued"
  | "Paused"
  | "Retrying"
  | "Running"
  | "Cancelling"
  | "Success"
  | "Cached"
  | "Mapped"
  | "Skipped"
  | "Looped"
  | "Failed"
  | "TimedOut"
  | "TriggerFailed"
  | "ValidationFailed"
  | "Cancelled";

export type StateCounts = { readonly [type in StateType]?: number };

/**
 * Why a state is what it is: a code with its parameters, so that it can be said in any language, and the sentence in
 * English. Codes of the engine's reasons (`upstream-skipped`, `trigger`, `signal`, …) keep their name and parameters;
 * those added for what a state says by itself are listed here.
 */
export interface Why {
  readonly code: WhyCode;
  readonly parameters: { readonly [name: string]: Json };
  /** One or more sentences in English. */
  readonly text: string;
}

export type WhyCode =
  // Not begun, or waiting.
  | "waits-for-upstreams" /** { upstreams: { id, name, state }[] (at most 5), more } */
  | "waits-for-its-turn"
  | "process-stopping"
  | "limit" /** { limit } */
  | "cache-wait" /** { runId } */
  | "starts-at" /** { at } */
  | "retry" /** { attempt, of, at? } */
  | "not-yet" /** { count, at? } */
  | "approval" /** { question, until? } */
  | "child-run" /** { run, task?, question?, until?, input? }: a flow called as a task waits for a person in its own run */
  | "manual-only"
  | "signal" /** { why? } */
  | "code-changed" /** { changes } */
  | "by-person" /** { by? }: a person paused the run */
  | "pausing" /** { by? }: the same, while attempts under way go on to their end */
  | "interrupted"
  | "run-again"
  | "value-not-kept"
  | "lost" /** { count } */
  // Under way.
  | "running" /** { attempt } */
  | "cancelling"
  | "between-rounds" /** { count, at } */
  | "waits-for-a-person"
  // Over.
  | "succeeded" /** { attempts } */
  | "cache-hit" /** { runId, storedAt, expiresAt? } */
  | "cache-stored" /** { expiresAt? } */
  | "mapped" /** { children, successful, failed, skipped, open } */
  | "given"
  | "handler"
  | "approved" /** { by? } */
  | "marked" /** { why, by?, at, from }: a person said what became of it, in place of its body */
  | "failed" /** { message, attempts, retries } */
  | "timeout" /** { afterMs } */
  | "validation"
  | "approval-rejected" /** { by?, why? } */
  | "trigger" /** { trigger, failed, successful, total } */
  | "trigger-error"
  | "no-mappable-upstream"
  | "unmappable-result" /** { upstream, got } */
  | "map-lengths" /** { lengths } */
  | "ref-path-missing" /** { path } */
  | "handler-failed" /** { handler } */
  | "retry-signals-max" /** { max } */
  | "loop-max" /** { max } */
  | "cache-key-failed"
  | "poison" /** { count } */
  | "outcome-unknown"
  | "resource" /** { resource } */
  | "skipped"
  | "upstream-skipped" /** { upstream } */
  | "all-upstreams-skipped"
  | "case-not-taken" /** { key, taken } */
  | "no-case-taken" /** { key } */
  | "cancelled" /** { by? } */
  // Of flow runs.
  | "reference-succeeded"
  | "reference-failed" /** { failed } */
  | "final-state";

/** An error as it was kept, the user's frames first. */
export interface ErrorDetail {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Of the stack, in its order. */
  readonly frames: readonly StackFrame[];
  readonly cause?: ErrorDetail;
  /** What was thrown, as text, when it was no Error. */
  readonly thrown?: string;
}

export interface StackFrame {
  /** As V8 wrote it, without `at `. */
  readonly text: string;
  /** In the flow's own files, not in Node or node_modules. */
  readonly own: boolean;
  /** Relative to the folder of the store where it lies in it. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ErrorSummary {
  readonly name: string;
  /** The first line, at most 300 characters. */
  readonly message: string;
  readonly code?: string;
}

// ----------------------------------------------------------------------------------------------------------- about

export interface Health {
  readonly ok: true;
}

export interface About {
  readonly version: string;
  readonly node: string;
  /** As printed: a path, or "memory". */
  readonly store: string;
  readonly durable: boolean;
  readonly schemaVersion?: number;
  /** The zone the server prints times in (`CAUDAL_ZONE`, else the system's): an IANA name. */
  readonly zone: string;
  readonly now: Instant;
  readonly startedAt: Instant;
  readonly cursor: Cursor;
  readonly files: readonly string[];
  /** It takes no new runs any more: it is about to end. */
  readonly draining: boolean;
  readonly openStreams: number;
  readonly pid: number;
  /** A token is needed. Loopback: false. */
  readonly token: boolean;
}

// ----------------------------------------------------------------------------------------------------------- flows

export interface FlowList {
  readonly flows: readonly FlowSummary[];
  readonly broken: readonly BrokenFile[];
  /** Files that were not loaded yet: what is in them comes into the list by itself. */
  readonly loading: readonly string[];
  /** Grows when files, flows or schedules change: compare with the stream's `flows` frames. */
  readonly revision: number;
  readonly cursor: Cursor;
  readonly next?: string;
}

export interface FlowSummary {
  readonly name: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** Relative to the server's folder. Absent: it is known only by its runs. */
  readonly file?: string;
  /** False: the store has runs of it, this server has not its code, so it cannot be run here. */
  readonly loaded: boolean;
  readonly fingerprint: string;
  readonly tasks: number;
  /** A run of it must be given something: a parameter is required. */
  readonly needsParameters: boolean;
  readonly schedule?: ScheduleSummary;
  /** Up to 20, the newest last. */
  readonly lastRuns: readonly RunDot[];
  readonly warnings: readonly string[];
}

export interface RunDot {
  readonly id: string;
  readonly state: StateType;
  readonly startedAt?: Instant;
  /** Absent while it goes on. */
  readonly durationMs?: Millis;
}

/** A file that gave no flows; it is loaded again when it is saved. */
export interface BrokenFile {
  /** Relative to the server's folder. */
  readonly file: string;
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
  /** Lines around the place, numbered. */
  readonly frame?: string;
  readonly since: Instant;
}

export interface FlowDetail extends FlowSummary {
  readonly version?: string;
  readonly parameters: readonly FlowParameter[];
  /** JSON Schema (2020-12) of the parameters as one object, for forms. */
  readonly schema: { readonly [name: string]: Json };
  readonly taskOptions: readonly TaskOptions[];
  readonly maxConcurrency?: number;
  readonly timeoutMs?: Millis;
  /** Names the environment must give (`CAUDAL_SECRET_…`), and whether it does. */
  readonly secrets: readonly { readonly name: string; readonly there: boolean }[];
  readonly counts: StateCounts;
  /** As of `FlowList`. */
  readonly revision: number;
  readonly cursor: Cursor;
}

export interface FlowParameter {
  readonly name: string;
  readonly required: boolean;
  readonly default?: Json;
  readonly description?: string;
  readonly schema: { readonly [name: string]: Json };
}

export interface TaskOptions {
  readonly name: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** As it is written: `all_successful`, `some_failed({ atLeast: 2 })`, `custom`. */
  readonly trigger: string;
  readonly retries: number;
  readonly timeoutMs?: Millis;
  readonly cacheForMs?: Millis;
  readonly limits: readonly string[];
  readonly priority: number;
  readonly skipOnUpstreamSkip: boolean;
  readonly keepsResult: boolean;
  readonly onLost: "retry" | "fail" | "ask";
  readonly approval?: { readonly question: string; readonly timeoutMs?: Millis; readonly input?: Json };
}

export interface FlowVersions {
  readonly versions: readonly {
    readonly fingerprint: string;
    readonly loaded: boolean;
    readonly nodes: number;
    /** Among the newest 10,000 of the flow. */
    readonly runs: number;
    readonly lastRunAt?: Instant;
  }[];
}

/** The graph and where everything stands in a drawing of it: px, y grows downwards, the same as `visualize` draws. */
export interface FlowGraph {
  readonly flow: string;
  readonly fingerprint: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly layout: GraphLayout;
}

export interface GraphNode {
  /** Also the `id` of its task run. */
  readonly slug: string;
  readonly name: string;
  readonly kind: "task" | "branch" | "choose" | "merge" | "filter";
  readonly mapped: boolean;
  /** Index in `FlowDetail.taskOptions` of the same version. */
  readonly task: number;
  readonly caseOf?: { readonly branch: string; readonly key: string };
  readonly resource?: "setup" | "cleanup";
  readonly groups: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: "data" | "order" | "case";
  /** The argument's name, or the case's key; "" for none. */
  readonly label: string;
}

/** Which way arrows go: from top to bottom, or from left to right. */
export type GraphDirection = "down" | "right";

/** How a graph is to be drawn. */
export interface GraphView {
  /** Absent: the one whose drawing is nearer to the shape of a page. */
  readonly direction?: GraphDirection;
  /** What stands in one box: what has to, groups too, or also calls that repeat and long chains. Default `needed`. */
  readonly fold?: "needed" | "groups" | "most";
}

export interface GraphLayout {
  readonly direction: GraphDirection;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly LayoutBox[];
  readonly arrows: readonly LayoutArrow[];
  /** Upper left corners. Outer groups first. */
  readonly groups: readonly {
    readonly name: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
  /** Frames around boxes that share their arrows. Upper left corners. */
  readonly frames: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
  /** What the reader must know: that it is folded. */
  readonly notes: readonly string[];
}

/** `x`, `y`: the middle. */
export interface LayoutBox {
  readonly id: string;
  readonly shape: "task" | "mapped" | "branch" | "choose" | "merge" | "parameter" | "folded";
  readonly name: string;
  /** A second, smaller line; "" for none. */
  readonly detail: string;
  readonly about: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Slugs of the nodes it stands for: one, several for `folded`, none for `parameter`. */
  readonly nodes: readonly string[];
}

export interface LayoutArrow {
  /** Ids of boxes. */
  readonly from: string;
  readonly to: string;
  readonly kind: "data" | "order" | "case";
  readonly label: string;
  /** Bézier curves, absolute: a start, then three points per piece. */
  readonly curve: readonly Point[];
  readonly tip: Point;
  /** The middle of the label. */
  readonly labelAt?: Point;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

// ------------------------------------------------------------------------------------------------------------ runs

/** In a query: comma-separated states, `started` as `24h` (or `90s`, `7d`) or `FROM..TO` in ISO 8601, either end open. */
export interface RunQuery {
  readonly flow?: string;
  readonly state?: string;
  readonly tag?: string;
  readonly started?: string;
  /** By whom: `by=schedule`. */
  readonly by?: Trigger;
  /** A part of the run's id or name, literally, any case. */
  readonly q?: string;
  readonly after?: string;
  readonly limit?: number;
}

export type Trigger = "script" | "schedule" | "serve";

export interface RunList {
  readonly runs: readonly RunSummary[];
  /** More may fit, also where this page has fewer than were asked for, or none. */
  readonly next?: string;
  /** No index knows what was asked for: older runs than of this instant were not looked at yet; `next` goes on. */
  readonly searchedTo?: Instant;
  readonly cursor: Cursor;
}

export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly fingerprint: string;
  readonly state: StateType;
  readonly trigger: Trigger;
  readonly tags: readonly string[];
  readonly createdAt: Instant;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  /** The tick it was started for, or when it was asked to begin. */
  readonly scheduledAt?: Instant;
  /** Of its parameters, as one line of JSON, at most 120 characters. */
  readonly parametersText: string;
  /** First line of a failed run's error. */
  readonly error?: ErrorSummary;
  /** Where it is: `none` of an unfinished run means interrupted, or waiting for a person or its time. */
  readonly ownership: "here" | "alive" | "gone" | "none";
}

/** Exact up to 10,000 each; `more` names those that may have more, as where only the newest runs were looked at. */
export interface RunCounts {
  readonly counts: StateCounts;
  readonly more: readonly StateType[];
  readonly cursor: Cursor;
}

export interface RunDetail extends RunSummary {
  readonly parameters: { readonly [name: string]: Json };
  readonly why: Why;
  readonly progress: Progress;
  /** `process 4711`; absent when nobody has it. */
  readonly owner?: string;
  readonly file?: string;
  /** Whether this server has the code of its flow, and of this version: actions that run bodies need it. */
  readonly code: "same" | "changed" | "missing";
  readonly idempotencyKey?: string;
  readonly errorDetail?: ErrorDetail;
  /** The task run the error came from first. */
  readonly failedTask?: string;
  /** Task runs that wait for a person. */
  readonly waiting: readonly WaitingTask[];
  readonly result?: ValuePreview;
  /** What may be done now; the reason where it may not. */
  readonly actions: { readonly [action in RunAction]: ActionState };
  readonly logLines: number;
  readonly audit: readonly AuditLine[];
  readonly cursor: Cursor;
}

export type RunAction = "cancel" | "pause" | "again" | "resume" | "retry" | "run-from" | "approve" | "reject";

export interface ActionState {
  readonly can: boolean;
  /** An error code, where it cannot: `RUN_OVER`, `RUN_NOT_OVER`, `RUN_CODE_MISSING`, `NOTHING_FAILED`, … */
  readonly because?: string;
}

export interface Progress {
  /** Of nodes; children count with their node. */
  readonly total: number;
  readonly finished: number;
  readonly failed: number;
  readonly running: number;
  readonly nodes: StateCounts;
  /** Of mapped children, all nodes together. */
  readonly children: StateCounts;
}

export interface WaitingTask {
  readonly id: string;
  readonly name: string;
  readonly question?: string;
  readonly until?: Instant;
  /** JSON Schema of what is given with a yes; absent: nothing is. */
  readonly input?: Json;
  readonly why: Why;
}

export interface AuditLine {
  readonly at: Instant;
  readonly by: string;
  /** `run`, `cancel`, `approve`, … */
  readonly action: string;
  readonly run?: string;
  readonly flow?: string;
  readonly task?: string;
  readonly why?: string;
  /** From where: `127.0.0.1`, `cli`. */
  readonly from: string;
}

export interface AuditList {
  readonly lines: readonly AuditLine[];
  readonly next?: string;
}

// ------------------------------------------------------------------------------------------------------- task runs

export interface TaskRunList {
  readonly taskRuns: readonly TaskRunSummary[];
  readonly next?: string;
  /** Of all, not of the page. */
  readonly counts: StateCounts;
  readonly cursor: Cursor;
}

export interface TaskRunSummary {
  readonly id: string;
  /** As its log lines call it. */
  readonly name: string;
  readonly node: string;
  /** Of a mapped child. */
  readonly index?: number;
  readonly state: StateType;
  /** Calls of the body so far. */
  readonly attempt: number;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  /** Retrying, Scheduled, Looped: when it goes on. */
  readonly nextAt?: Instant;
  readonly why?: { readonly code: WhyCode; readonly parameters: { readonly [name: string]: Json } };
  readonly cache?: CacheNote;
  readonly error?: ErrorSummary;
  /** Of a mapped node: its children by state. */
  readonly children?: StateCounts;
}

export interface CacheNote {
  readonly how: "stored" | "hit";
  readonly runId: string;
  readonly storedAt: Instant;
  readonly expiresAt?: Instant;
  /** The file that was the result. */
  readonly target?: string;
}

export interface TaskRunDetail extends TaskRunSummary {
  readonly run: string;
  readonly why: Why;
  readonly options: TaskOptions;
  /** From the history: transitions, and calls of the body between them. */
  readonly transitions: readonly Transition[];
  readonly attempts: readonly Attempt[];
  readonly inputs: readonly { readonly label: string; readonly value: ValuePreview; readonly from?: string }[];
  readonly result?: ValuePreview;
  readonly errorDetail?: ErrorDetail;
  readonly upstreams: readonly Neighbour[];
  readonly downstreams: readonly Neighbour[];
  readonly logLines: number;
  readonly cursor: Cursor;
}

export interface Transition {
  readonly at: Instant;
  readonly from: StateType;
  readonly to: StateType;
}

export interface Attempt {
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly endedAt?: Instant;
  readonly outcome: StateType | "released" | "lost";
}

export interface Neighbour {
  readonly id: string;
  readonly name: string;
  readonly state: StateType;
  readonly kind: "data" | "order" | "case";
}

// ---------------------------------------------------------------------------------------------------------- values

/** A value as JSON, cut where it is large: at most 64 KiB, depth 6, 100 members a level. */
export interface ValuePreview {
  /** `text`, `number`, `list of 12`, `object with 3 members`, `Date`, … */
  readonly type: string;
  /** Of its JSON, in bytes; absent where it is too large to be counted for a preview. */
  readonly bytes?: number;
  /** Dates, Maps and the like as `{ "$type": "Date", "value": … }`; parts that were cut as `{ "$cut": … }`. */
  readonly value: Json;
  /** Something was cut: ask for a slice. */
  readonly cut: boolean;
  /** `kept`: it can be asked for whole. `derived`, `not-kept`: it cannot. */
  readonly kept: "kept" | "derived" | "not-kept";
}

export interface ValueSlice extends ValuePreview {
  /** The JSON pointer it stands at. */
  readonly at: string;
  /** Of a list, an object or a text: how many members it has, and from which on they are here. */
  readonly length?: number;
  readonly offset: number;
}

// ------------------------------------------------------------------------------------------------------------ logs

export interface LogQuery {
  /** Lines after this one; or before it, with `before`. Lines of a run are numbered from 0. */
  readonly after?: number;
  readonly before?: number;
  /** Without `after` and `before`: the last lines. */
  readonly limit?: number;
  /** This level and above. */
  readonly level?: "debug" | "info" | "warn" | "error";
  /** A task run, or a node with all its children. */
  readonly task?: string;
  readonly attempt?: number;
  /** A part of the text, literally, any case. */
  readonly q?: string;
  /** Shows `limit` lines around this one. */
  readonly around?: number;
}

export interface LogPage {
  /** In order of their numbers. */
  readonly lines: readonly LogLine[];
  /** Of the run, without filters. */
  readonly total: number;
  /** How many the filters let pass; absent without filters, and where counting stopped at 100,000. */
  readonly matching?: number;
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  readonly cursor: Cursor;
}

export interface LogLine {
  readonly line: number;
  readonly at: Instant;
  readonly level: "debug" | "info" | "warn" | "error";
  /** The task run that printed it, or whose state handler did; absent where a handler of the flow's own states did. */
  readonly task?: string;
  /** The name of that task run; the flow's, where it is none's. */
  readonly name: string;
  readonly attempt: number;
  readonly text: string;
  /** A state handler printed it, not the body. */
  readonly handler?: true;
}

// ---------------------------------------------------------------------------------------------------------- events

export interface EventPage {
  /** One per commit, in order. */
  readonly events: readonly {
    readonly cursor: Cursor;
    readonly at: Instant;
    /** Grows with each owner of the run. */
    readonly epoch: number;
    readonly transitions: readonly { readonly id: string; readonly from: StateType; readonly to: StateType }[];
  }[];
  readonly next?: string;
  readonly cursor: Cursor;
}

// --------------------------------------------------------------------------------------------------------- actions

export interface StartRun {
  readonly parameters?: { readonly [name: string]: Json };
  /** A second start with the same key gives the first one's run. */
  readonly idempotencyKey?: string;
  readonly runName?: string;
  readonly tags?: readonly string[];
  /** When it begins: until then it is Scheduled. Absent, or a time that has passed: at once. */
  readonly at?: Instant;
}

/** A new run of the same flow with the parameters and tags of this one, but for what is said here. */
export type AgainRun = StartRun;

export interface ResumeRun {
  /** Of a paused task run; absent: the whole run, which was interrupted or paused. */
  readonly task?: string;
  readonly input?: Json;
  /** Go on although the code has changed. */
  readonly acceptChanges?: boolean;
}

export interface RetryRun {
  /** Although the code of what runs again has changed. */
  readonly acceptChanges?: boolean;
}

export interface RunFrom extends RetryRun {
  readonly task: string;
}

export interface Approve {
  /** May be left away where only one waits. */
  readonly task?: string;
  readonly input?: Json;
}

export interface Reject {
  readonly task?: string;
  readonly why?: string;
}

export interface StartPreview {
  readonly parameters: { readonly [name: string]: Json };
  readonly flow: string;
  readonly tasks: number;
}

/** What an action would do, from the engine run ahead on a copy. */
export interface ActionPreview {
  readonly action: RunAction;
  readonly taskRuns: readonly {
    readonly id: string;
    readonly name: string;
    readonly from: StateType;
    /** `runs`: its body is called. `ends`: without it. `waits`: for a person. `depends`: on what only code can say. */
    readonly becomes: "runs" | "ends" | "waits" | "depends";
    readonly to?: StateType;
    readonly dependsOn?: string;
  }[];
  /** How many of `taskRuns` were left away: at most 1,000 are told. */
  readonly more: number;
  /** How many nothing would happen to. */
  readonly stays: number;
  readonly flow: { readonly from: StateType; readonly to?: StateType; readonly dependsOn?: string };
  readonly assumes: readonly string[];
  readonly cursor: Cursor;
}

// ------------------------------------------------------------------------------------------------------- schedules

export interface ScheduleList {
  readonly schedules: readonly ScheduleSummary[];
  /** As of `FlowList`. */
  readonly revision: number;
  readonly cursor: Cursor;
}

export interface ScheduleSummary {
  readonly id: string;
  readonly flow: string;
  /** In words: `every 1 minute`. */
  readonly text: string;
  readonly on: boolean;
  /** Who switched it last, and when. */
  readonly changedBy?: string;
  readonly changedAt?: Instant;
  readonly next: readonly Instant[];
  readonly lastTick?: { readonly at: Instant; readonly run: string };
  readonly overlap: "skip" | "queue" | "allow";
  readonly catchUp: "none" | "last" | "all";
}

export interface ScheduleDetail extends ScheduleSummary {
  readonly upcoming: readonly { readonly at: Instant; readonly clock: number; readonly parameters: Json }[];
  readonly definition: Json;
  readonly file?: string;
  /** The newest first. */
  readonly ticks: readonly {
    readonly at: Instant;
    readonly clock: number;
    readonly run?: string;
    readonly outcome: "run" | "skipped" | "missed";
  }[];
  /** As of `FlowList`. */
  readonly revision: number;
  readonly cursor: Cursor;
}

// ------------------------------------------------------------------------------------------------- limits and cache

export interface LimitList {
  /** Those of the flows this process has run or loaded. */
  readonly limits: readonly {
    readonly name: string;
    readonly slots: number;
    /** By all processes of the store. */
    readonly held: number;
    /** Task runs of this process, and one for each other process that waits. */
    readonly waiting: number;
  }[];
}

export interface CacheList {
  readonly entries: readonly {
    readonly key: string;
    /** Flow and task, or the shared `cacheKey`. */
    readonly scope: string;
    readonly version: string;
    readonly run: string;
    readonly storedAt: Instant;
    readonly expiresAt?: Instant;
  }[];
  readonly next?: string;
  readonly total: number;
}

/** One of them, or neither: all entries. */
export interface ClearCache {
  readonly scope?: string;
  readonly key?: string;
}

export interface Cleared {
  readonly forgotten: number;
}

// ------------------------------------------------------------------------------------------------------------ live

/**
 * `GET live?topics=runs,flows,run:ID,logs:ID:LINES&after=CURSOR` as server-sent events (LINES: the `total` of the page
 * of lines you have; without it only lines from now on); the event's name is `type`, its data
 * the frame as JSON. `changes` frames carry their cursor as event id, so `Last-Event-ID` goes on where the stream broke
 * off. A comment comes every 15 s: 40 s of silence mean the connection is dead. Frames are gathered for 100 ms.
 */
export type LiveFrame = HelloFrame | ChangesFrame | ResetFrame | DegradedFrame | FlowsFrame | ByeFrame;

/** First on every connection. */
export interface HelloFrame {
  readonly type: "hello";
  readonly cursor: Cursor;
  readonly now: Instant;
  readonly version: string;
  /** Of the list of flows: fetch it again where yours is another. */
  readonly revision: number;
}

export interface ChangesFrame {
  readonly type: "changes";
  /** Everything up to it has been told. */
  readonly cursor: Cursor;
  readonly now: Instant;
  /** Topic `runs`: runs that were made or changed. Topic `run:ID`: that one. */
  readonly runs: readonly RunSummary[];
  /** Topic `run:ID`: nodes that changed, and the progress of the whole. Children are told as counts of their node. */
  readonly taskRuns: readonly {
    readonly run: string;
    readonly taskRuns: readonly TaskRunSummary[];
    readonly progress: Progress;
  }[];
  /** Topic `logs:ID`: new lines; where there are more than 500, only how many the run has: fetch them. */
  readonly logs: readonly { readonly run: string; readonly lines: readonly LogLine[]; readonly total: number }[];
}

/** The cursor given is unknown (another store, or a forged one): fetch snapshots again and go on from `cursor`. */
export interface ResetFrame {
  readonly type: "reset";
  readonly cursor: Cursor;
  readonly why: "unknown-cursor" | "too-old";
}

/** Too much happened to tell, or you read too slowly: fetch what you show of these topics; the stream goes on at `cursor`. */
export interface DegradedFrame {
  readonly type: "degraded";
  readonly cursor: Cursor;
  readonly topics: readonly string[];
}

/** Files, flows or schedules have changed: fetch the lists again. No cursor: compare revisions. */
export interface FlowsFrame {
  readonly type: "flows";
  readonly revision: number;
}

/** The server ends: reconnect. */
export interface ByeFrame {
  readonly type: "bye";
  readonly why: "draining";
}
