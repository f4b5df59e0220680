/** Lines for people and records for machines, in Prefect's shape. */
import type { Instant } from "../base/time.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "off";

export interface LogRecord {
  readonly at: Instant;
  readonly level: Exclude<LogLevel, "off">;
  /** `caudal.FlowRunner`, `caudal.TaskRunner`, `caudal.<flow or task name>`. */
  readonly logger: string;
  readonly message: string;
  /** Facts for the JSON format. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface Logger {
  /** Whether lines of this level are written at all: ask before building an expensive one. */
  writes(level: Exclude<LogLevel, "off">): boolean;
  write(record: LogRecord): void;
  /** Text that is no record: what a body printed, the failure screen. Nothing in JSON format. */
  print(text: string): void;
  readonly json: boolean;
}
