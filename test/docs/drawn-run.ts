/** The picture of the README: the ETL after a run, drawn by a program that a reader could write. */
import { transformSync } from "esbuild";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reader } from "./reader.ts";

/** What `visualize` draws of one run of this flow file, whose flow is exported as `etl`. */
export async function drawnRun(person: Reader, code: string): Promise<string> {
  const definitions = code.slice(0, code.indexOf("\nawait "));
  const tail = 'const run = await etl.run({ parameters: { size: 25 } });\nawait run.visualize({ file: "etl.svg" });\n';
  const program = transformSync(`${definitions}\n${tail}`, { loader: "ts", format: "esm" }).code;
  writeFileSync(join(person.folder, "drawn.mjs"), program);
  const printed = await person.type("node drawn.mjs");
  if (printed.exitCode !== 0) throw new Error(printed.text);
  return person.read("etl.svg");
}
