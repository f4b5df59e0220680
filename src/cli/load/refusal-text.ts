/** A refusal as the CLI prints it: code and sentence, the lines of source it is about, and its exit code. */
import type { ErrorCode } from "../../base/error-sentences.ts";
import { isCaudalError, type CaudalError } from "../../base/errors.ts";
import { codeFrame, placeText } from "../../runtime/report/code-frame.ts";
import { userFrames, type SourcePlace } from "../../runtime/report/stack-frames.ts";
import { readText } from "./imports.ts";
import { Refusal } from "./load-failure.ts";
import type { ExitCode, Shell } from "../shell.ts";

/**
 * sysexits(3): 65 the data (a flow file, a parameter), 66 no such input, 70 our mistake, 73 cannot create, 74 a file that
 * is gone, 78 configuration.
 */
const EXIT: Partial<Record<ErrorCode, ExitCode>> = {
  COMMAND_LINE: 2,
  FLOW_AMBIGUOUS: 2,
  FLOW_UNKNOWN: 2,
  RUN_AMBIGUOUS: 2,
  DRAW_FORMAT_UNKNOWN: 2,
  FLOW_FILE: 66,
  RUN_UNKNOWN: 66,
  RUN_CODE_MISSING: 66,
  STORE_NONE: 66,
  STORE_IN_USE: 69,
  PORT_IN_USE: 69,
  REMOTE_UNREACHABLE: 69,
  REMOTE_FOREIGN: 69,
  REMOTE_ADDRESS: 2,
  REMOTE_OPTION: 2,
  REMOTE_NEWER: 78,
  TOKEN_REFUSED: 77,
  FLOW_NOT_SERVED: 66,
  FILE_NOT_WRITTEN: 73,
  STORE_GONE: 74,
  DRAW_FILE: 73,
  TWO_CAUDALS: 78,
  SECRET_MISSING: 78,
  BIND_WITHOUT_TOKEN: 78,
  TOKEN_WEAK: 78,
  SERVE_IN_MEMORY: 78,
};
const EXIT_DATA: ExitCode = 65;
const EXIT_OURS: ExitCode = 70;
const FRAMES_MAX = 4;

export interface Told {
  readonly text: string;
  readonly exitCode: ExitCode;
}

export function refusalText(
  thrown: unknown,
  { cwd, errColour, errPaint, width }: Pick<Shell, "cwd" | "errColour" | "errPaint" | "width">,
): Told {
  const coded = codedOf(thrown);
  if (coded === undefined) {
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return {
      text: `${errPaint.bad("caudal failed by a mistake of its own.")} Please report it, with this:\n${text}`,
      exitCode: EXIT_OURS,
    };
  }
  const { error, places } = coded;
  const at = locatedAt(error);
  const message = at === undefined ? error.message : error.message.replace(`\n    at ${at}`, "");
  const lines = [`${errPaint.bad(error.code)}: ${message}`];
  const [first, ...callers] = places;
  if (first !== undefined) {
    const source = readText(first.file);
    lines.push("", `  at ${errPaint.place(placeText(first, cwd))}`);
    if (source !== undefined)
      lines.push(...codeFrame(source, first, { colour: errColour, width: width - 4 }).map((line) => `    ${line}`));
    const above = new Set(
      callers.map((place) => placeText(place, cwd)).filter((text) => text !== placeText(first, cwd)),
    );
    lines.push(...[...above].slice(0, FRAMES_MAX).map((text) => errPaint.faint(`  at ${text}`)));
  }
  return { text: lines.join("\n"), exitCode: EXIT[error.code] ?? EXIT_DATA };
}

interface Coded {
  readonly error: CaudalError;
  readonly places: readonly SourcePlace[];
}

/** By name and code: an error may come from another copy of the package. */
function codedOf(thrown: unknown): Coded | undefined {
  if (thrown instanceof Refusal) return { error: thrown.error, places: thrown.places };
  if (isCaudalError(thrown)) return { error: thrown, places: userFrames(thrown.stack) };
  if (thrown instanceof Error && thrown.name === "CaudalError" && "code" in thrown)
    return { error: thrown as CaudalError, places: userFrames(thrown.stack) };
  return undefined;
}

/** Authoring errors end their sentence with the user's line, which is shown below it here. */
function locatedAt(error: CaudalError): string | undefined {
  return "line" in error && typeof error.line === "string" ? error.line : undefined;
}
