/** A task that runs a program and returns what it wrote. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";
import { isPlainObject } from "../../base/json.ts";
import { currentBaseFolder, currentScope } from "../../executor/context.ts";
import { type Check, isOneOf, isWhole, isYesOrNo } from "../../flow/checks/check-options.ts";
import { makeFactoryTask } from "../../flow/factory.ts";
import type { AnySchema, SchemaOutput } from "../../flow/parameters/standard-schema.ts";
import type { Task } from "../../flow/task.ts";
import type { TaskOptions } from "../../flow/task-options.ts";
import { describeValue } from "../../flow/checks/words.ts";
import { checkFactoryOptions } from "../factory-options.ts";
import { type Command, runCommand } from "./run-command.ts";

/** What standard output is read as. `"text"` is without its last line break; `"none"`: it is logged, and not kept. */
export type ShellExpect = "text" | "lines" | "json" | "bytes" | "none";

/** What a call adds to the command: further arguments, each as one, whatever it holds. */
export type ShellArguments = (string | number)[];

interface Program {
  /** The program and its arguments; no shell reads them, so nothing needs quotes. */
  readonly command: readonly string[];
  readonly shell?: false | undefined;
}

interface ShellText {
  /** Text for the shell: `sh` (cmd.exe on Windows). Arguments of the call are `"$1"`, `"$2"`, …, never part of the text. */
  readonly command: string;
  readonly shell: true;
}

interface Surroundings extends TaskOptions {
  /** Where it runs; relative ones belong to the folder that holds the flow's store, which is also the default. */
  readonly cwd?: string | URL | undefined;
  /** Added to this process's environment; undefined takes a name away. */
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
  /** What it reads from its standard input; empty when not given. */
  readonly stdin?: string | Uint8Array | undefined;
  /** `"text"` when not given. */
  readonly expect?: ShellExpect | undefined;
  /** More output is refused, and the program ended; 64 MiB when not given. With `expect: "none"` there is no limit. */
  readonly outputBytesMax?: number | undefined;
}

/** The command, what surrounds it, and the options of all tasks (`timeout` is per attempt). */
export type ShellOptions = Surroundings & (Program | ShellText);

interface ResultOfExpect {
  readonly text: string;
  readonly lines: string[];
  readonly json: unknown;
  readonly bytes: Uint8Array;
  readonly none: undefined;
}

type ResultOf<O> = O extends { readonly output: infer S extends AnySchema }
  ? SchemaOutput<S>
  : O extends { readonly expect: infer E extends ShellExpect }
    ? ResultOfExpect[E]
    : string;

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const MAX_BYTES_MAX = 2 ** 30;
const SHOWN_MAX = 200;

const hasZero = (text: string) => text.includes("\0");

const isCommand: Check = (command) => {
  const parts = typeof command === "string" ? [command] : command;
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === "string"))
    return `must be an array of text such as ["git", "log"], not ${describeValue(command)}`;
  if ((parts[0] ?? "").trim() === "") return "names no program";
  return parts.some(hasZero) ? "has a zero character, which no argument can have" : undefined;
};
const isFolder: Check = (cwd) => {
  if (cwd instanceof URL) return cwd.protocol === "file:" ? undefined : "is no file: address";
  return typeof cwd === "string" && cwd !== "" && !hasZero(cwd)
    ? undefined
    : `must be the path of a folder, not ${describeValue(cwd)}`;
};
const isEnvironment: Check = (env) => {
  if (!isPlainObject(env)) return `must be an object of names and text, not ${describeValue(env)}`;
  const wrong = Object.entries(env).find(
    ([name, value]) =>
      name === "" || /[=\0]/.test(name) || !(value === undefined || (typeof value === "string" && !hasZero(value))),
  );
  return wrong === undefined ? undefined : `has a wrong name or value at '${wrong[0]}': values are text`; // which may be secret
};
const isBytes: Check = (stdin) =>
  typeof stdin === "string" || stdin instanceof Uint8Array
    ? undefined
    : `must be text or bytes, not ${describeValue(stdin)}`;

const OWN: Readonly<Record<Exclude<keyof ShellOptions, keyof TaskOptions>, Check>> = {
  command: isCommand,
  shell: isYesOrNo,
  cwd: isFolder,
  env: isEnvironment,
  stdin: isBytes,
  expect: isOneOf("text", "lines", "json", "bytes", "none"),
  outputBytesMax: isWhole(1, MAX_BYTES_MAX),
};

/**
 * A task that runs a program, such as `shell({ command: ["git", "log", "--oneline"], expect: "lines" })`, and returns
 * its standard output as `expect` says, JSON as `T` or as `output` (a Standard Schema) says. Arguments of the call
 * are added to the command. Each line of output and standard error goes to the task's log as it comes. When the
 * attempt is aborted or times out, the program and all it has started get SIGTERM, and SIGKILL 5 s later.
 *
 * It is over when its output is: what it leaves in the background must not keep the output open (`server >log 2>&1 &`).
 * @throws CaudalError OPTION_INVALID. Its task fails with SHELL_NOT_FOUND, SHELL_FAILED, SHELL_NOT_JSON, SHELL_TOO_LARGE,
 * SHELL_ARGUMENTS
 */
