/** Prints the last screen of a failed run, where lines are printed for people. */
import { readFileSync } from "node:fs";
import type { Logger } from "../../ports/logger.ts";
import { failureScreen } from "./failure-screen.ts";
import type { FinishedRun } from "../finished-run.ts";

function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // the file is gone or not readable: the screen does without its lines
  }
}

/** Runs whose screen was printed, the newest of them: one that failed because of another does not repeat it. */
const shown = new Set<string>();
const SHOWN_MAX = 1_000;

/** @param kept the run is there after this process has ended */
export function showFailure(run: FinishedRun, logger: Logger, kept: boolean): void {
  if (logger.json || !logger.writes("error")) return;
  const { stdout } = process;
  const colour = stdout.isTTY === true && !process.env["NO_COLOR"];
  const options = { colour, width: stdout.columns ?? 100, readSource, cwd: process.cwd(), kept, shown };
  logger.print(failureScreen(run, options));
  shown.add(run.id);
  for (const oldest of shown) {
    if (shown.size <= SHOWN_MAX) break;
    shown.delete(oldest);
  }
}
