/** Records of a run say which run they are of: many may write to one stream. */
import type { Logger } from "../ports/logger.ts";
import type { RunRow } from "../ports/store.ts";

export function recordsOf(logger: Logger, { id, flow }: Pick<RunRow, "id" | "flow">): Logger {
  const of = { runId: id, flow };
  return {
    json: logger.json,
    writes: (level) => logger.writes(level),
    print: (text) => logger.print(text),
    write: (record) => logger.write({ ...record, fields: { ...of, ...record.fields } }),
  };
}
