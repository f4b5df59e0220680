/** Somebody who follows a page: saves its files, types its commands, and compares what is printed. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Block, blocksOf, complaintAbout, withBlocks } from "./document.ts";
import { changed } from "./statements.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** As a shell tells of a process that was killed. */
const KILLED = 137;

/** Where the pages say the reader is. */
const FOLDER_IN_PAGES = "/Users/you/flows";

/** What `npx` starts, without asking npm. */
const PROGRAMS: Readonly<Record<string, string>> = {
  caudal: join(ROOT, "dist", "cli.js"),
  tsc: join(ROOT, "node_modules", "typescript", "bin", "tsc"),
};

export interface Reader {
  readonly folder: string;
  /**
   * Does what the page says, from top to bottom, and gives the page as it should be: with what was printed
   * in place of every output that says something else.
   */
  follow(page: string): Promise<string>;
  /** Starts a command to its end. */
  type(command: string): Promise<Printed>;
  save(name: string, text: string): void;
  read(name: string): string;
  leave(): void;
}

export interface Printed {
  /** What stands on the screen: both streams, this folder named as in the pages. */
  readonly text: string;
  readonly exitCode: number | null;
}

/** A new folder of this name after `npm install` of the package, in which commands see these variables. */
export function reader(name: string, env: Readonly<Record<string, string>> = {}): Reader {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "caudal-docs-")));
  const folder = join(top, ...name.split("/"));
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(ROOT, join(folder, "node_modules", "caudal"), "junction");
  const save = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  save("package.json", '{\n  "dependencies": {\n    "caudal": "file:caudal-0.1.0.tgz"\n  }\n}\n');
  const type = (command: string, shown = "") => typed(command, shown, folder, env);
  return {
    folder,
    type,
    save,
    read,
    follow: (page) => followed(page, { read, save, type }),
    leave: () => rmSync(top, { recursive: true, force: true }),
  };
}

interface Hands {
  read(file: string): string;
  save(file: string, text: string): void;
  type(command: string, shown?: string): Promise<Printed>;
}

async function followed(page: string, { read, save, type }: Hands): Promise<string> {
  const blocks = blocksOf(page);
  const complaints = blocks.map(complaintAbout).filter((complaint) => complaint !== undefined);
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
  let undo = () => {};
  const carryOut = async (block: Block): Promise<string> => {
    const { file, in: inFile, once, "output-of": command } = block.marks;
    if (command !== undefined) return afterCommand(block, await type(command, block.text));
    if (file === undefined && inFile === undefined) return block.text;
    undo();
    undo = () => {};
    if (file !== undefined) save(file, `${block.text}\n`);
    else if (inFile !== undefined) {
      const before = read(inFile);
      save(inFile, changed(before, block.text));
      if (once !== undefined) undo = () => save(inFile, before);
    }
    return block.text;
  };
  const texts: string[] = [];
  for (const block of blocks) texts.push(await carryOut(block));
  return withBlocks(
    page,
    blocks.map(({ info }, i) => ({ info, text: texts[i] ?? "" })),
  );
}

/** The block's own text if that was printed, times apart; else what was. */
function afterCommand({ text, marks, line }: Block, printed: Printed): string {
  const expectedCode = marks["exit"] ?? (linesBeforeCtrlC(text) === undefined ? "0" : "130");
  if (String(printed.exitCode) !== expectedCode)
    throw new Error(`line ${line}: ended with ${printed.exitCode}, not ${expectedCode}; it printed:\n${printed.text}`);
  const wanted = linesOf(masked(text.replace(/^\^C\n/m, "")));
  const got = linesOf(masked(printed.text));
  return isShown(wanted, got, marks["order"] === "any")
    ? text
    : withCtrlC(merged(text, printed.text), linesBeforeCtrlC(text));
}

/** What was printed, in the block's own words where only times differ: so a change shows nothing but itself. */
function merged(shown: string, printed: string): string {
  const known = linesOf(shown).map((line) => ({ line, text: masked(line) }));
  return linesOf(printed)
    .map((line) => {
      const at = known.findIndex(({ text }) => text === masked(line));
      return at < 0 ? line : (known.splice(at, 1)[0]?.line ?? line);
    })
    .join("\n");
}

/** How many lines a block has before its `^C`; undefined where nobody presses Ctrl-C. */
function linesBeforeCtrlC(text: string): number | undefined {
  const lines = linesOf(text);
  return lines.includes("^C") ? lines.indexOf("^C") : undefined;
}

function withCtrlC(text: string, at: number | undefined): string {
  return at === undefined ? text : [...linesOf(text).slice(0, at), "^C", ...linesOf(text).slice(at)].join("\n");
}

function isShown(wanted: readonly string[], got: readonly string[], inAnyOrder: boolean): boolean {
  if (inAnyOrder) return [...wanted].sort().join("\n") === [...got].sort().join("\n");
  const pattern = wanted.map((line) => (line === "…" ? "(?:.*\n)*" : `${escaped(line)}\n`));
  return new RegExp(`^${pattern.join("")}$`).test(`${got.join("\n")}\n`);
}

const escaped = (line: string) => line.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

const linesOf = (text: string) => text.trimEnd().split("\n");

/** Without what differs from run to run: times, spans, run ids, the sample API's port. */
function masked(text: string): string {
  return text
    .replaceAll(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}\]/g, "[<time>]")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d/g, "<instant>")
    .replaceAll(/\b\d+(?:\.\d+)? m?s\b/g, "<span>")
    .replaceAll(/\b([Rr]un|resume|retry|approve) [0-9a-z]{26}\b/g, "$1 <id>")
    .replaceAll(/\b(resume|retry|cancel|why|approve|reject) [0-9a-z]{8}\b/g, "$1 <id>")
    .replaceAll(/"at":"[\d:.TZ-]+"/g, '"at":"<instant>"')
    .replaceAll(/"runId":"[0-9a-z]{26}"/g, '"runId":"<id>"')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "<api>");
}

/** What `node FILE` and `npx NAME WORDS…` give to node. */
function nodeArguments([first, name = "", ...words]: readonly string[]): readonly string[] {
  if (first === "node") return [name, ...words];
  const program = PROGRAMS[name];
  if (first !== "npx" || program === undefined) throw new Error(`no reader is asked to type ${first} ${name}`);
  return [program, ...words];
}

/** This folder under its name in the pages, as a path and as the address that stack traces have; and who reads. */
function inPages(text: string, folder: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(folder, FOLDER_IN_PAGES)
    .replaceAll(pathToFileURL(folder).href, `file://${FOLDER_IN_PAGES}`)
    .replaceAll(`approved by ${userInfo().username}`, "approved by you")
    .trimEnd();
}

/** A command in this folder. Ctrl-C is pressed when all that `shown` has before its `^C` is on the screen. */
function typed(
  command: string,
  shown: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Printed> {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(CAUDAL_|COMPLAINTS_API|VITEST|NODE_ENV)/.test(key),
  );
  const child = spawn(process.execPath, nodeArguments(words), {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const interruptAt = linesBeforeCtrlC(shown);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      if (interruptAt !== undefined && !child.killed && text.split("\n").length > interruptAt) child.kill("SIGINT");
    });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const exitCode = signal === "SIGKILL" ? KILLED : code;
      resolve({ text: inPages(text, folder), exitCode });
    });
  });
}
