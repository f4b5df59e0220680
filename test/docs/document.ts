/**
 * A page of documentation as the tests see it: prose, and code blocks whose first line says what they are.
 *
 *     ```ts file=hello.ts                          a whole file: save it under this name
 *     ```ts in=etl.ts                              statements: put them in place of those of the same name
 *     ```ts in=etl.ts once                         the same, and undone before the next file or change
 *     ```text output-of="npx caudal run hello.ts"  what a command prints; `exit=1` if it ends with that code
 *     ```sh                                        commands for the reader that no test carries out
 *     ```python                                    code in another language
 *
 * In an output a line `…` stands for any number of lines, and `^C` is where a reader presses Ctrl-C. With
 * `order=any` its lines may come in another order. Every other kind of block is refused, so that nothing
 * stands in a page without being checked.
 */
export interface Block {
  /** Line of the page its fence stands in, from 1. */
  readonly line: number;
  /** The whole first line, without the fence. */
  readonly info: string;
  readonly language: string;
  readonly marks: Readonly<Record<string, string>>;
  /** Without a line end at the end. */
  readonly text: string;
}

const FENCED = /^```(\S.*)\n([\s\S]*?)^```$/gm;
const MARK = /([a-z-]+)(?:=(?:"([^"]*)"|(\S+)))?/g;

export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(FENCED)].map(({ index, 1: info = "", 2: text = "" }) => {
    const [language = ""] = info.split(" ");
    const marks = [...info.slice(language.length).matchAll(MARK)];
    return {
      line: page.slice(0, index).split("\n").length,
      info,
      language,
      marks: Object.fromEntries(marks.map(([, name = "", quoted, plain]) => [name, quoted ?? plain ?? ""])),
      text: text.replace(/\n$/, ""),
    };
  });
}

/** The page with other texts, and first lines, in its blocks, in order. As many as it has blocks. */
export function withBlocks(page: string, blocks: readonly { readonly info: string; readonly text: string }[]): string {
  let next = 0;
  return page.replaceAll(FENCED, (before: string) => {
    const block = blocks[next++];
    return block === undefined ? before : `\`\`\`${block.info}\n${block.text === "" ? "" : `${block.text}\n`}\`\`\``;
  });
}

/** What is wrong with the first line of a block; undefined when nothing is. */
export function complaintAbout({ language, marks, line }: Block): string | undefined {
  const known = Object.keys(marks).sort().join(" ");
  const isFine =
    { ts: /^(file|in|in once)$/, js: /^file$/, text: /^(exit )?(order )?output-of$/, sh: /^$/, python: /^$/ }[
      language
    ]?.test(known) ?? false;
  return isFine ? undefined : `line ${line}: a ${language} block with '${known}' is none the tests know`;
}