export function shell<T = unknown>(
  options: ShellOptions & { readonly expect: "json"; readonly output?: undefined },
): Task<ShellArguments, Promise<T>>;
export function shell<const O extends ShellOptions>(options: O): Task<ShellArguments, Promise<ResultOf<O>>>;
export function shell(options: ShellOptions): Task<ShellArguments, Promise<unknown>> {
  checkFactoryOptions("shell", options, OWN, isPlainObject(options) ? [complaintAboutForm(options)] : []);
  const { expect = "text", outputBytesMax = OUTPUT_BYTES_MAX } = options;
  return makeFactoryTask("shell", options, async (...given: ShellArguments) => {
    const command = makeCommand(options, given);
    const context = currentScope()?.context();
    context?.log.debug(`${command.shown} (in ${command.cwd})`);
    const bytes = await runCommand(command, {
      signal: context?.signal,
      keptBytesMax: expect === "none" ? undefined : outputBytesMax,
      onLine: (line, from) => {
        if (expect !== "bytes" || from === "stderr") context?.log.info(line);
      },
    });
    return readOutput(bytes, expect, command);
  });
}

function complaintAboutForm({ command, shell: isText }: Readonly<Record<string, unknown>>): string | undefined {
  if (command === undefined) return "command is missing";
  if (typeof command === "string" && isText !== true)
    return 'command is text: write it as an array, ["git", "log"], or let a shell read it with shell: true';
  return Array.isArray(command) && isText === true ? "shell: true takes the command as one text" : undefined;
}

/** @throws CaudalError SHELL_ARGUMENTS */
function makeCommand(options: ShellOptions, given: readonly unknown[]): Command {
  const { cwd, env, stdin } = options;
  const added = given.map(readArgument);
  const [program, args] = options.shell === true ? shellForm(options.command, added) : argvForm(options.command, added);
  const shown = options.shell === true ? [options.command, ...added] : [program, ...args];
  return {
    program,
    args,
    shown: shownCommand(shown),
    cwd: resolve(currentBaseFolder(), cwd instanceof URL ? fileURLToPath(cwd) : (cwd ?? "")),
    env: { ...process.env, ...env },
    stdin,
    isVerbatim: options.shell === true && process.platform === "win32",
  };
}

function readArgument(value: unknown, index: number): string {
  const isPlain = (typeof value === "string" && !hasZero(value)) || Number.isFinite(value);
  if (isPlain) return String(value);
  const why = `argument ${index + 1} of the call is ${describeValue(value)}: arguments are text without zero characters, or numbers`;
  throw new CaudalError("SHELL_ARGUMENTS", { why });
}

function argvForm(
  command: readonly string[],
  added: readonly string[],
): readonly [program: string, args: readonly string[]] {
  const [program = "", ...args] = command;
  return [program, [...args, ...added]];
}

function shellForm(text: string, added: readonly string[]): readonly [program: string, args: readonly string[]] {
  if (process.platform !== "win32") return ["/bin/sh", ["-c", text, "sh", ...added]];
  if (added.length > 0)
    throw new CaudalError("SHELL_ARGUMENTS", {
      why: "cmd.exe takes no arguments beside the text: write the command as an array, without shell: true",
    });
  return [process.env["comspec"] ?? "cmd.exe", ["/d", "/s", "/c", `"${text}"`]];
}

/** One line for people; not for shells to read. */
function shownCommand(parts: readonly string[]): string {
  const line = parts
    .map((part) => (/^[\w@%+=:,./~^-]+$/.test(part) || part === parts[0] ? part : `'${part}'`))
    .join(" ")
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length > SHOWN_MAX ? `${line.slice(0, SHOWN_MAX)}…` : line;
}

/** @throws CaudalError SHELL_NOT_JSON */
function readOutput(bytes: Uint8Array, expect: ShellExpect, command: Command): unknown {
  if (expect === "none") return undefined;
  if (expect === "bytes") return bytes;
  const text = new TextDecoder().decode(bytes);
  if (expect === "json") return parseJson(text, command);
  const whole = text.replace(/\r?\n$/, "");
  if (expect === "text") return whole;
  return whole === "" ? [] : whole.split(/\r?\n/);
}

function parseJson(text: string, command: Command): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const start = text
      .slice(0, SHOWN_MAX)
      .replaceAll(/[\s\p{Cc}]+/gu, " ")
      .trim();
    throw new CaudalError("SHELL_NOT_JSON", { command: command.shown, start }, { cause });
  }
}
