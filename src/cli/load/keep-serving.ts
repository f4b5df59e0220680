/**
 * Code of flow files runs in the server's process and must not end it: what it throws where nobody catches it is told
 * (what a body started, by its run), and `process.exit` is refused to it. What is nobody's was our mistake, and ends the
 * server in an orderly way.
 */
import { CaudalError } from "../../base/errors.ts";
import { currentScope } from "../../executor/context.ts";
import type { Logger } from "../../ports/logger.ts";
import { isTaken } from "../../runtime/body/stray-errors.ts";
import { placeText } from "../../runtime/report/code-frame.ts";
import { userFrames } from "../../runtime/report/stack-frames.ts";
import { recordOf } from "../../state/error-text.ts";
import { isOfALoadedFile } from "./load-flows.ts";

export interface KeepServingOptions {
  readonly cwd: string;
  readonly logger: Logger;
  /** Puts everything away. */
  readonly stop: () => Promise<void>;
}

const EXIT_OURS = 70;

export function keepServing({ cwd, logger, stop }: KeepServingOptions): void {
  const say = (message: string) => logger.write({ at: Date.now(), level: "error", logger: "caudal.serve", message });
  let ending = false;
  process.on("uncaughtException", (thrown, origin) => {
    if (isTaken()) return;
    const { name, message, stack } = recordOf(thrown);
    const [place] = userFrames(stack);
    const what = `${name}: ${message}${place === undefined ? "" : ` (${placeText(place, cwd)})`}`;
    const how =
      origin === "unhandledRejection" ? "was rejected, and nobody caught it" : "was thrown, and nobody caught it";
    if (isUsersCode() || place !== undefined) return say(`A flow file: ${what} ${how}`);
    say(`The server ends by a mistake of its own. Please report it, with this:\n${stack ?? what}`);
    if (ending) return;
    ending = true;
    void stop().finally(() => exit(EXIT_OURS));
  });
  const { exit } = process;
  process.exit = (code) => {
    if (!isUsersCode()) return exit(code);
    throw new CaudalError("PROCESS_EXIT", { exitCode: String(code ?? process.exitCode ?? 0) });
  };
}

function isUsersCode(): boolean {
  return currentScope() !== undefined || isOfALoadedFile();
}
