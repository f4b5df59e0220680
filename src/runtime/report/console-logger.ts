/**
 * Log lines as people see them: `[2026-11-23 10:03:53+0000] INFO - caudal.FlowRunner | Beginning Flow run for 'x'`,
 * to stdout, in local time (or `CAUDAL_ZONE`); with `CAUDAL_LOG_FORMAT=json` one JSON object a line.
 */
import { terminalText } from "../../base/terminal-text.ts";
import type { Instant } from "../../base/time.ts";
import type { Logger, LogLevel, LogRecord } from "../../ports/logger.ts";

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3, off: 4 };
const WORD = { debug: "DEBUG", info: "INFO", warn: "WARNING", error: "ERROR" } as const;

const two = (part: number) => String(part).padStart(2, "0");

/** `2026-11-23 10:03:53+0000` by this computer's clock. Intl would do it too, and costs 30 ms at its first use. */
function localStamp(at: Instant): string {
  const date = new Date(at);
  const east = -date.getTimezoneOffset();
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}${east < 0 ? "-" : "+"}${two(Math.floor(Math.abs(east) / 60))}${two(Math.abs(east) % 60)}`;
}

/** The same in a named zone. */
function zonedStamp(zone: string): (at: Instant) => string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "longOffset",
  });
  return (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const offset = (part["timeZoneName"] ?? "GMT").replace("GMT", "").replace(":", "");
    const day = `${part["year"]}-${part["month"]}-${part["day"]}`;
    return `${day} ${part["hour"]}:${part["minute"]}:${part["second"]}${offset === "" ? "+0000" : offset}`;
  };
}

/** One text per second, however many lines. */
function stamper(zone: string | undefined): (at: Instant) => string {
  const make = zone === undefined ? localStamp : zonedStamp(zone);
  let second = Number.NaN;
  let text = "";
  return (at) => {
    const now = Math.floor(at / 1000);
    if (now !== second) text = make(at);
    second = now;
    return text;
  };
}

/** How instants are written for people: as in log lines. */
export function stampFromEnvironment(env: NodeJS.ProcessEnv = process.env): (at: Instant) => string {
  return stamper(usableZone(env["CAUDAL_ZONE"]));
}

export interface ConsoleLoggerOptions {
  readonly level: LogLevel;
  readonly json: boolean;
  readonly zone: string | undefined;
  readonly write: (text: string) => void;
}

export function consoleLogger(options: ConsoleLoggerOptions): Logger {
  const { level, json, write } = options;
  let stamp: ((at: Instant) => string) | undefined; // Intl is loaded with the first line, not with the package
  const line = ({ at, level: of, logger, message }: LogRecord) => {
    stamp ??= stamper(options.zone);
    return terminalText(`[${stamp(at)}] ${WORD[of]} - ${logger} | ${message}\n`);
  };
  const record = ({ at, level: of, logger, message, fields }: LogRecord) =>
    `${JSON.stringify({ at: new Date(at).toISOString(), level: of, logger, message, ...fields })}\n`;
  return {
    json,
    writes: (of) => RANK[of] >= RANK[level],
    write: (entry) => {
      if (RANK[entry.level] >= RANK[level]) write(json ? record(entry) : line(entry));
    },
    print: (text) => {
      if (!json && level !== "off") write(text.endsWith("\n") ? text : `${text}\n`);
    },
  };
}

let toleratesClosedPipe = false;

/** Whoever reads our lines may go away (`| head -1`): the run goes on without them. Other errors stay errors. */
function writeLine(text: string): void {
  if (!toleratesClosedPipe) {
    toleratesClosedPipe = true;
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  if (process.stdout.writable) process.stdout.write(text);
}

/** The logger of a process: `CAUDAL_LOG_LEVEL`, `CAUDAL_LOG_FORMAT`, `CAUDAL_ZONE`; what a run asks for wins. */
export function loggerFromEnvironment(level: LogLevel | undefined, env: NodeJS.ProcessEnv = process.env): Logger {
  const named = (env["CAUDAL_LOG_LEVEL"] ?? "").toLowerCase();
  const known = named === "warning" ? "warn" : named;
  return consoleLogger({
    level: level ?? (Object.hasOwn(RANK, known) ? (known as LogLevel) : "info"),
    json: env["CAUDAL_LOG_FORMAT"] === "json",
    zone: usableZone(env["CAUDAL_ZONE"]),
    write: writeLine,
  });
}

/** An unknown zone must not stop a run whose lines it would only date: local time then. */
function usableZone(zone: string | undefined): string | undefined {
  if (zone === undefined || zone === "") return undefined;
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return zone;
  } catch {
    return undefined;
  }
}
