/**
 * The sentences of all errors: what went wrong in the world or in a user's flow has a code from this one registry. The
 * code is the contract; the sentence may improve. A sentence says what happened, then what to do.
 *
 * A part of its own: a run in which nothing goes wrong reads none of them.
 */

import type { SERVER_ERRORS } from "./server-errors.ts";
import type { TASK_ERRORS } from "./task-errors.ts";
import { isoUtc } from "./time.ts";

type Complaints = { readonly complaints: readonly string[] };
const bullets = (lines: readonly string[]) => lines.map((line) => `\n  - ${line}`).join("");

export const ERRORS = {
  // Authoring
  FLOW_ASYNC: (d: { readonly flow: string }) =>
    `the build function of flow '${d.flow}' is async: it only draws the graph, nothing runs while it is called. Remove 'async' and 'await'; work belongs into tasks`,
  TASK_OUTSIDE_FLOW: (d: { readonly task: string }) =>
    `task '${d.task}' was called outside a flow: call it inside flow(…), or call just its function with .run(…)`,
  REF_USED_AS_VALUE: (d: { readonly ref: string; readonly use: string }) =>
    `the result of '${d.ref}' is used as a value (${d.use}) while the flow is being built: it does not exist yet. Pass it to a task and use it there`,
  REF_HIDDEN: (d: { readonly task: string; readonly where: string }) =>
    `task '${d.task}' was given a ref inside ${d.where}, where Caudal cannot put its result. Pass it directly, or in a plain array or object`,
  REF_OF_ANOTHER_FLOW: (d: { readonly ref: string; readonly flow: string }) =>
    `'${d.ref}' belongs to another flow than '${d.flow}': results cross flows as parameters`,
  PROMISE_AS_INPUT: (d: { readonly task: string; readonly argument: string }) =>
    `task '${d.task}' was given a promise as '${d.argument}': make the async work a task and pass its ref`,
  FLOW_SEALED: (d: { readonly flow: string; readonly what: string }) =>
    `flow '${d.flow}' is already built: ${d.what} after the build function has returned changes nothing. Move it inside`,
  FLOW_CYCLE: (d: { readonly flow: string; readonly path: readonly string[] }) =>
    `in flow '${d.flow}' tasks wait for each other: ${d.path.join(" → ")}. Take one of these setUpstream calls away`,
  FLOW_NOT_DETERMINISTIC: (d: { readonly flow: string; readonly difference: string }) =>
    `flow '${d.flow}' was built twice and the two graphs differ: ${d.difference}. The shape of a flow must not depend on time, chance or environment; use branch(), map() or parameters`,
  TASK_UNNAMED: () => `this task has no name: name its function, or write task("a name", …)`,
  TASK_NAME_TWICE: (d: { readonly flow: string; readonly task: string }) =>
    `flow '${d.flow}' has two different tasks named '${d.task}': rename one (t.with(…) of the same task is fine)`,
  NAME_INVALID: (d: { readonly what: string; readonly name: string; readonly why: string }) =>
    `${d.what} cannot be called ${JSON.stringify(d.name.slice(0, 60))}: ${d.why}`,
  OPTION_INVALID: (d: Complaints & { readonly of: string }) => `options of ${d.of}:${bullets(d.complaints)}`,
  DURATION_INVALID: (d: { readonly option: string; readonly text: string; readonly why: string }) =>
    `${d.option} is not a duration: ${d.text} (${d.why}). Write milliseconds, or a number with ms, s, m, h, d or w, such as "90s"`,
  PARAMETER_DEFAULT: (d: { readonly parameter: string; readonly where: string }) =>
    `the default of parameter '${d.parameter}' is not JSON at ${d.where}: use a schema or parameter() for other values`,
  BRANCH_CASES: (d: { readonly why: string }) => `branch(): ${d.why}`,
  MAP_ARGUMENTS: (d: { readonly task: string; readonly why: string }) => `${d.task}.map(…): ${d.why}`,
  REFERENCE_UNKNOWN: (d: { readonly what: string }) => `referenceTasks(…) takes refs of this flow, not ${d.what}`,
  UPSTREAM_UNKNOWN: (d: { readonly ref: string; readonly why: string }) => `${d.ref}.setUpstream(…): ${d.why}`,
  TASK_AS_INPUT: (d: { readonly task: string; readonly given: string }) =>
    `task '${d.task}' was given the task '${d.given}' itself: call it, ${d.given}(…), to pass its result`,
  MERGE_ARGUMENTS: (d: { readonly why: string }) => `merge(…): ${d.why}`,
  FILTER_ARGUMENT: (d: { readonly why: string }) => `filter(…): ${d.why}`,
  SETTLED_ARGUMENT: (d: { readonly why: string }) => `settled(…): ${d.why}`,
  BLOCK_INVALID: (d: { readonly what: string; readonly why: string }) => `${d.what}: ${d.why}`,
  LIMIT_TWICE: (d: {
    readonly flow: string;
    readonly limit: string;
    readonly first: number;
    readonly second: number;
  }) =>
    `flow '${d.flow}' uses two limits named '${d.limit}', one of ${d.first} and one of ${d.second}: make it once and share it, or give one another name`,
  MAP_EACH_BODY: (d: { readonly why: string }) => `mapEach(…): ${d.why}`,
  PARAMETER_UNKNOWN: (d: { readonly flow: string; readonly name: string; readonly hint: string }) =>
    `flow '${d.flow}' has no parameter '${d.name}'${d.hint}: name it in its parameters`,
  TWO_CAUDALS: (d: { readonly here: string; readonly there: string }) =>
    `two copies of caudal are loaded, and their tasks and flows cannot be mixed: ${d.here} and ${d.there}. Keep one (npm dedupe)`,

  // Running
  PARAMETER_INVALID: (d: Complaints & { readonly flow: string }) =>
    `parameters of flow '${d.flow}':${bullets(d.complaints)}`,
  REF_PATH_MISSING: (d: { readonly path: string; readonly upstream: string; readonly got: string }) =>
    `${d.path} is missing in the result of '${d.upstream}' (it is ${d.got})`,
  HANDLER_FAILED: (d: { readonly handler: string; readonly subject: string; readonly why: string }) =>
    `state handler ${d.handler} of '${d.subject}' failed: ${d.why}`,
  TRIGGER_FAILED: (d: { readonly why: string }) => `${d.why}`,
  TRIGGER_TIMEOUT: (d: { readonly afterMs: number; readonly after: string }) =>
    `its custom trigger did not answer within ${d.after}; handlerTimeout gives it longer`,
  ATTEMPT_LOST: (d: { readonly why: string }) => d.why,
  TASK_TIMEOUT: (d: { readonly afterMs: number; readonly after: string }) =>
    `the attempt did not end within ${d.after}`,
  TASK_NEVER_ENDS: () =>
    "the body waits for something that can no longer come: nothing in this process is left that could end it. Give the task a timeout, and look for a promise that nobody settles",
  TASK_UNHANDLED: (d: { readonly task: string; readonly how: "rejected" | "threw"; readonly why: string }) =>
    `something that task '${d.task}' had started ${d.how === "threw" ? "threw an error" : "was rejected"}, and nobody caught it: ${d.why}`,
  APPROVAL_REJECTED: (d: {
    readonly task: string;
    readonly by: string | undefined;
    readonly why: string | undefined;
  }) => `'${d.task}' was rejected${d.by === undefined ? "" : ` by ${d.by}`}${d.why === undefined ? "" : `: ${d.why}`}`,
  APPROVAL_TIMEOUT: (d: { readonly question: string; readonly afterMs: number; readonly after: string }) =>
    `nobody answered '${d.question}' within ${d.after}`,
  APPROVAL_INPUT: (d: Complaints & { readonly task: string }) =>
    `this input is not what '${d.task}' asks for:${bullets(d.complaints)}`,
  TASK_NOT_WAITING: (d: { readonly task: string; readonly state: string }) =>
    `'${d.task}' waits for nobody's decision: it is ${d.state}. Nothing was changed`,
  MARKED_FAILED: (d: { readonly by: string | undefined; readonly why: string }) =>
    `marked Failed${d.by === undefined ? "" : ` by ${d.by}`}: ${d.why}`,
  TASK_NOT_MARKABLE: (d: { readonly task: string; readonly state: string; readonly why: string }) =>
    `'${d.task}' (${d.state}) cannot be marked: ${d.why}`,
  FLOW_TIMEOUT: (d: { readonly afterMs: number }) => `the run did not end within ${d.afterMs} ms`,
  MAP_UNMAPPABLE: (d: { readonly upstream: string; readonly got: string }) =>
    `cannot map over the result of '${d.upstream}': it is ${d.got}, not an array. Wrap it in unmapped(…) to pass it whole`,
  MAP_LENGTHS: (d: { readonly lengths: readonly string[] }) =>
    `mapped arguments have different lengths: ${d.lengths.join(", ")}. Make them equal, or say t.with({ mapLengths: "shortest" })`,
  MAP_NO_UPSTREAM: () => "no upstream is left to map over: all of them failed",
  BRANCH_NO_KEY: (d: { readonly got: string }) =>
    `branch() needs text, a number or a boolean to choose by; it got ${d.got}`,
  OUTPUT_INVALID: (d: Complaints & { readonly task: string }) =>
    `what '${d.task}' returned does not match its output schema:${bullets(d.complaints)}`,
  INPUT_INVALID: (d: Complaints & { readonly task: string }) =>
    `what '${d.task}' was given does not match its input schema:${bullets(d.complaints)}`,
  TARGET_INVALID: (d: { readonly task: string; readonly target: string; readonly why: string }) =>
    `the target '${d.target}' of task '${d.task}' cannot be used: ${d.why}`,
  CACHE_KEY_FAILED: (d: { readonly task: string; readonly why: string }) =>
    `no cache key can be made for '${d.task}': ${d.why}. Use cacheBy to name what it depends on`,
  RETRY_SIGNALS_MAX: (d: { readonly max: number }) =>
    `signals.retry was thrown more than ${d.max} times; raise retrySignalsMax if it is meant so`,
  LOOP_MAX: (d: { readonly max: number }) =>
    `signals.loop was thrown more than ${d.max} times; raise loopMax if it is meant so`,
  SIGNAL_FAILED: (d: { readonly why: string }) => d.why,
  NO_CONTEXT: () => "context() is only there inside a task's body",
  SECRET_MISSING: (d: { readonly names: readonly string[] }) =>
    `missing secrets: ${d.names.join(", ")}. Set CAUDAL_SECRET_<NAME> or pass them to run({ secrets })`,
  RUN_FAILED: (d: { readonly flow: string; readonly why: string; readonly run?: string }) =>
    `flow '${d.flow}' failed: ${d.why}`,
  TASK_UNKNOWN: (d: { readonly name: string; readonly known: readonly string[] }) =>
    `this flow has no task '${d.name}'; it has ${d.known.join(", ")}`,
  TASK_AMBIGUOUS: (d: { readonly name: string; readonly slugs: readonly string[] }) =>
    `several calls of '${d.name}' are in this flow: name one by its slug (${d.slugs.join(", ")})`,
  TASK_STATES_INVALID: (d: Complaints) => `taskStates:${bullets(d.complaints)}`,
  STALE_EPOCH: (d: { readonly run: string; readonly epoch: number; readonly current: number }) =>
    `this process no longer owns run ${d.run} (its epoch is ${d.epoch}, now ${d.current}): nothing was written`,
  FLOW_WITHOUT_SCHEDULE: (d: { readonly flow: string }) =>
    `flow '${d.flow}' has no schedule to follow: give it one, schedule: every("1m"), or call run()`,
  IDEMPOTENCY_CONFLICT: (d: { readonly run: string; readonly key: string }) =>
    `run ${d.run} has the idempotency key '${d.key}' and other parameters: use another key for another run`,
  RUN_IN_PROGRESS: (d: { readonly run: string; readonly key: string }) =>
    `run ${d.run} with idempotency key '${d.key}' belongs to another process: wait for that one`,
  RUN_UNKNOWN: (d: { readonly run: string }) => `no run '${d.run}' in this store`,
  RUN_OWNED: (d: { readonly run: string; readonly owner: string }) =>
    `run ${d.run} belongs to ${d.owner}, which is alive: wait for it, or stop it first`,
  RUN_OVER: (d: { readonly run: string; readonly state: string }) =>
    `run ${d.run} has ended ${d.state}: there is nothing to go on with. Run what failed again with: npx caudal retry ${d.run}`,
  RUN_NOT_OVER: (d: { readonly run: string; readonly state: string }) =>
    `run ${d.run} has not ended (it is ${d.state}): go on with it: npx caudal resume ${d.run}`,
  RUN_CODE_CHANGED: (d: {
    readonly run: string;
    readonly flow: string;
    readonly changes: readonly string[];
    /** What was asked for, where it was not to retry. */
    readonly command?: string;
  }) =>
    `flow '${d.flow}' has changed in what would run again of run ${d.run}:${bullets(d.changes)}\nNothing was written. If it is meant so: npx caudal ${d.command ?? `retry ${d.run}`} --accept-changes`,
  RUN_CODE_MISSING: (d: { readonly run: string; readonly flow: string; readonly why: string }) =>
    `the code of run ${d.run} is not there: ${d.why}. Put flow '${d.flow}' back, or name its file with --file. Nothing was written`,
  RUN_AMBIGUOUS: (d: { readonly given: string; readonly runs: readonly string[] }) =>
    `several runs are meant by '${d.given}': write more of one of them:${bullets(d.runs)}`,
  RUN_OF_ANOTHER_FLOW: (d: { readonly run: string; readonly flow: string; readonly given: string }) =>
    `run ${d.run} is one of flow '${d.flow}', not of '${d.given}'`,
  NOTHING_INTERRUPTED: (d: { readonly flow: string | undefined; readonly store: string }) =>
    `no run${d.flow === undefined ? "" : ` of flow '${d.flow}'`} in ${d.store} stopped before its end: there is nothing to go on with`,
  NOTHING_FAILED: (d: { readonly what: string }) => `nothing failed in ${d.what}: there is nothing to run again`,
  NOTHING_PAUSED: (d: { readonly what: string; readonly state: string }) =>
    `${d.what} waits for nobody (it is ${d.state}): there is nothing to decide`,
  STORE_NONE: (d: { readonly folder: string; readonly why: string }) =>
    `there is no store in ${d.folder}: ${d.why}. Run a flow of it first, go to the folder of the flow's package.json, or set CAUDAL_STORE`,
  STORE_IN_USE: (d: { readonly folder: string; readonly process: string }) =>
    `the store ${d.folder} is in use (${d.process}): end what has it open, then restore`,
  TICK_SKIPPED: (d: { readonly at: number }) =>
    `the tick of ${isoUtc(d.at)} was skipped: the run before it had not ended`,
  STORE_CLOSED: () => "the store is closed",
  STORE_FULL: (d: { readonly store: string }) =>
    `the disk of the store ${d.store} is full: make room, and the run goes on by itself; nothing is lost`,
  STORE_BUSY: (d: { readonly store: string }) =>
    `another process has held the store ${d.store} for too long: the run goes on when it is free`,
  STORE_FAILED: (d: { readonly store: string; readonly why: string }) =>
    `the store ${d.store} cannot be read or written (${d.why}): the run stops, and what was committed is kept. Look at it with: npx caudal doctor`,
  STORE_CANNOT_OPEN: (d: { readonly file: string; readonly why: string }) =>
    `the store ${d.file} cannot be opened: ${d.why}. Correct the path (CAUDAL_STORE), or say CAUDAL_STORE=memory to keep nothing`,
  STORE_KIND: (d: { readonly file: string; readonly is: string }) =>
    `the store ${d.file} is ${d.is}: it must be a file of its own in a folder of its own. Move that away, or set CAUDAL_STORE to another folder`,
  STORE_FOREIGN: (d: { readonly file: string; readonly why: string }) =>
    `${d.file} is no store of caudal: ${d.why}. It was not touched: move it away, or set CAUDAL_STORE to another folder`,
  STORE_NEWER: (d: { readonly file: string; readonly version: number; readonly known: number }) =>
    `the store ${d.file} has version ${d.version} and this caudal knows versions up to ${d.known}: it was not touched. Install the newer caudal that wrote it`,
  STORE_DAMAGED: (d: { readonly file: string; readonly why: string }) =>
    `the store ${d.file} is damaged (${d.why}): nothing more is written. See what can be saved with: npx caudal doctor`,
  STORE_GONE: (d: { readonly file: string }) =>
    `the store ${d.file} was deleted or replaced while it was in use: nothing more is kept there, and its runs stop. Put it back from a backup, or start again with a new one`,
  STORE_WAL: (d: { readonly file: string; readonly why: string }) =>
    `the store ${d.file} cannot be opened: ${d.why}. Nothing was touched: put the file that belongs to ${d.file}-wal back, or move that log away`,
  STORE_READONLY: (d: { readonly file: string }) =>
    `the store ${d.file} cannot be written: its disk, folder or file is read-only. Make it writable, or set CAUDAL_STORE to another folder`,
  RUN_CORRUPT: (d: { readonly run: string; readonly store: string; readonly why: string }) =>
    `run ${d.run} cannot be read from ${d.store} (${d.why}): it is left as it is, and other runs go on. See what is damaged with: npx caudal doctor`,
  STORE_PERMISSIONS: (d: { readonly path: string; readonly why: string; readonly fix: string }) =>
    `the store is not safe in ${d.path}: ${d.why}. ${d.fix}`,
  SQLITE_UNSAFE: (d: { readonly version: string }) =>
    `SQLite ${d.version} may lose committed data (its WAL-reset defect): install the dependencies of caudal again, which bring a safe one`,
  CONFIG_INVALID: (d: { readonly name: string; readonly value: string; readonly allowed: string }) =>
    `${d.name} is '${d.value}': it must be one of ${d.allowed}`,
  NODES_MAX: (d: { readonly max: number; readonly what: string }) =>
    `${d.what} would be more than ${d.max} task runs in one run`,

  // SQLite
  SQLITE_UNAVAILABLE: (d: { readonly why: string }) =>
    `SQLite cannot be loaded here (${d.why}): install the dependencies again (npm ci), on a platform the package @photostructure/sqlite supports`,
  SQLITE_CANNOT_OPEN: (d: { readonly file: string; readonly why: string; readonly fix: string }) =>
    `cannot use the database ${d.file}: ${d.why}. ${d.fix}`,
  SQLITE_STORE_FILE: (d: { readonly file: string }) =>
    `${d.file} belongs to Caudal's own store: give your data a file of its own, outside that folder`,
  SQLITE_LOCKED: (d: { readonly file: string; readonly waitedMs: number }) =>
    `the database ${d.file} stayed locked by another connection for ${d.waitedMs} ms: end the transaction or the program that holds it (an open viewer, perhaps), or give the task retries`,
  SQLITE_FAILED: (d: { readonly file: string; readonly doing: string; readonly why: string }) =>
    `${d.doing}: ${d.why} (${d.file})`,

  // Results
  RESULT_NOT_SERIALIZABLE: (d: { readonly path: string; readonly what: string }) =>
    `the result cannot be kept: ${d.path} is ${d.what}. Return data (text, numbers, lists, plain objects, Date, Map, Set, bytes …), or say result: "none" for a value that lives only in this process`,
  RESULT_TOO_LARGE: (d: { readonly maxBytes: number }) =>
    `the result is more than ${d.maxBytes} bytes as text: write it to a file or a database, and return where it is`,
  RESULT_CORRUPT: (d: { readonly why: string }) =>
    `a stored result cannot be read: ${d.why}. Run its task again, or use the version of caudal that wrote it`,
  BLOB_MISSING: (d: { readonly address: string; readonly folder: string }) =>
    `the stored result ${d.address} is not in ${d.folder}: put the folder back from a backup, or run its task again`,
  BLOB_CORRUPT: (d: { readonly file: string; readonly why: string }) =>
    `${d.file} is not what was stored there: ${d.why}. Put it back from a backup, or run its task again`,
  BLOB_FILE: (d: { readonly file: string; readonly doing: string; readonly why: string }) =>
    `${d.file} cannot be ${d.doing}: ${d.why}. Check the disk, its free space and the permissions`,

  // Schedules
  CRON_INVALID: (d: { readonly text: string; readonly column: number; readonly why: string }) =>
    `this cron text cannot be read: ${d.why}\n  ${d.text}\n  ${" ".repeat(d.column)}^`,
  CRON_NEVER: (d: { readonly text: string }) =>
    `cron("${d.text}") never fires: no month has such a day. Change its day, month or weekday`,
  RRULE_INVALID: (d: { readonly text: string; readonly column: number; readonly why: string }) =>
    `this recurrence rule cannot be read: ${d.why}\n  ${d.text}\n  ${" ".repeat(d.column)}^`,
  RRULE_NEVER: (d: { readonly rule: string }) =>
    `rrule("${d.rule}") has no date in the 100 years after its start. Change the parts that cannot meet`,
  ZONE_UNKNOWN: (d: { readonly zone: string; readonly nearest: string | undefined }) =>
    `there is no time zone '${d.zone}'${d.nearest === undefined ? "." : `: did you mean '${d.nearest}'?`} Zones are IANA names, such as "Europe/Madrid" or "UTC"`,
  SCHEDULE_INVALID: (d: { readonly what: string; readonly why: string }) => `${d.what}: ${d.why}`,

  // Files and command line
  FLOW_FILE: (d: { readonly file: string; readonly why: string; readonly nearest: string | undefined }) =>
    `${d.file} ${d.why}${d.nearest === undefined ? "" : `; did you mean ${d.nearest}?`}`,
  FLOW_FILE_SYNTAX: (d: { readonly where: string; readonly why: string }) => `${d.where} ${d.why}`,
  FLOW_FILE_NOT_ERASABLE: (d: { readonly where: string; readonly why: string; readonly file: string }) =>
    `${d.where} ${d.why}: Caudal takes types away, it does not compile. Write it without (a union or 'as const' for an enum, plain fields for parameter properties), or run it through tsx: npx tsx ${d.file}`,
  FLOW_FILE_IMPORT: (d: { readonly where: string; readonly specifier: string; readonly todo: string }) =>
    `${d.where} imports '${d.specifier}', which is not there: ${d.todo}`,
  FLOW_FILE_THREW: (d: { readonly file: string; readonly thrown: string }) =>
    `${d.file} threw while it was loaded: ${d.thrown}`,
  FLOW_FILE_STUCK: (d: { readonly file: string; readonly afterMs: number }) =>
    `${d.file} did not finish loading within ${d.afterMs} ms. Work belongs into tasks; outside of them a file only defines tasks and flows`,
  FLOW_FILE_EXITED: (d: { readonly file: string; readonly exitCode: string }) =>
    `${d.file} ended the process (exit code ${d.exitCode}) while it was loaded, before any flow could run. Take the process.exit away`,
  FLOW_NONE: (d: { readonly file: string }) =>
    `${d.file} defines no flow: call flow("a name", () => { … }) at the top of it`,
  FLOW_AMBIGUOUS: (d: { readonly file: string; readonly flows: readonly string[] }) =>
    `${d.file} defines ${d.flows.length} flows; say which one with --flow: ${d.flows.map((name) => `'${name}'`).join(", ")}`,
  FLOW_UNKNOWN: (d: {
    readonly flow: string;
    readonly known: readonly string[];
    readonly nearest: string | undefined;
  }) =>
    `there is no flow '${d.flow}'${d.nearest === undefined ? "." : `; did you mean '${d.nearest}'?`} The file defines ${d.known.map((name) => `'${name}'`).join(", ")}`,
  FLOW_DUPLICATE: (d: { readonly flow: string; readonly files: readonly string[] }) =>
    `two flows are named '${d.flow}' (${d.files.join(", ")}): rename one, names are how runs find their flow`,
  COMMAND_LINE: (d: { readonly why: string }) => d.why,
  FILE_NOT_WRITTEN: (d: { readonly file: string; readonly why: string }) => `${d.file} cannot be written: ${d.why}`,

  // Drawing
  DRAW_FORMAT_UNKNOWN: (d: { readonly given: string; readonly known: readonly string[] }) =>
    `a flow cannot be drawn as '${d.given}': let the file end in ${d.known.join(", ")}`,
  DRAW_FILE: (d: { readonly file: string; readonly why: string }) =>
    `the drawing cannot be written to ${d.file}: ${d.why}. Name another file: visualize({ file: "…" }), or --out`,
  DRAW_FONTS: (d: { readonly folder: string }) =>
    `the fonts of Caudal's drawings are not where they belong (looked from ${d.folder}): install the package again, and keep it out of bundles`,
} as const;

type Errors = typeof ERRORS & typeof SERVER_ERRORS & typeof TASK_ERRORS;
export type ErrorCode = keyof Errors;
export type ErrorData<C extends ErrorCode> = Parameters<Errors[C]>[0];

export function sentenceOf<C extends ErrorCode>(code: C, data: ErrorData<C>): string {
  return (ERRORS as unknown as Record<C, (data: ErrorData<C>) => string>)[code](data);
}

/** More of the registry: what only some programs can meet need not be read by all. */
export function alsoKnow(more: Readonly<Record<string, (data: never) => string>>): void {
  Object.assign(ERRORS, more);
}
