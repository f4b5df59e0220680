/** What a program makes Node read: the files of packages, and which of Node's own modules. The same on every machine. */
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { run, save } from "./user-folder.ts";

export interface Reading {
  /** Files of installed packages, below node_modules, with forward slashes; sorted. */
  readonly files: readonly string[];
  readonly bytes: number;
  /** Of some of the files. */
  readonly bytesOf: (files: readonly string[]) => number;
  /** Those of the files that are not plain ASCII: V8 keeps such a file with two bytes a letter. */
  readonly wide: readonly string[];
  /** Modules of Node that an empty program does not load. */
  readonly builtins: readonly string[];
}

/** Appends the address of every module to a file: hooks run in a thread of their own, and a process may end at once. */
const RECORDER = `
import { register } from "node:module";
const hooks = \`
import { appendFileSync } from "node:fs";
export async function load(url, context, next) {
  appendFileSync(\${JSON.stringify(process.env.RECORD)}, url + "\\\\n");
  return next(url, context);
}\`;
register("data:text/javascript," + encodeURIComponent(hooks));
`;

/** What \`require\` read, and Node's own modules: told at the end, without hooks, which load modules themselves. */
const AT_THE_END = `
import { createRequire } from "node:module";
const { cache } = createRequire(import.meta.url);
process.on("exit", () => console.log("\\n" + JSON.stringify({ required: Object.keys(cache), builtins: process.moduleLoadList })));
`;

/** Runs this ES module in the folder, for what it reads. */
export async function readingOf(program: string, folder: string, node: string): Promise<Reading> {
  const record = join(folder, "record.txt");
  await save(folder, "program.mjs", program);
  await save(folder, "empty.mjs", "console.log();\n");
  await save(folder, "recorder.mjs", RECORDER);
  await save(folder, "at-the-end.mjs", AT_THE_END);
  await save(folder, "record.txt", "");
  await run(node, ["--import", "./recorder.mjs", "program.mjs"], {
    cwd: folder,
    env: { ...process.env, RECORD: record },
  });
  const told = await toldAtTheEnd("program.mjs", folder, node);
  const bare = await toldAtTheEnd("empty.mjs", folder, node);
  const imported = (await readFile(record, "utf8")).split("\n").filter((url) => url.startsWith("file:"));
  const files = [...new Set([...imported.map((url) => fileURLToPath(url)), ...told.required])]
    .map((path) => relative(join(folder, "node_modules"), path).split("\\").join("/"))
    .filter((path) => !path.startsWith(".."))
    .sort();
  const texts = await Promise.all(files.map((path) => readFile(join(folder, "node_modules", path))));
  const bytesOf = (some: readonly string[]) =>
    files.reduce((sum, file, i) => sum + (some.includes(file) ? (texts[i]?.length ?? 0) : 0), 0);
  return {
    files,
    bytes: bytesOf(files),
    bytesOf,
    wide: files.filter((_, i) => texts[i]?.some((byte) => byte > 127)),
    builtins: told.builtins.filter((name) => !bare.builtins.includes(name)),
  };
}

interface Told {
  readonly required: readonly string[];
  readonly builtins: readonly string[];
}

async function toldAtTheEnd(file: string, cwd: string, node: string): Promise<Told> {
  const { stdout } = await run(node, ["--import", "./at-the-end.mjs", file], { cwd });
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Told;
}
