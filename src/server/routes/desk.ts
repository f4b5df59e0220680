/** The server itself: what it is, its limits, the cache, who did what. */
import * as z from "zod";
import { limitPlace, limitsNow } from "../../runtime/answers/limits.ts";
import type { About, LimitList } from "../contract.ts";
import { cursorFor, placeOf } from "../cursors.ts";
import type { ServerParts } from "../parts.ts";
import { withoutUndefined } from "../run-tables.ts";
import { schemas } from "../schemas.ts";
import { note } from "./flows.ts";
import { after, limit, text } from "./queries.ts";
import { route, type Route } from "./route.ts";
import { auditLine } from "./run-detail.ts";

export const deskRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/health",
    summary: "Whether the server answers",
    tag: "server",
    answer: schemas.Health,
    refuses: [],
    handle: () => ({ json: { ok: true } }),
  }),
  route({
    method: "GET",
    path: "/about",
    summary: "Version, store, time and zone",
    tag: "server",
    answer: schemas.About,
    refuses: [],
    handle: ({ parts }) => ({ json: about(parts) }),
  }),
  route({
    method: "GET",
    path: "/limits",
    summary: "Limits this process knows, and how much of each all processes of the store have taken",
    tag: "server",
    answer: schemas.LimitList,
    refuses: [],
    handle: ({ parts }) => ({ json: { limits: limitsNow().map((limit) => overTheStore(parts, limit)) } }),
  }),
  route({
    method: "GET",
    path: "/cache",
    summary: "Kept results of tasks with cacheFor",
    tag: "server",
    query: z.strictObject({
      scope: text(500).exactOptional(),
      after: z.string().max(300).exactOptional(),
      limit: limit(),
    }),
    answer: schemas.CacheList,
    refuses: [],
    handle: ({ parts, query }) => {
      const size = query.limit ?? 50;
      const { entries, total } = parts.queries.cache({ scope: query.scope, after: query.after, limit: size + 1 });
      const page = entries.slice(0, size).map(({ runId, ...entry }) => ({ ...withoutUndefined(entry), run: runId }));
      const last = entries.length > size ? page.at(-1)?.key : undefined;
      return { json: { entries: page, total, ...(last !== undefined && { next: last }) } };
    },
  }),
  route({
    method: "POST",
    path: "/cache/clear",
    summary: "Forgets kept results: one, those of a scope, or all",
    tag: "actions",
    body: schemas.ClearCache,
    answer: schemas.Cleared,
    refuses: [],
    handle: ({ parts, body, by, from }) => {
      const forgotten = parts.queries.clearCache(body);
      note(parts, { action: "clear-cache", by, from, why: body.scope ?? body.key });
      return { json: { forgotten } };
    },
  }),
  route({
    method: "GET",
    path: "/audit",
    summary: "Who did what over this API, the newest first",
    tag: "server",
    query: z.strictObject({ run: text(60).exactOptional(), after, limit: limit() }),
    answer: schemas.AuditList,
    refuses: ["CURSOR_INVALID"],
    handle: ({ parts, query }) => {
      const size = query.limit ?? 50;
      const before = placeOf(query, query.after);
      const lines = parts.queries.audit({ runId: query.run, before, limit: size + 1 });
      const last = lines.length > size ? lines[size - 1]?.no : undefined;
      const page = lines.slice(0, size).map(auditLine);
      return { json: { lines: page, ...(last !== undefined && { next: cursorFor(query, last) }) } };
    },
  }),
];

/** What this process holds is in the store too, where its runs are. */
function overTheStore({ queries, clock }: ServerParts, limit: LimitList["limits"][number]) {
  const { held, othersWaiting } = queries.placesTaken(limitPlace(limit), clock.now());
  return { ...limit, held: Math.max(held, limit.held), waiting: limit.waiting + othersWaiting };
}

function about({ version, store, queries, clock, startedAt, source, zone, token, ...parts }: ServerParts): About {
  return {
    version,
    node: process.version,
    store: store.name,
    durable: store.durable,
    schemaVersion: queries.schemaVersion,
    zone,
    now: clock.now(),
    startedAt,
    cursor: queries.cursor(),
    files: source.files(),
    draining: parts.draining(),
    openStreams: parts.openStreams(),
    pid: process.pid,
    token: token !== undefined,
  };
}
