/** Secrets that tasks named: from the run's option, else from `CAUDAL_SECRET_<NAME>`; a missing one refuses the run. */
import { CaudalError } from "../base/errors.ts";
import type { Program } from "../ports/program.ts";

/** @throws CaudalError SECRET_MISSING with all names at once */
export function readSecrets(
  program: Program,
  given: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const missing = new Set<string>();
  for (const { secrets } of program.tasks) {
    for (const name of secrets) {
      const value = given?.[name] ?? process.env[`CAUDAL_SECRET_${name}`];
      if (value === undefined) missing.add(name);
      else found[name] = value;
    }
  }
  if (missing.size > 0) throw new CaudalError("SECRET_MISSING", { names: [...missing] });
  return found;
}
