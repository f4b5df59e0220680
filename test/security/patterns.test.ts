/** S25: no pattern of ours takes long over a text that was made to make it take long. */
import { describe, expect, test } from "vitest";
import { sourceFiles } from "../support/source-file.ts";

const LENGTH = 50_000;
/** A linear pattern reads the text in well under a millisecond; a quadratic one takes a second and more. */
const MS_MAX = 100;

interface Pattern {
  readonly at: string;
  readonly source: string;
  readonly flags: string;
}

/** Slower than linear, and read nothing that others can make long: each with what it reads. */
const BOUNDED: Readonly<Record<string, string>> = {
  "src/cli/load/imports.ts /(?:^|[;\\n\\r])\\s*(?:import|export)\\b(?:[^\"'`;()]*?\\bfrom)?\\s*([\"'])([^\"'\\n]+)\\1/":
    "source files of whoever runs them",
  "src/cli/commands/init.ts /^[-._]+|[-._]+$/": "the name of the current folder",
  "src/cli/remote/client.ts /\\/*$/": "an option of the command line",
  "src/cli/commands/serve.ts /^\\/+|\\/+$/": "an option of the command line",
  "src/flow/visualize.ts /[. ]+$/": "at most NAME_CHARACTERS_MAX characters",
  "src/notify/notifier.ts /\\/+$/": "an option of the author's",
  "src/render/printable.ts /\\s*…?$/": "a line of a name, at most 200 characters",
  "src/runtime/report/masking.ts /=+$/": "base64, which ends in two signs at most",
  "src/server/embed.ts /\\/+$/": "an option of the author's",
  "src/server/openapi.ts /[:/.-]+(\\w)/": "paths of our own routes",
  "src/server/page-files.ts /[-.][0-9A-Za-z_-]{8,}\\.\\w+$/": "names of our own files",
  "ui/src/parts/markdown.tsx /(`[^`]+`|\\*\\*[^*]+\\*\\*|\\*[^*\\s][^*]*\\*|\\[[^\\]]+\\]\\([^)\\s]+\\))/":
    "our own page of errors",
};

const PATTERNS: readonly Pattern[] = ["src", "ui/src"].flatMap(sourceFiles).flatMap((file) =>
  file.path.endsWith(".test.ts")
    ? []
    : file.nodes.flatMap((node) => {
        const regex = node["regex"] as { readonly pattern: string; readonly flags: string } | undefined;
        if (node.type !== "Literal" || regex === undefined) return [];
        return [{ at: `${file.path}:${file.lineOf(node)}`, source: regex.pattern, flags: regex.flags }];
      }),
);

/** Characters the pattern speaks of, and one of each kind. */
function lettersOf({ source }: Pattern): readonly string[] {
  const spoken = [...source.replaceAll(/\\[a-zA-Z](\{[^}]*\})?/g, "")].filter((letter) => !/[()|?*+^$]/.test(letter));
  return [...new Set([...spoken, "a", "A", "0", " ", "\n", "\t", "_", ".", "-", "/", "<", "`", "*", '"'])];
}

function* attacksOn(pattern: Pattern): Generator<string> {
  const letters = lettersOf(pattern);
  for (const letter of letters) {
    yield `${letter.repeat(LENGTH)}\u0000`;
    yield `x${letter.repeat(LENGTH)}\u0000x`;
    for (const other of [" ", "a", "\n", "/", "-"]) yield `${`${letter}${other}`.repeat(LENGTH / 2)}\u0000`;
  }
}

/** Milliseconds of processor time for the worst of the attacks; the best of three where one seems slow: machines are busy. */
function slowest(pattern: Pattern): number {
  const regex = new RegExp(pattern.source, pattern.flags.replace("y", ""));
  let worst = 0;
  for (const attack of attacksOn(pattern)) {
    let ms = msFor(regex, attack);
    if (ms > MS_MAX) ms = Math.min(ms, msFor(regex, attack), msFor(regex, attack));
    worst = Math.max(worst, ms);
    if (worst > MS_MAX) return worst;
  }
  return worst;
}

function msFor(regex: RegExp, attack: string): number {
  const began = process.cpuUsage();
  regex.lastIndex = 0;
  if (regex.global) attack.replace(regex, "");
  else regex.test(attack);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

describe("patterns of the source", () => {
  test("S25: are linear in texts made against them", { timeout: 300_000 }, () => {
    const open = PATTERNS.filter((pattern) => !(keyOf(pattern) in BOUNDED));
    const slow = open.filter((pattern) => slowest(pattern) > MS_MAX);

    expect(PATTERNS.length).toBeGreaterThan(100);
    expect(slow.map(({ at, source }) => `${at} /${source}/`)).toEqual([]);
  });

  test("S25: that are let off are still there", () => {
    const known = new Set(PATTERNS.map(keyOf));

    expect(Object.keys(BOUNDED).filter((key) => !known.has(key))).toEqual([]);
  });
});

function keyOf({ at, source }: Pattern): string {
  return `${at.replace(/:\d+$/, "")} /${source}/`;
}
