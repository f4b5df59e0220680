/** `visualize()`: the drawing as a file (whole or not at all), or as text on the screen, and the system's viewer if asked for. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CaudalError } from "../base/errors.ts";
import type { Graph, NodeId } from "../graph/graph.ts";
import type { Program } from "../ports/program.ts";
import { draw, type DrawFormat, lettersMissing } from "../render/draw.ts";
import type { NodeStatus, NodeStatuses } from "../render/status.ts";
import type { Fonts, FontFile } from "../render/typeface.ts";
import type { FinishedRun } from "../runtime/finished-run.ts";
import { namesSecret, valueSummary } from "../runtime/report/value-summary.ts";
import type { StateType } from "../state/task-state.ts";
import { notJsonAt } from "./parameters/json-schema.ts";

export interface VisualizeOptions {
  /** Default: `<flow name>.pdf` in the current folder. Its ending says the format, `-` is standard output. */
  readonly file?: string | undefined;
  /** Decides over the file's ending. Without a file, `text`, `mermaid` and `dot` go to standard output. */
  readonly format?: DrawFormat | undefined;
  /** Opens the file with the system's viewer when it is written. */
  readonly open?: boolean | undefined;
}

/** What drawing touches besides files; tests give their own. */
export interface Screen {
  readonly print: (content: string | Uint8Array) => Promise<void>;
  readonly warn: (line: string) => void;
  /** Starts a program that outlives us. Rejects when it cannot be started. */
  readonly start: (command: string, args: readonly string[]) => Promise<void>;
}

/** The first ending of a format is the one it gets by default. */
const ENDINGS = {
  pdf: [".pdf"],
  svg: [".svg"],
  png: [".png"],
  mermaid: [".mmd", ".mermaid"],
  dot: [".dot", ".gv"],
  text: [".txt"],
} as const satisfies Record<DrawFormat, readonly string[]>;

const FONT_FILES = {
  regular: "Inter-Regular.ttf",
  bold: "Inter-SemiBold.ttf",
  symbols: "DejaVuSans-Symbols.ttf",
} as const satisfies Record<keyof Fonts, string>;

/** Names Windows keeps for devices, with any ending. */
const DEVICE_NAME = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const NAME_CHARACTERS_MAX = 100;
const VALUE_CHARACTERS_MAX = 24;
const LETTERS_NAMED_MAX = 10;

/** Draws a program, with the states of a run where there is one. See `visualizeGraph`. */
export function visualize(
  program: Program,
  options: VisualizeOptions & { readonly run?: FinishedRun | undefined } = {},
): Promise<string> {
  const { run } = options;
  if (run === undefined) return visualizeGraph(program.graph, options);
  return visualizeGraph(withValues(program.graph, run.parameters), options, statusesOf(run));
}

/** Parameters show what the run worked with, in the place of their defaults. */
export function withValues(graph: Graph, values: Readonly<Record<string, unknown>>): Graph {
  const parameters = graph.parameters.map((parameter) => {
    const { default: _standard, ...about } = parameter;
    const value = Object.hasOwn(values, parameter.name)
      ? shownValue(parameter.name, values[parameter.name])
      : undefined;
    return value === undefined ? about : { ...about, default: value };
  });
  return { ...graph, parameters };
}

/** What a drawing may show: JSON as it is, other values in a few words, secrets not at all. */
function shownValue(name: string, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (namesSecret(name)) return "[secret]";
  return notJsonAt(value) === undefined ? value : valueSummary(value, VALUE_CHARACTERS_MAX);
}

/**
 * Writes the drawing and prints `Drawn: <absolute path>`. An existing file is replaced as a whole.
 * @returns the absolute path; `-` when the drawing went to standard output.
 * @throws CaudalError DRAW_FORMAT_UNKNOWN, DRAW_FILE, DRAW_FONTS
 */
export async function visualizeGraph(
  graph: Graph,
  options: VisualizeOptions = {},
  states?: NodeStatuses,
  screen: Screen = SCREEN,
): Promise<string> {
  const { file, format } = targetOf(graph.name, options);
  const how = { format, states, fonts: await fonts() };
  const drawing = await draw(graph, how);
  if (file === undefined) {
    await screen.print(drawing);
    return "-";
  }
  await writeWhole(file, drawing);
  await screen.print(`Drawn: ${file}\n`);
  if (format === "pdf") warnOfSquares(lettersMissing(graph, how), file, screen);
  if (options.open === true) await openFile(file, screen);
  return file;
}

function warnOfSquares(letters: readonly string[], file: string, { warn }: Screen): void {
  if (letters.length === 0) return;
  const named = letters.slice(0, LETTERS_NAMED_MAX).map((letter) => JSON.stringify(letter).slice(1, -1));
  const more = letters.length - named.length;
  warn(
    `The PDF has squares in place of ${named.join(" ")}${more > 0 ? ` and ${more} more` : ""}: its fonts have no such ` +
      `${letters.length === 1 ? "letter" : "letters"}. ${basename(file, extname(file))}.svg or .png would take them ` +
      "from the fonts of this machine.",
  );
}

