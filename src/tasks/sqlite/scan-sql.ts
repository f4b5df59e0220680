/**
 * Reads SQL only as far as it must be read: where statements end, what they begin with, which parameters they have.
 *
 * The driver tells neither how many parameters a statement has (one that is missing would be NULL, without a
 * word) nor that text follows the first statement (it would be ignored). Words inside strings, quoted names and
 * comments do not count. Trigger bodies hold semicolons: as in SQLite's own `sqlite3_complete`, a trigger ends
 * at a semicolon that follows `; END`.
 */

export interface Statement {
  readonly text: string;
  /** The line it begins on, counted from 1. */
  readonly line: number;
  /** Its first word in upper case: `SELECT`, `CREATE`, … */
  readonly keyword: string;
  /** As written and in order, repeated ones once for each place: `?`, `?2`, `:state`, `@state`, `$state`. */
  readonly parameters: readonly string[];
}

interface Token {
  readonly kind: "word" | "parameter" | "semicolon" | "other";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The statements of a text, without those that are only blanks and comments. Linear in its length. */
export function scanSql(sql: string): readonly Statement[] {
  const statements: Statement[] = [];
  let tokens: Token[] = [];
  let newlines = 0;
  let counted = 0;
  const finish = () => {
    const [first, last] = [tokens[0], tokens.at(-1)];
    if (first === undefined || last === undefined) return;
    newlines += sql.slice(counted, first.start).split("\n").length - 1;
    counted = first.start;
    statements.push({
      text: sql.slice(first.start, last.end),
      line: newlines + 1,
      keyword: first.text.toUpperCase(),
      parameters: tokens.filter((token) => token.kind === "parameter").map((token) => token.text),
    });
    tokens = [];
  };
  for (let at = 0; at < sql.length; ) {
    const token = readToken(sql, at);
    at = token.end;
    if (token.kind === "semicolon" && !goesOnAfterSemicolon(tokens)) finish();
    else if (!isBlank(token)) tokens.push(token);
  }
  finish();
  return statements;
}

/** Inside a trigger only `; END` before a semicolon ends the statement. A lone semicolon ends nothing. */
function goesOnAfterSemicolon(tokens: readonly Token[]): boolean {
  if (!isTrigger(tokens)) return false;
  const [beforeLast, last] = tokens.slice(-2);
  return !(beforeLast?.kind === "semicolon" && last?.text.toUpperCase() === "END");
}

function isTrigger(tokens: readonly Token[]): boolean {
  const words = tokens.slice(0, 6).map((token) => token.text.toUpperCase());
  const begin = words[0] === "EXPLAIN" ? words.indexOf("CREATE") : 0;
  if (words[begin] !== "CREATE") return false;
  const next = words[begin + 1];
  return next === "TRIGGER" || ((next === "TEMP" || next === "TEMPORARY") && words[begin + 2] === "TRIGGER");
}

function isBlank(token: Token): boolean {
  return (
    token.kind === "other" && (/^\s/.test(token.text) || token.text.startsWith("--") || token.text.startsWith("/*"))
  );
}

const WORD_CHARACTER = /[A-Za-z0-9_$\u0080-\uffff]/;

function readToken(sql: string, start: number): Token {
  const first = sql.charAt(start);
  const two = sql.slice(start, start + 2);
  const token = (kind: Token["kind"], end: number): Token => ({ kind, text: sql.slice(start, end), start, end });
  if (first === ";") return token("semicolon", start + 1);
  if (/\s/.test(first)) return token("other", start + 1);
  if (two === "--") return token("other", after(sql, "\n", start));
  if (two === "/*") return token("other", after(sql, "*/", start + 2));
  if (first === "[") return token("other", after(sql, "]", start));
  if (first === "'" || first === '"' || first === "`") return token("other", endOfQuoted(sql, start));
  if (first === "?") return token("parameter", endOfWord(sql, start + 1, /\d/));
  if (":@$".includes(first)) {
    const end = endOfWord(sql, start + 1, WORD_CHARACTER);
    return token(end > start + 1 ? "parameter" : "other", end);
  }
  if (WORD_CHARACTER.test(first)) return token("word", endOfWord(sql, start + 1, WORD_CHARACTER));
  return token("other", start + 1);
}

function after(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found === -1 ? sql.length : found + mark.length;
}

/** A quote inside is written twice. */
function endOfQuoted(sql: string, start: number): number {
  const quote = sql.charAt(start);
  let end = after(sql, quote, start + 1);
  while (sql.charAt(end) === quote) end = after(sql, quote, end + 1);
  return end;
}

function endOfWord(sql: string, from: number, character: RegExp): number {
  let end = from;
  while (end < sql.length && character.test(sql.charAt(end))) end += 1;
  return end;
}
