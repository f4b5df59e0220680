/**
 * Asking a server of ours to end in an orderly way. Windows has no signal that a process could answer: `kill` ends it at
 * once there. So the channel to it is closed, which it takes for the same wish.
 */
import type { ChildProcess } from "node:child_process";

export function askToEnd(
  child: Pick<ChildProcess, "kill" | "disconnect" | "connected">,
  platform: NodeJS.Platform = process.platform,
): void {
  if (platform === "win32" && child.connected) child.disconnect();
  else child.kill("SIGTERM");
}

/** The other side of it: as if SIGTERM had come, also where none can. */
export function endAsAsked(own: Pick<NodeJS.Process, "emit" | "exit"> = process): void {
  if (!own.emit("SIGTERM", "SIGTERM")) own.exit(143);
}
