/** The log of a test's run: kept in a list, or dropped; shown only where the test names a level. */
import type { Logger, LogLevel, LogRecord } from "../ports/logger.ts";
import { loggerFromEnvironment } from "../runtime/report/console-logger.ts";

/** @param kept gets every line as a record, what bodies print among them */
export function testLogger(kept: LogRecord[] | undefined, level: LogLevel | undefined): Logger {
  const shown = level === undefined ? undefined : loggerFromEnvironment(level);
  const write = (record: LogRecord) => {
    kept?.push(record);
    shown?.write(record);
  };
  return {
    // What bodies print arrives as records then, instead of on the screen.
    json: shown?.json ?? true,
    writes: (of) => kept !== undefined || (shown?.writes(of) ?? false),
    write,
    print: (text) => shown?.print(text),
  };
}
