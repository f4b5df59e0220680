/** Files below a folder, and one digest of what they hold: how a build knows that nothing changed. */
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** Every file below `folder`, sorted, with forward slashes; none where there is no folder. */
export async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(folder, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join("/"),
    )
    .sort();
}

/** A digest of the names and contents of these files and folders, relative to `root`. */
export async function digestOf(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const below = await filesIn(join(root, path));
    for (const name of below.length === 0 ? [path] : below.map((file) => `${path}/${file}`)) {
      const bytes = await readFile(join(root, name)).catch(() => undefined);
      if (bytes !== undefined) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
    }
  }
  return hash.digest("hex");
}
