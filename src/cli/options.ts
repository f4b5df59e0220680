/** What several commands say of their options. */
import { InvalidArgumentError, Option } from "commander";
import type { LogLevel } from "../ports/logger.ts";
import type { ExitCode } from "./shell.ts";

/** A command that was chosen, to be carried out. */
export type Chosen = () => Promise<ExitCode>;
export type Choose = (command: Chosen) => void;

/** The heading of commands that do not stand on the first page of the help. */
export const MORE = "More:";

const LOG_LEVELS = ["debug", "info", "warn", "warning", "error", "off"];

/** An option that is refused when it is given twice: the last one would win without a word. */
export function once(flags: string, description: string, read: (text: string) => unknown = (text) => text): Option {
  let given = false;
  return new Option(flags, description).argParser((text: string) => {
    if (given) throw new InvalidArgumentError("It is given twice.");
    given = true;
    return read(text);
  });
}

/** For commands that a server elsewhere can carry out. */
export function remote(): Option {
  return once("--remote <url>", "ask the server there instead of this folder (default: CAUDAL_REMOTE)");
}

export function logLevel(text: string): LogLevel {
  if (!LOG_LEVELS.includes(text.toLowerCase()))
    throw new InvalidArgumentError("Levels are debug, info, warn, error and off.");
  return (text.toLowerCase() === "warning" ? "warn" : text.toLowerCase()) as LogLevel;
}

export function count(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError("It is a whole number, 1 or more.");
  return number;
}
