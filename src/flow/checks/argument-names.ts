/**
 * The argument names of a function, read from its source once: they label the edges of drawings.
 *
 * Only plain names count. Destructured and native ones give `undefined`, and so does everything in a function
 * that a minifier wrote: `a`, `b`, `c` explain nothing.
 */

type AnyFunction = (...args: never[]) => unknown;

const HEADER_LENGTH_MAX = 4_096;
const NONE: readonly (string | undefined)[] = [];
const known = new WeakMap<AnyFunction, readonly (string | undefined)[]>();

/** One entry per parameter of the source, undefined where it has no plain name. */
export function argumentNames(fn: AnyFunction): readonly (string | undefined)[] {
  const before = known.get(fn);
  if (before !== undefined) return before;
  const names = readNames(Function.prototype.toString.call(fn));
  known.set(fn, names);
  return names;
}

const BARE_ARROW = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u;
const PLAIN = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)(?:\s*=(?!=)|\s*$)/u;
const REST = /^\.\.\.\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*$/u;

export function readNames(source: string): readonly (string | undefined)[] {
  if (/\[native code\]\s*\}$/.test(source.slice(-20))) return NONE;
  const bare = BARE_ARROW.exec(source.slice(0, 300));
  const header = bare === null ? parametersOf(source.slice(0, HEADER_LENGTH_MAX)) : [bare[1] ?? ""];
  if (header === undefined) return NONE;
  const names = header.map((parameter) => (PLAIN.exec(parameter) ?? REST.exec(parameter))?.[1]);
  return isMinified(source, names) ? names.map(() => undefined) : names;
}

/** Minifiers write one-letter names and no space around `=>`, `,` and `{`; people and formatters do neither both. */
function isMinified(source: string, names: readonly (string | undefined)[]): boolean {
  if (names.length === 0 || names.some((name) => name !== undefined && name.length > 2)) return false;
  const head = source.slice(0, 200);
  return (
    /^(?:async ?)?(?:\([^\s]*\)|[^\s(]+)=>|^(?:async )?function\*?(?: [^\s(]+)?\([^\s]*\)\{/.test(head) &&
    !/\s=>|=>\s/.test(head.slice(0, 60))
  );
}

const CLOSES: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** The texts between the commas of the parameter list, without comments; undefined where it cannot be read. */
function parametersOf(source: string): string[] | undefined {
  const parameters: string[] = [];
  const open: string[] = [];
  let text = "";
  let at = source.startsWith("[") ? computedNameEnd(source) : 0;
  let inside = false;
  while (at < source.length) {
    const skipped = skipQuiet(source, at);
    if (skipped > at) {
      const isComment = source[at] === "/";
      if (inside) text += isComment ? " " : '""';
      at = skipped;
      continue;
    }
    const char = source[at++] ?? "";
    if (!inside) {
      if (char === "(") inside = true;
      continue;
    }
    if (open.length === 0 && (char === "," || char === ")")) {
      if (text.trim() !== "") parameters.push(text.trim());
      text = "";
      if (char === ")") return parameters;
      continue;
    }
    const closing = CLOSES[char];
    if (closing !== undefined) open.push(closing);
    else if (char === open.at(-1)) open.pop();
    text += char;
  }
  return undefined;
}

/** `[computed]() {}`: the name may hold parentheses of its own. */
function computedNameEnd(source: string): number {
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    if (source[at] === "[") depth++;
    if (source[at] === "]" && --depth === 0) return at + 1;
  }
  return 0;
}

/** Past a comment, text or template that begins here; `at` where none does. */
function skipQuiet(source: string, at: number): number {
  const two = source.slice(at, at + 2);
  if (two === "//") return endOf(source, "\n", at);
  if (two === "/*") return endOf(source, "*/", at + 2);
  const quote = source[at];
  if (quote !== '"' && quote !== "'" && quote !== "`") return at;
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === quote) return i + 1;
  }
  return source.length;
}

function endOf(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from);
  return found === -1 ? source.length : found + mark.length;
}
