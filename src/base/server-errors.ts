/** The part of the registry (`error-sentences.ts`) that a server adds to it: a script never says these. */
import { alsoKnow } from "./error-sentences.ts";

type Complaints = { readonly complaints: readonly string[] };
const bullets = (lines: readonly string[]) => lines.map((line) => `\n  - ${line}`).join("");

export const SERVER_ERRORS = {
  // Server
  HOST_REFUSED: (d: { readonly host: string; readonly allowed: readonly string[] }) =>
    `this server is not '${d.host}': open it as ${d.allowed.join(" or ")}`,
  ORIGIN_REFUSED: (d: { readonly origin: string }) => `'${d.origin}' may not use this server: only its own page may`,
  HEADER_MISSING: (d: { readonly header: string }) => `writes need the header ${d.header}`,
  CONTENT_TYPE: (d: { readonly given: string }) =>
    `the body is ${d.given === "" ? "of no content type" : `'${d.given}'`}: send Content-Type: application/json`,
  TOKEN_REFUSED: (d: { readonly given: boolean }) =>
    d.given ? "this is not the server's token" : "send this server's token (CAUDAL_TOKEN): Authorization: Bearer TOKEN",
  BODY_INVALID: (d: { readonly why: string }) => `the body cannot be read: ${d.why}`,
  BODY_TOO_LARGE: (d: { readonly maxBytes: number }) =>
    `the body has more than ${d.maxBytes} bytes: give large data as files`,
  FIELD_UNKNOWN: (d: { readonly fields: readonly string[]; readonly known: readonly string[] }) =>
    `there is no ${d.fields.map((name) => `'${name}'`).join(", ")} here; known: ${d.known.join(", ") || "none"}`,
  FIELD_INVALID: (d: Complaints) => `this cannot be used:${bullets(d.complaints)}`,
  CURSOR_INVALID: (d: { readonly cursor: string }) =>
    `'${d.cursor}' is no place in this list: take the 'next' of a page of it`,
  ROUTE_UNKNOWN: (d: { readonly path: string }) => `there is nothing at ${d.path}: see /api/v1/openapi.json`,
  METHOD_REFUSED: (d: { readonly method: string; readonly allowed: readonly string[] }) =>
    `${d.method} is not for this address: use ${d.allowed.join(", ")}`,
  FLOW_NOT_SERVED: (d: { readonly flow: string; readonly nearest: string | undefined }) =>
    `there is no flow '${d.flow}' here${d.nearest === undefined ? "" : `; did you mean '${d.nearest}'?`}`,
  FLOW_NOT_LOADED: (d: { readonly flow: string }) =>
    `flow '${d.flow}' is known by its runs only: start the server with its file, caudal serve FILE`,
  TASK_RUN_UNKNOWN: (d: { readonly run: string; readonly task: string }) =>
    `run ${d.run} has no task run '${d.task}': name it by slug, or slug.index`,
  VALUE_NOT_THERE: (d: { readonly what: string }) => `${d.what} is not there`,
  SCHEDULE_UNKNOWN: (d: { readonly schedule: string }) =>
    `there is no schedule '${d.schedule}' here: /api/v1/schedules lists them`,
  TOO_MANY_REQUESTS: (d: { readonly retryAfterMs: number }) =>
    `too many requests: wait ${d.retryAfterMs} ms, or follow /live`,
  TOO_MANY_STREAMS: (d: { readonly max: number }) =>
    `${d.max} live streams are open: close some, or ask /api/v1/changes`,
  FLOWS_LOADING: (d: { readonly flow: string; readonly files: readonly string[] }) =>
    `flow '${d.flow}' is not there yet: ${d.files.join(", ")} is still being loaded. Ask again soon`,
  SERVER_DRAINING: () => "the server is ending: ask again soon",
  PORT_IN_USE: (d: { readonly port: number; readonly host: string }) =>
    `port ${d.port} of ${d.host} is in use: stop what uses it, or name another with --port`,
  BIND_WITHOUT_TOKEN: (d: { readonly host: string }) =>
    `on ${d.host} others can reach this server, which runs code: set CAUDAL_TOKEN to 32 random characters, or leave --host away`,
  TOKEN_WEAK: (d: { readonly length: number }) =>
    `CAUDAL_TOKEN has ${d.length} characters: use 32 random ones or more (openssl rand -hex 32)`,
  PROCESS_EXIT: (d: { readonly exitCode: string }) =>
    `process.exit(${d.exitCode}) was called where it would end the server and every run in it: take it away. A task fails by throwing`,
  SERVE_IN_MEMORY: () => "caudal serve keeps runs: unset CAUDAL_STORE=memory, or name a folder",

  // A server elsewhere
  REMOTE_ADDRESS: (d: { readonly given: string }) =>
    `'${d.given}' is no address of a server: write --remote http://HOST:PORT, as caudal serve prints it`,
  REMOTE_UNREACHABLE: (d: { readonly address: string; readonly why: string }) =>
    `${d.address} cannot be reached: ${d.why}. Is caudal serve running there?`,
  REMOTE_FOREIGN: (d: { readonly address: string; readonly status: number }) =>
    `what answers at ${d.address} (with status ${d.status}) is no caudal server: take the address that caudal serve prints`,
  REMOTE_NEWER: (d: { readonly address: string; readonly version: string; readonly own: string }) =>
    `the server at ${d.address} is caudal ${d.version}, newer than this ${d.own}: install that version here`,
  REMOTE_OPTION: (d: { readonly option: string; readonly why: string }) =>
    `${d.option} is for runs of this folder, not for a server elsewhere: ${d.why}`,
} as const;

alsoKnow(SERVER_ERRORS);
