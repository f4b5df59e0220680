/**
 * What bodies print, and state handlers. While runs are active `console.log` and its kin look for the attempt, or the
 * question, they are called in: its line is kept as a log record of that task run and printed raw once (in JSON format
 * only the record is printed). Elsewhere they do what they always did; in JSON format what they print is a record too, so that whoever reads
 * line by line finds nothing else.
 */
import { format } from "node:util";
import { currentSpeaker, type LogLevel } from "../../executor/context.ts";
import type { Logger } from "../../ports/logger.ts";

const LEVELS = { debug: "debug", log: "info", info: "info", warn: "warn", error: "error" } as const satisfies Record<
  string,
  LogLevel
>;
type Method = keyof typeof LEVELS;

let active = 0;
/** Takes what is printed outside of bodies. */
let records: Logger | undefined;
const originals = new Map<Method, (...args: unknown[]) => void>();

/** Starts capturing; the function returned ends it. Nested runs share one patch. */
export function captureConsole(logger: Logger): () => void {
  if (active++ === 0) install();
  if (logger.json && process.env["CAUDAL_LOG_FORMAT"] === "json") records = logger; // a test's logger is quiet, no format
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    if (--active === 0) uninstall();
  };
}

function install(): void {
  for (const method of Object.keys(LEVELS) as Method[]) {
    const original = console[method];
    originals.set(method, original);
    console[method] = (...args: unknown[]) => {
      const scope = currentSpeaker();
      const level = LEVELS[method];
      if (scope === undefined && records !== undefined)
        records.write({ at: Date.now(), level, logger: "caudal.console", message: format(...args) });
      else if (scope === undefined || !scope.captured(level, format(...args))) original.apply(console, args);
    };
  }
}

function uninstall(): void {
  for (const [method, original] of originals) console[method] = original;
  originals.clear();
  records = undefined;
}
