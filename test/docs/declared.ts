/**
 * What the source declares, for the reference: the members of an interface or of a type made of several, and what
 * the doors of the package export. Read from the syntax tree, so that a page can be held to what an editor shows.
 */
import { readSource, type SourceFile, type SyntaxNode, textOf } from "../support/source-file.ts";

export interface Member {
  readonly name: string;
  /** As declared, without `readonly` and `| undefined`; of a method its parameters and what it gives. */
  readonly type: string;
  readonly optional: boolean;
}

interface Place {
  readonly file: SourceFile;
  readonly text: string;
}

const files = new Map<string, Place>();

function placeOf(path: string): Place {
  let place = files.get(path);
  if (place === undefined) files.set(path, (place = { file: readSource(path), text: textOf(path) }));
  return place;
}

/**
 * Members of a type of this file, in order. What it takes over from types of `elsewhere`, which have a table of their
 * own, is left out; what it takes over from others is followed into their files.
 */
export function membersOf(path: string, name: string, elsewhere: ReadonlySet<string>): readonly Member[] {
  const place = placeOf(path);
  const declared = declarationOf(place, name);
  if (declared === undefined) throw new Error(`${path} declares no '${name}'`);
  return merged(membersIn(place, declared, new Set([...elsewhere].filter((other) => other !== name))));
}

/** Of `Omit<X, …>` in a type of this file: the names left out, which may stand in a constant beside it. */
export function leftOutBy(path: string, name: string): readonly string[] {
  const place = placeOf(path);
  const declared = declarationOf(place, name);
  const from = declared === undefined ? undefined : place.text.slice(declared.start, declared.end);
  const [, words = ""] = /Omit<\w+, ([^>]*)>/.exec(from ?? "") ?? [];
  const constant = /typeof (\w+)/.exec(words)?.[1];
  const list =
    constant === undefined ? words : (new RegExp(`${constant} = \\[([^\\]]*)\\]`).exec(place.text)?.[1] ?? "");
  return [...list.matchAll(/"(\w+)"/g)].map(([, word = ""]) => word);
}

export interface Exported {
  readonly name: string;
  /** Of the file that declares it. */
  readonly path: string;
  readonly isType: boolean;
}

/** What a door exports. */
export function exportedBy(door: string): readonly Exported[] {
  const { file } = placeOf(door);
  return file.nodes
    .filter(({ type }) => type === "ExportNamedDeclaration")
    .flatMap((node) => {
      const path = file.imports.find(
        (one) => one.again && one.specifier === (node.source as { value: string } | null)?.value,
      )?.file;
      if (path === undefined) return [];
      return (node.specifiers as readonly SyntaxNode[]).map((specifier) => ({
        name: (specifier.exported as { name: string }).name,
        path,
        isType: node.exportKind === "type" || specifier.exportKind === "type",
      }));
    });
}

function declarationOf({ file }: Place, name: string): SyntaxNode | undefined {
  return file.nodes.find(
    (node) =>
      ["TSInterfaceDeclaration", "TSTypeAliasDeclaration", "VariableDeclarator"].includes(node.type) &&
      (node.id as { readonly name?: string }).name === name,
  );
}

function membersIn(place: Place, node: SyntaxNode, elsewhere: ReadonlySet<string>): readonly Member[] {
  const into = (below: unknown) =>
    ((below ?? []) as readonly SyntaxNode[]).flatMap((one) => membersIn(place, one, elsewhere));
  switch (node.type) {
    case "TSInterfaceDeclaration":
      return [...into(node.extends), ...into([node.body])];
    case "TSInterfaceHeritage":
      return named(place, nameOf(node.expression), node.typeArguments, elsewhere);
    case "TSTypeReference":
      return named(place, nameOf(node.typeName), node.typeArguments, elsewhere);
    case "TSInterfaceBody":
      return into(node.body);
    case "TSTypeAliasDeclaration":
      return into([node.typeAnnotation]);
    case "TSUnionType":
    case "TSIntersectionType":
      return into(node.types);
    case "TSParenthesizedType":
      return into([node.typeAnnotation]);
    case "TSTypeLiteral":
      return into(node.members);
    case "VariableDeclarator":
      return into([node.init]);
    case "TSAsExpression":
      return into([node.expression]);
    case "ObjectExpression":
      return into(node.properties);
    case "TSPropertySignature":
    case "TSMethodSignature":
    case "Property":
      return [memberOf(place, node)];
    default:
      return [];
  }
}

