/** The flow of an example, without carrying out what its file does after defining it. */
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Flow } from "../../../src/index.ts";
import { registry } from "../../../src/flow/registry.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples", import.meta.url));

export interface FlowFile<G, R> {
  readonly flow: Flow<G, R>;
  /** Where the flow's relative paths lead: a new folder with a copy of the file. */
  readonly folder: string;
  remove(): void;
}

/** The last flow a file defines before it calls the first one. */
export async function flowFile<G, R>(path: string): Promise<FlowFile<G, R>> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "caudal-testing-")));
  const file = join(folder, "flow.ts");
  cpSync(join(EXAMPLES, path), file);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  const before = registry().loader;
  try {
    await new Promise<void>((resolve, reject) => {
      registry().loader = { intercepted: () => resolve() };
      import(pathToFileURL(file).href).then(() => resolve(), reject);
    });
  } finally {
    registry().loader = before;
  }
  const flow = registry().flows.at(-1) as Flow<G, R>;
  return { flow, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