/** The states of a run as a drawing shows them. */
export function statusesOf(run: FinishedRun): NodeStatuses {
  const statuses = new Map<NodeId, NodeStatus>();
  for (const { id } of run.program.graph.nodes) {
    const children: Partial<Record<StateType, number>> = {};
    const count = run.childCount(id);
    for (let child = 0; child < count; child += 1) {
      const { type } = run.taskState(id, child);
      children[type] = (children[type] ?? 0) + 1;
    }
    statuses.set(id, { state: run.taskState(id).type, ...(count === 0 ? {} : { children }) });
  }
  return statuses;
}

/** `file` undefined: standard output. */
function targetOf(
  flowName: string,
  { file, format }: VisualizeOptions,
): { readonly file: string | undefined; readonly format: DrawFormat } {
  if (format !== undefined && !Object.hasOwn(ENDINGS, format)) throw unknownFormat(format);
  if (file === "-") return { file: undefined, format: format ?? "text" };
  if (file === undefined || file === "") {
    const isText = format === "text" || format === "mermaid" || format === "dot";
    const chosen = format ?? "pdf";
    return { file: isText ? undefined : resolve(`${fileNameOf(flowName)}${ENDINGS[chosen][0]}`), format: chosen };
  }
  const ending = extname(file).toLowerCase();
  if (ending === "") return { file: resolve(`${file}${ENDINGS[format ?? "pdf"][0]}`), format: format ?? "pdf" };
  const chosen = format ?? formatOf(ending);
  if (chosen === undefined) throw unknownFormat(ending);
  return { file: resolve(file), format: chosen };
}

function formatOf(ending: string): DrawFormat | undefined {
  const known = Object.entries(ENDINGS) as [DrawFormat, readonly string[]][];
  return known.find(([, endings]) => endings.includes(ending))?.[0];
}

function unknownFormat(given: string): CaudalError {
  return new CaudalError("DRAW_FORMAT_UNKNOWN", { given, known: Object.values(ENDINGS).map(([ending]) => ending) });
}

/** A file name on every system: no separators, no characters or names Windows refuses, no leading or trailing dots. */
export function fileNameOf(flowName: string): string {
  const name = Array.from(
    flowName
      .replace(/[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"/\\|?*]/gu, "_")
      .trim()
      .replace(/^\.+/, "_"),
  )
    .slice(0, NAME_CHARACTERS_MAX)
    .join("")
    .replace(/[. ]+$/, "");
  if (name === "") return "flow";
  return DEVICE_NAME.test(name) ? `_${name}` : name;
}

/** Into a file beside it first: whoever reads the drawing never sees half of one. */
async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const beside = join(dirname(file), `.${basename(file).slice(0, 60)}.${randomUUID()}.tmp`);
  try {
    await writeFile(beside, content);
    await rename(beside, file);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new CaudalError("DRAW_FILE", { file, why: await whyNot(file, cause) }, { cause });
  }
}

async function whyNot(file: string, cause: unknown): Promise<string> {
  const folder = dirname(file);
  const code = (cause as { readonly code?: unknown } | null)?.code;
  if (code === "ENOENT" && !(await isFolder(folder))) return `there is no folder ${folder}`;
  if (code === "EISDIR" || (await isFolder(file))) return "it is a folder";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "this user may not write there";
  if (code === "EBUSY") return "another program has it open";
  return cause instanceof Error ? cause.message : String(cause);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** Without a shell: the path is one argument, whatever is in it. */
async function openFile(file: string, screen: Screen): Promise<void> {
  const command = process.platform === "darwin" ? "open" : process.platform === "win32" ? "explorer.exe" : "xdg-open";
  try {
    await screen.start(command, [file]);
  } catch (error) {
    screen.warn(`Cannot open ${file} (${command}: ${error instanceof Error ? error.message : String(error)})`);
  }
}

const SCREEN: Screen = {
  print: (content) =>
    new Promise((done, fail) =>
      process.stdout.write(content, (error) => (error === null || error === undefined ? done() : fail(error))),
    ),
  warn: (line) => void process.stderr.write(`${line}\n`),
  start: (command, args) =>
    new Promise((done, fail) => {
      const child = spawn(command, args, { detached: true, stdio: "ignore", shell: false });
      child.on("error", fail);
      child.on("spawn", () => {
        child.unref();
        done();
      });
    }),
};

/** @throws CaudalError DRAW_FONTS */
export async function fonts(): Promise<Fonts> {
  const folder = join(await packageFolder(), "assets", "fonts");
  const font = async (file: string): Promise<FontFile> => ({
    bytes: await readFile(join(folder, file)),
    file: join(folder, file),
  });
  try {
    const [regular, bold, symbols] = await Promise.all([
      font(FONT_FILES.regular),
      font(FONT_FILES.bold),
      font(FONT_FILES.symbols),
    ]);
    return { regular, bold, symbols };
  } catch (cause) {
    throw new CaudalError("DRAW_FONTS", { folder }, { cause });
  }
}

/** The nearest folder above this module with Caudal's own package.json: `src/` and `dist/` lie at different depths. */
async function packageFolder(): Promise<string> {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
    if (text !== undefined && isOurs(text)) return folder;
    if (dirname(folder) === folder) throw new CaudalError("DRAW_FONTS", { folder: start });
  }
}

function isOurs(packageJson: string): boolean {
  try {
    return (JSON.parse(packageJson) as { readonly name?: unknown }).name === "caudal";
  } catch {
    return false;
  }
}
