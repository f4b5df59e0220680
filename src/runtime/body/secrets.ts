/** Secrets that tasks named: from the run's option, else from `CAUDAL_SECRET_<NAME>`; a missing one refuses the run. */
import { CaudalError } from "../../base/errors.ts";
import type { Program } from "../../ports/program.ts";

/** @throws CaudalError SECRET_MISSING with all names at once */
export function readSecrets(
  program: Program,
  given: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  const missing = new Set<string>();
  for (const { secrets } of program.tasks) {
    for (const name of secrets) {
      const value = own(given, name) ?? process.env[`CAUDAL_SECRET_${name}`];
      if (value === undefined) missing.add(name);
      else found.set(name, value);
    }
  }
  if (missing.size > 0) throw new CaudalError("SECRET_MISSING", { names: [...missing] });
  return Object.fromEntries(found);
}

/** A secret may be called `constructor`: what an object inherits was given by nobody. */
function own(given: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return given !== undefined && Object.hasOwn(given, name) ? given[name] : undefined;
}