function named(place: Place, name: string, given: unknown, elsewhere: ReadonlySet<string>): readonly Member[] {
  if (elsewhere.has(name)) return [];
  if (name === "Omit") {
    const [from, out] = (given as { readonly params: readonly [SyntaxNode, SyntaxNode] }).params;
    const words = place.text.slice(out.start, out.end);
    return membersIn(place, from, elsewhere).filter((member) => !words.includes(`"${member.name}"`));
  }
  const here = declarationOf(place, name);
  if (here !== undefined) return membersIn(place, here, elsewhere);
  const from = place.file.imports.find(({ specifier }) => importsName(place, specifier, name))?.file;
  if (from === undefined) return [];
  const there = placeOf(from);
  const declared = declarationOf(there, name);
  return declared === undefined ? [] : membersIn(there, declared, elsewhere);
}

function importsName({ file }: Place, specifier: string, name: string): boolean {
  return file.nodes.some(
    (node) =>
      node.type === "ImportDeclaration" &&
      (node.source as { value: string }).value === specifier &&
      (node.specifiers as readonly SyntaxNode[]).some((one) => nameOf(one.local) === name),
  );
}

const nameOf = (node: unknown) => (node as { readonly name?: string } | undefined)?.name ?? "";

function memberOf(place: Place, node: SyntaxNode): Member {
  const name = nameOf(node.key);
  if (node.type === "TSPropertySignature") {
    const type = (node.typeAnnotation as { typeAnnotation: SyntaxNode } | null)?.typeAnnotation;
    const written = type === undefined ? "" : shown(place.text, type);
    return { name, type: written.replace(/^\((\(.*\) => \w+)\)$/, "$1"), optional: node.optional === true };
  }
  const { params, returnType } = (node.type === "Property" ? node.value : node) as {
    readonly params: readonly SyntaxNode[];
    readonly returnType: SyntaxNode | null;
  };
  const gives = returnType === null ? "" : tidied(place.text, returnType);
  return { name, type: `(${params.map((one) => parameter(place.text, one)).join(", ")})${gives}`, optional: false };
}

/** A parameter as a caller sees it: with a default it may be left away. */
function parameter(text: string, node: SyntaxNode): string {
  if (node.type === "AssignmentPattern") {
    const left = node.left as SyntaxNode & { readonly name: string; readonly typeAnnotation: SyntaxNode };
    return `${left.name}?${shown(text, left.typeAnnotation)}`;
  }
  const rest = /^\.\.\.\w+: \[(.*)\]$/s.exec(shown(text, node));
  return rest?.[1] ?? shown(text, node);
}

/** As `tidied`, without `| undefined`: a question mark, or the column of defaults, says that. */
function shown(text: string, node: SyntaxNode): string {
  return tidied(text, node).replaceAll(/ \| undefined(?=[;,)}]| \}|$)/g, "");
}

/** On one line, without comments and `readonly`. */
function tidied(text: string, node: SyntaxNode): string {
  return text
    .slice(node.start, node.end)
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/\breadonly (?=[\w[(])/g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/;? \}/g, " }")
    .replace(/^\| /, "")
    .trim();
}

/** A member that several parts of a type declare is one row: with all its types but `undefined`, needed only if all need it. */
function merged(members: readonly Member[]): readonly Member[] {
  const byName = new Map<string, Member[]>();
  for (const member of members) byName.set(member.name, [...(byName.get(member.name) ?? []), member]);
  return [...byName].map(([name, all]) => {
    const types = [...new Set(all.map(({ type }) => type))].filter((type) => type !== "undefined");
    return { name, type: types.join(" | "), optional: all.some(({ optional }) => optional) };
  });
}
