/** `flows/*.ts` where no shell has made files of it, as on Windows: of the last part of a path only, in order of names. */
import { existsSync, readdirSync } from "node:fs";
import nodePath from "node:path";

/** What fits nothing, or is a file as it stands, stays: whoever loads it says what is wrong. */
export function expandFiles(
  words: readonly string[],
  cwd: string,
  path: Pick<typeof nodePath, "basename" | "dirname" | "join" | "resolve"> = nodePath,
  namesIn: (folder: string) => readonly string[] = namesOf,
): readonly string[] {
  return words.flatMap((word) => {
    const pattern = path.basename(word);
    if (!/[*?]/.test(pattern) || existsSync(path.resolve(cwd, word))) return [word];
    const folder = path.dirname(word);
    const found = namesIn(path.resolve(cwd, folder)).filter((name) => fits(name, pattern));
    return found.length === 0 ? [word] : found.toSorted().map((name) => path.join(folder, name));
  });
}

/** `*`: any letters, also none; `?`: one. Hidden files are named only by a pattern that begins with a dot. */
function fits(name: string, pattern: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  const text = pattern
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${text}$`, "su").test(name);
}

function namesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
