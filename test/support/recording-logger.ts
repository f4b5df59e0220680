/** A logger that keeps what it is given. */
import { START } from "./virtual-clock.ts";
import { consoleLogger } from "../../src/runtime/report/console-logger.ts";
import type { Logger, LogLevel, LogRecord } from "../../src/ports/logger.ts";

export interface RecordingLogger extends Logger {
  readonly records: readonly LogRecord[];
  /** `LEVEL logger | message`, without the time. */
  lines(): readonly string[];
  /** The text a person would have seen, times included, in UTC. */
  text(): string;
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3, off: 4 };

export function recordingLogger(options: { readonly level?: LogLevel; readonly json?: boolean } = {}): RecordingLogger {
  const { level = "info", json = false } = options;
  const records: LogRecord[] = [];
  let printed = "";
  const shown = consoleLogger({ level, json, zone: "UTC", write: (text) => (printed += text) });
  return {
    json,
    records,
    writes: (of) => RANK[of] >= RANK[level],
    write: (record) => {
      if (RANK[record.level] < RANK[level]) return;
      records.push(record);
      shown.write(record);
    },
    print: (text) => shown.print(text),
    lines: () => records.map((record) => `${record.level.toUpperCase()} ${record.logger} | ${record.message}`),
    text: () => printed,
  };
}

/** The prefix of a line written at the start of virtual time. */
export const AT_START = `[${new Date(START).toISOString().slice(0, 19).replace("T", " ")}+0000]`;
