/** Changes a file as a reader does who is told "put this in place of what was there". */
import { parseSync } from "oxc-parser";

interface Statement {
  /** What makes it the same statement as one in another text. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

type SyntaxNode = ReturnType<typeof parseSync>["program"]["body"][number];

/** The file with these statements in place of its own of the same name; new ones stand before the next that was there. */
export function changed(file: string, statements: string): string {
  const given = statementsOf(statements);
  let text = file;
  for (const [index, statement] of given.entries()) {
    const code = statements.slice(statement.start, statement.end);
    const there = statementsOf(text);
    const own = there.find(({ name }) => name === statement.name);
    if (own !== undefined) {
      text = text.slice(0, own.start) + code + text.slice(own.end);
      continue;
    }
    const later = given.slice(index + 1).map(({ name }) => name);
    const next = statement.name.startsWith("import ")
      ? there.find(({ name }) => !name.startsWith("import "))
      : there.find(({ name }) => later.includes(name));
    const at = next?.start ?? text.length;
    text = `${text.slice(0, at)}${code}\n${next === undefined ? "" : "\n"}${text.slice(at)}`;
  }
  return text;
}

function statementsOf(text: string): readonly Statement[] {
  const { program, errors } = parseSync("block.ts", text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${error.message} in:\n${text}`);
  return program.body.map((node) => ({ name: nameOf(node, text), start: node.start, end: node.end }));
}

function nameOf(node: SyntaxNode, text: string): string {
  if (node.type === "ImportDeclaration") return `import ${node.source.value}`;
  const declared = node.type === "ExportNamedDeclaration" && node.declaration !== null ? node.declaration : node;
  if (declared.type === "VariableDeclaration") {
    const id = declared.declarations[0]?.id;
    return id === undefined ? "" : text.slice(id.start, id.end).replace(/:.*/s, "");
  }
  if ("id" in declared && declared.id !== null && "name" in declared.id) return declared.id.name;
  return text.slice(node.start, node.end).replace(/\(.*/s, "");
}
