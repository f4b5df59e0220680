/**
 * Errors that nobody catches, of what bodies started. One that comes from a body is its attempt's; every other goes its
 * way as if nobody had looked: to the listeners of the user's, or, without any, to the end of the process.
 *
 * Node tells monitors first, where the error came from still being known, and asks listeners next: so a listener is
 * there only for an error that has been taken already. Of rejections it tells no monitor where somebody listens for
 * them, so then, while runs are under way, this listens too.
 */
import { type AttemptScope, currentScope } from "../../executor/context.ts";

let active = 0;
let isWatching = false;
let listensToo = false;
let taking = false;

/** For listeners for `uncaughtException`: what they are told of is an attempt's, and has been told there. */
export function isTaken(): boolean {
  return taking;
}

/**
 * Begins to look; the function returned ends what others could notice of it. The monitor stays: a body may outlive its
 * run, and what a run's last abort rejects comes to light when the run is over.
 */
export function catchStrayErrors(): () => void {
  active++;
  if (!isWatching) process.on("uncaughtExceptionMonitor", uncaught);
  isWatching = true;
  if (!listensToo && process.listenerCount("unhandledRejection") > 0) {
    listensToo = true;
    process.on("unhandledRejection", rejected);
  }
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    if (--active === 0) stopListening();
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
