/** All questions to a store in SQLite, on the connection its process has. */
import type { Queries } from "../../../ports/queries.ts";
import { MIGRATIONS } from "../schema.ts";
import { deskQueries } from "./desk-queries.ts";
import type { QueryParts } from "./parts.ts";
import { runQueries } from "./run-queries.ts";
import { taskRunQueries } from "./task-run-queries.ts";
import { timingQueries } from "./timing-queries.ts";

export function sqliteQueries(parts: QueryParts): Queries {
  const questions = { ...runQueries(parts), ...taskRunQueries(parts), ...timingQueries(parts), ...deskQueries(parts) };
  const guarded = Object.entries(questions).map(([name, ask]) => [name, guard(parts, ask as Ask)] as const);
  return { schemaVersion: MIGRATIONS.length, ...(Object.fromEntries(guarded) as typeof questions) };
}

type Ask = (...given: readonly never[]) => unknown;

/** @throws CaudalError STORE_CLOSED, STORE_FAILED, STORE_BUSY */
function guard({ db, open }: QueryParts, ask: Ask): Ask {
  return (...given) => {
    open();
    return db.read(() => ask(...given));
  };
}
