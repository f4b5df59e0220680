/** The live stream, and its twin for those whose proxies hold streams back. */
import * as z from "zod";
import type { Cursor } from "../contract.ts";
import { frameSince, topicsOf } from "../live-frames.ts";
import type { LiveHub } from "../live.ts";
import type { ServerParts } from "../parts.ts";
import { schemas } from "../schemas.ts";
import { text, whole } from "./queries.ts";
import { route, type Route } from "./route.ts";

const WAIT_MS_MAX = 25_000;
const LOOK_MS = 100;

const after = whole(0, Number.MAX_SAFE_INTEGER).exactOptional();
const topics = text(2_000);

export function liveRoutes(hub: LiveHub): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/live",
      summary: "What happens, as server-sent events",
      tag: "live",
      query: z.strictObject({ topics, after }),
      answer: { contentTypes: ["text/event-stream"] },
      refuses: ["TOO_MANY_STREAMS", "FIELD_INVALID"],
      handle: ({ parts, query, headers }) => ({
        response: hub.open(parts, { topics: query.topics, after: lastEventId(headers) ?? query.after }),
      }),
    }),
    route({
      method: "GET",
      path: "/changes",
      summary: "What happened after a cursor: the stream, by asking again",
      tag: "live",
      query: z.strictObject({ topics, after, wait: whole(0, WAIT_MS_MAX).exactOptional() }),
      answer: schemas.Changes,
      refuses: ["FIELD_INVALID"],
      handle: async ({ parts, query }) => ({ json: await changes(parts, query) }),
    }),
  ];
}

/** Whatever is no number of ours leads to a reset, not to an error: a browser would ask the same again for ever. */
function lastEventId(headers: Headers): Cursor | undefined {
  const given = headers.get("last-event-id");
  if (given === null || given === "") return undefined;
  return /^\d{1,15}$/.test(given) ? Number(given) : -1;
}

async function changes(
  parts: ServerParts,
  query: { readonly topics: string; readonly after?: number; readonly wait?: number },
) {
  const { queries, clock } = parts;
  const runNo = queries.newestRunNo();
  const listening = {
    topics: topicsOf(query.topics),
    cursor: query.after ?? queries.cursor(),
    runNo,
    lines: new Map(),
  };
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const frame = await frameSince(parts, listening, clock.now());
    if (frame !== undefined) return frame;
    if (waitedMs >= (query.wait ?? 0))
      return { type: "changes", cursor: listening.cursor, now: clock.now(), runs: [], taskRuns: [], logs: [] };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
