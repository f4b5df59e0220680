/** Says why the process is about to end in the middle of loading a file, and with which exit code. */
import type { Refusal } from "./load-failure.ts";
import { refusalText } from "./refusal-text.ts";
import type { Shell } from "../shell.ts";

export function lastWord(shell: Shell): (refused: Refusal) => void {
  return (refused) => {
    const { text, exitCode } = refusalText(refused, shell);
    shell.err(text);
    process.exitCode = exitCode;
  };
}
