/**
 * `docs/reference/cli.md`: what the command line says of itself, in tables. Each command has its place between
 * `<!-- help of NAME -->` and `<!-- end of help -->`, made from the definitions commander goes by.
 */
import type { Argument, Command, Option } from "commander";
import { type SyntaxNode, readSource, textOf } from "../support/source-file.ts";

const PLACE = /<!-- help of ([^>]+?) -->\n\n[\s\S]*?\n\n<!-- end of help -->/g;

/** The commands the page has a place for, in order. */
export function commandsOn(page: string): readonly string[] {
  return [...page.matchAll(PLACE)].map(([, name = ""]) => name);
}

/** The page with what commander knows in its places. */
export function withHelp(page: string, program: Command): string {
  const known = new Map(commandsOf(program).map((command) => [nameOf(command), command]));
  return page.replaceAll(PLACE, (before: string, name: string) => {
    const command = known.get(name);
    return command === undefined ? before : `<!-- help of ${name} -->\n\n${helpOf(command)}\n\n<!-- end of help -->`;
  });
}

/** The program itself, and each command that is not hidden, in the order of the help; those below one behind it. */
export function commandsOf(program: Command): readonly Command[] {
  const below = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== "help");
  return [program, ...below.flatMap(commandsOf)];
}

/** As it is typed: `runs show`. */
export function nameOf(command: Command): string {
  const above = command.parent === null || command.parent.parent === null ? "" : `${nameOf(command.parent)} `;
  return `${above}${command.name()}`;
}

function helpOf(command: Command): string {
  const help = command.createHelp();
  const rows = [
    ...(command.parent === null ? [] : command.registeredArguments.map(argumentRow)),
    ...help.visibleOptions(command).map(optionRow),
  ];
  const usage = command.parent === null ? command.usage() : `${nameOf(command)} ${command.usage()}`;
  return [
    `\`npx caudal ${usage}\``,
    `${sentence(command.description())}`,
    table(["word", "what it says", "when not given"], rows),
  ].join("\n\n");
}

function argumentRow(argument: Argument): readonly string[] {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  const missing = argument.defaultValue === undefined ? undefined : `\`${String(argument.defaultValue)}\``;
  return [
    code(argument.required ? `<${name}>` : `[${name}]`),
    argument.description,
    missing ?? (argument.required ? "required" : ""),
  ];
}

function optionRow(option: Option): readonly string[] {
  const missing = option.defaultValue === undefined ? undefined : `\`${String(option.defaultValue)}\``;
  return [code(option.flags), option.description, missing ?? (option.mandatory ? "required" : "")];
}

const code = (text: string) => `\`${text}\``;
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  return [header, header.map(() => "---"), ...escaped].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Names in the first column of the table under a heading. */
export function namesUnder(page: string, heading: string): readonly string[] {
  return rowsUnder(page, heading).map(([first = ""]) => first.replaceAll("`", ""));
}

/** The rows of the table under a heading, its first two lines left out. */
export function rowsUnder(page: string, heading: string): readonly (readonly string[])[] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  return [...own.matchAll(/^\|(.*)\|$/gm)]
    .slice(2)
    .map(([, cells = ""]) => cells.split("|").map((cell) => cell.trim()));
}

/** Variables of the environment that a file reads: `process.env["X"]`, `env["X"]`, and a name that is put together up to its changing part. */
export function environmentOf(path: string): readonly string[] {
  const text = textOf(path);
  return readSource(path).nodes.flatMap((node) => {
    if (node.type !== "MemberExpression") return [];
    const of = node.object as SyntaxNode;
    if (!["process.env", "env"].includes(text.slice(of.start, of.end))) return [];
    const key = node.property as SyntaxNode;
    if (node.computed !== true) return [String(key.name)];
    if (key.type === "Identifier") return []; // one of a table, whose names stand there
    if (key.type === "TemplateLiteral") return [text.slice(key.start + 1, key.end - 1).replace(/\$\{.*$/, "<NAME>")];
    return [String(key.value)];
  });
}
