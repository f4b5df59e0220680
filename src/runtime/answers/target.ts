/**
 * `target`: a file whose existence is the result. `"reports/{today}/{x}.json"` names it (`{…}`: see
 * `placeholders.ts`). `.json` files hold JSON, others text.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CaudalError } from "../../base/errors.ts";
import type { CacheAnswer } from "../../engine/event.ts";
import type { AttemptAbout } from "../../ports/executor.ts";
import type { KeyBasis } from "./cache.ts";
import { fillPlaceholders } from "./placeholders.ts";

/** @throws CaudalError TARGET_INVALID for a placeholder that is nothing, or no text or number */
function targetPath(basis: KeyBasis, baseFolder: string): string {
  const { functions, rules } = basis;
  const target = functions.target ?? "";
  const refuse = (why: string) => new CaudalError("TARGET_INVALID", { task: rules.name, target, why });
  const path = fillPlaceholders(target, basis, fileName, refuse);
  return resolve(baseFolder, path);
}

/** What stands for something else in a path, on any system. */
const UNSAFE = /[\\/:*?"<>|\p{Cc}]/gu;

/** A value never becomes a path: only one part of a name. */
function fileName(value: string): string {
  return value.replace(UNSAFE, "_").replace(/^\.+/, "_");
}

export async function lookUpTarget(basis: KeyBasis, about: AttemptAbout): Promise<CacheAnswer> {
  const path = targetPath(basis, about.baseFolder());
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "miss" };
    throw unusable(basis, `${path} cannot be read`, error);
  }
  const value: unknown = path.endsWith(".json") ? parsed(basis, path, text) : text;
  return { kind: "hit", value, runId: about.runId, storedAt: 0, expiresAt: undefined, target: path };
}

function parsed(basis: KeyBasis, path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(basis, `${path} is not JSON`, error);
  }
}

/** Writes a result to its target, whole or not at all. @throws CaudalError TARGET_INVALID */
export async function writeTarget(basis: KeyBasis, about: AttemptAbout, value: unknown): Promise<void> {
  const path = targetPath(basis, about.baseFolder());
  const text = path.endsWith(".json") ? JSON.stringify(value, undefined, 2) : value;
  if (typeof text !== "string") throw unusable(basis, `the result is no text, and ${path} does not end in .json`);
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    throw unusable(basis, `${path} cannot be written`, error);
  }
}

function unusable(basis: KeyBasis, why: string, cause?: unknown): CaudalError {
  const data = { task: basis.rules.name, target: basis.functions.target ?? "", why };
  return new CaudalError("TARGET_INVALID", data, cause === undefined ? undefined : { cause });
}
