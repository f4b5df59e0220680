/**
 * Errors that nobody catches, while runs are under way. One that comes from what a body started is that attempt's; every
 * other goes its way as if nobody had looked: to the listeners of the user's, or, without any, to the end of the process.
 *
 * Node tells monitors first, where the error came from still being known, and asks listeners next: so a listener is
 * there only for an error that has been taken already. Of rejections it tells no monitor where somebody listens for
 * them, so then this listens too.
 */
import { type AttemptScope, currentScope } from "../../executor/context.ts";

let active = 0;
let listensToo = false;
let taking = false;

/** For listeners for `uncaughtException`: what they are told of is an attempt's, and has been told there. */
export function isTaken(): boolean {
  return taking;
}

/** Starts looking; the function returned ends it. Nested runs share one look. */
export function catchStrayErrors(): () => void {
  if (active++ === 0) process.on("uncaughtExceptionMonitor", uncaught);
  if (!listensToo && process.listenerCount("unhandledRejection") > 0) {
    listensToo = true;
    process.on("unhandledRejection", rejected);
  }
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    if (--active > 0) return;
    process.removeListener("uncaughtExceptionMonitor", uncaught);
    stopListening();
  };
}

function stopListening(): void {
  listensToo = false;
  process.removeListener("unhandledRejection", rejected);
}

function uncaught(stray: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
  const scope = currentScope();
  if (scope === undefined || process.hasUncaughtExceptionCaptureCallback()) return;
  const isNews = process.listenerCount("uncaughtException") === 0;
  take(scope, stray, origin === "unhandledRejection" ? "rejected" : "threw", isNews);
  taking = true;
  process.once("uncaughtException", () => {
    taking = false; // after all who listened before
  });
}

function rejected(stray: unknown): void {
  const scope = currentScope();
  if (scope !== undefined) return take(scope, stray, "rejected", false);
  if (process.listenerCount("unhandledRejection") > 1) return;
  stopListening(); // who listened has left: rejected once more, it meets what it would have met without us
  void Promise.reject(stray);
}

/** `isNews`: nobody else hears of it. An attempt that has ended cannot fail, but the process must not end well. */
function take(scope: AttemptScope, stray: unknown, how: "rejected" | "threw", isNews: boolean): void {
  if (!scope.strayed(stray, how) && isNews) process.exitCode ??= 1;
}
