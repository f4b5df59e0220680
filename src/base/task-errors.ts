/** The part of the registry (`error-sentences.ts`) that the tasks which ask others add to it: a flow without them never says these. */
import { alsoKnow } from "./error-sentences.ts";

const shortList = (names: readonly string[]) =>
  names.length > 20 ? `${names.slice(0, 20).join(", ")}, …` : names.join(", ");

export const TASK_ERRORS = {
  // Task library
  SQLITE_TABLE_MISSING: (d: {
    readonly file: string;
    readonly table: string;
    readonly known: readonly string[] /** Of the file. */;
    readonly exists: boolean;
  }) =>
    `there is no table '${d.table}' in ${d.file}${d.exists ? "" : " (the file is not there yet)"}${d.known.length === 0 ? "" : ` (it has ${shortList(d.known)})`}: create it first, for example with sqliteScript(…) and .setUpstream(table)`,
  SQLITE_COLUMN_UNKNOWN: (d: {
    readonly file: string;
    readonly table: string;
    readonly column: string;
    readonly place: string;
    readonly computed: boolean;
    readonly nearest: string | undefined;
    readonly known: readonly string[];
  }) =>
    d.computed
      ? `column '${d.column}' of table '${d.table}' is computed by SQLite: take it out of ${d.place} (${d.file})`
      : `${d.place}.${d.column}: table '${d.table}' has no column '${d.column}'${d.nearest === undefined ? "" : `; did you mean '${d.nearest}'?`} It has ${shortList(d.known)} (${d.file})`,
  SQLITE_ROWS_INVALID: (d: { readonly why: string }) => d.why,
  SQLITE_VALUE_INVALID: (d: { readonly place: string; readonly got: string; readonly fix: string }) =>
    `${d.place} is ${d.got}, which SQLite cannot keep: ${d.fix}`,
  SQLITE_PARAMETERS: (d: { readonly why: string }) => d.why,
  SQLITE_ROWS_MAX: (d: { readonly max: number }) =>
    `the query has more than ${d.max} rows: ask for fewer (LIMIT), compute in SQL, or read them in a body with openSqlite`,
  HTTP_REQUEST_INVALID: (d: { readonly why: string }) => `this request cannot be sent: ${d.why}`,
  HTTP_FAILED: (d: { readonly method: string; readonly url: string; readonly why: string }) =>
    `${d.method} ${d.url} got no complete answer: ${d.why}. Check the address, and that the server is up`,
  HTTP_STATUS: (d: {
    readonly method: string;
    readonly url: string;
    readonly status: number;
    readonly statusText: string;
    readonly body: string /** What Retry-After asked for. */;
    readonly retryAfterMs: number | undefined;
  }) =>
    `${d.method} ${d.url} answered ${d.status}${d.statusText === "" ? "" : ` ${d.statusText}`}${d.body === "" ? "" : `: ${d.body}`}`,
  HTTP_NOT_JSON: (d: {
    readonly method: string;
    readonly url: string;
    readonly status: number;
    readonly contentType: string;
    readonly start: string;
  }) =>
    `${d.method} ${d.url} answered ${d.status} with ${d.start === "" ? "nothing" : "something that is not JSON"} (content-type: ${d.contentType})${d.start === "" ? '. For an answer without a body say expect: "nothing"' : `: ${d.start}`}`,
  HTTP_TOO_LARGE: (d: { readonly method: string; readonly url: string; readonly maxBytes: number }) =>
    `${d.method} ${d.url} answered with more than ${d.maxBytes} bytes: ask for less at a time, or raise responseBytesMax`,
  SHELL_NOT_FOUND: (d: { readonly program: string; readonly why: string }) =>
    `${d.program} cannot be started: ${d.why}`,
  SHELL_FAILED: (d: {
    readonly command: string;
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly lastLines: readonly string[] /** Of standard error, or of the output. */;
  }) =>
    `${d.command} ${d.signal === null ? `ended with exit code ${d.exitCode}` : `was ended by ${d.signal}`}${d.lastLines.length === 0 ? "" : `:\n  ${d.lastLines.join("\n  ")}`}`,
  SHELL_NOT_JSON: (d: { readonly command: string; readonly start: string }) =>
    `${d.command} wrote ${d.start === "" ? "nothing, which is no JSON" : `something that is not JSON: ${d.start}`}`,
  SHELL_TOO_LARGE: (d: { readonly command: string; readonly maxBytes: number }) =>
    `${d.command} wrote more than ${d.maxBytes} bytes and was ended: let it write to a file, or raise outputBytesMax`,
  SHELL_ARGUMENTS: (d: { readonly why: string }) => d.why,

  // Notifications
  NOTIFY_SECRET: (d: { readonly name: string; readonly why?: string }) =>
    `the secret '${d.name}' ${d.why ?? "is not set"}, so nobody was told: set CAUDAL_SECRET_${d.name} where the run is`,
  NOTIFY_REFUSED: (d: { readonly host: string; readonly why: string }) => `nothing was sent to ${d.host}: ${d.why}`,
  NOTIFY_FAILED: (d: { readonly host: string; readonly why: string; readonly attempts: number }) =>
    `${d.host} did not take the message: ${d.why} (${d.attempts === 1 ? "1 attempt" : `${d.attempts} attempts`})`,
} as const;

alsoKnow(TASK_ERRORS);
