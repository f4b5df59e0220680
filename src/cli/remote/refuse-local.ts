/** Options that mean something only where a run's code is loaded or its lines are printed. */
import { CaudalError } from "../../base/errors.ts";

const REASONS = {
  file: ["--file", "that server has the code of its flows itself"],
  logLevel: ["--log-level", "nothing of the run is printed here"],
  schedule: ["--schedule", "that server follows it"],
  watch: ["--watch", "that server has the code of its flows itself"],
} as const;

/** @throws CaudalError REMOTE_OPTION for what only a run of this folder can be given */
export function refuseLocal(options: { readonly [name in keyof typeof REASONS]?: unknown }): void {
  for (const [name, [option, why]] of Object.entries(REASONS)) {
    const given = options[name as keyof typeof REASONS];
    if (given !== undefined && given !== false) throw new CaudalError("REMOTE_OPTION", { option, why });
  }
}
