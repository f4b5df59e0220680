/**
 * What the server says and understands over HTTP: plain JSON, types only, a file of them per resource in `contract/`.
 * The page imports this file and no other of `src`; the schemas beside it (`schemas.ts`) are held equal to it by the
 * compiler, and OpenAPI is made from those.
 *
 * - Every path below stands behind `<prefix>/api/v1`. Names in paths are percent-encoded.
 * - Every answer has the headers `Caudal-Time` (the server's clock, ms since 1970) and, but for 401, `Caudal-Version`.
 * - Writes are POST with `Content-Type: application/json` and the header `X-Caudal: 1`; their body is an object, `{}`
 *   where there is nothing to say. Unknown members are refused (`FIELD_UNKNOWN`).
 * - With a token (any bind but loopback): `Authorization: Bearer …` on every request but `GET /health`, also on the
 *   stream's.
 * - Instants are ms since 1970 and end in `At`; durations are ms and end in `Ms`.
 * - A task run is named by its `id`: the node's slug (`parse-1`), a mapped child by `slug.index` (`double-1.317`).
 *
 * **Cursors.** `cursor` in an answer is the place in the store's sequence of commits the answer was read at. Subscribe
 * with `after` = that cursor and nothing is missed or repeated. `next` is something else: an opaque text that gives the
 * next page of the same query (`CURSOR_INVALID` for another query's, or a forged one).
 */

export type * from "./contract/about.ts";
export type * from "./contract/actions.ts";
export type * from "./contract/audit.ts";
export type * from "./contract/cache.ts";
export type * from "./contract/errors.ts";
export type * from "./contract/events.ts";
export type * from "./contract/flows.ts";
export type * from "./contract/graphs.ts";
export type * from "./contract/limits.ts";
export type * from "./contract/live.ts";
export type * from "./contract/logs.ts";
export type * from "./contract/plain.ts";
export type * from "./contract/runs.ts";
export type * from "./contract/schedules.ts";
export type * from "./contract/states.ts";
export type * from "./contract/task-runs.ts";
export type * from "./contract/values.ts";

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
 * | POST /runs/:run/mark | | `Mark` | `RunDetail` |
 * | POST …/preview behind each of these, and of pause | | the same (`MarkLook` for mark) | `ActionPreview` (`StartPreview` for again) |
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
