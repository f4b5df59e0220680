/** The sample API, on a free port. Loaded from its own file: bundled, it would take itself for the program. */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import type { ComplaintsApi } from "../../examples/etl/complaints-api.mjs";
import { ROOT } from "./rig.ts";

export async function sampleApi(): Promise<ComplaintsApi> {
  const file = pathToFileURL(join(ROOT, "examples", "etl", "complaints-api.mjs")).href;
  const { startComplaintsApi } = (await import(file)) as typeof import("../../examples/etl/complaints-api.mjs");
  return startComplaintsApi({ port: 0 });
}
