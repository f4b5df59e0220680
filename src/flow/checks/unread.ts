/**
 * Failed runs that nobody looked at. Like an unhandled rejection, one of them makes the process end with exit
 * code 1: a script in CI must not look green because nobody asked.
 */

const unread = new Set<object>();
let watching = false;

function setExitCode(): void {
  if (unread.size > 0) process.exitCode ||= 1;
}

/** Notes a failed run. `run` stands for it and is kept until it is read. */
export function failedUnread(run: object): void {
  unread.add(run);
  if (watching) return;
  watching = true;
  process.on("exit", setExitCode);
}

/** Somebody has seen how the run ended. */
export function markRead(run: object): void {
  unread.delete(run);
}
