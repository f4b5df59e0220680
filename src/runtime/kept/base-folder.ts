/** The folder a flow's files belong to: where its store is, or would be. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/**
 * The folder of the nearest package.json above the flow file, not looking into the home folder or the root; else
 * the flow file's own folder; without a file, the current folder.
 */
export function baseFolderOf(file: string | undefined): string {
  if (file === undefined) return process.cwd();
  const home = homedir();
  const own = dirname(file);
  for (let folder = own; folder !== dirname(folder) && folder !== home; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
  }
  return own;
}
