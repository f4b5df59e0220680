/** `24.21.0`: what a Node says it is. */
import { execFileSync } from "node:child_process";

export const versionOf = (node: string): string =>
  execFileSync(node, ["--version"], { encoding: "utf8" }).trim().slice(1);
