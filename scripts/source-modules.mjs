/** What every module under src/ imports and exports: what lazy parts are made from. Types count for nothing here. */
import { readFileSync } from "node:fs";
import { posix, join } from "node:path";
import { parseSync } from "oxc-parser";
import { filesIn } from "./tree.mjs";

/**
 * @typedef {object} SourceModule
 * @property {string} path below the root: `src/base/time.ts`
 * @property {Map<string, Set<string>>} imports values it imports from files of ours: file → names
 * @property {Map<string, readonly string[] | undefined>} exports values it exports: name → parameters of a function as
 *   `a` or `...a`; undefined for what is no function
 * @property {boolean} knowsItsPlace it uses `import.meta`
 * @property {readonly string[]} importsLater files of ours it waits for with `import("…")`
 */

/** Every module below `src/`, tests left out, by its path below the root. */
export async function sourceModules(root) {
  const modules = new Map();
  for (const name of await filesIn(join(root, "src"))) {
    const path = posix.join("src", name.split("\\").join("/"));
    if (path.endsWith(".ts") && !path.endsWith(".test.ts"))
      modules.set(path, read(path, readFileSync(join(root, path), "utf8")));
  }
  return modules;
}

/** @returns {SourceModule} */
function read(path, text) {
  const { program, module } = parseSync(path, text);
  const imports = new Map();
  for (const [specifier, name] of importedValues(module)) {
    if (!specifier.startsWith(".")) continue;
    const file = posix.join(posix.dirname(path), specifier);
    imports.set(file, (imports.get(file) ?? new Set()).add(name));
  }
  const exports = new Map(program.body.flatMap(exported));
  return {
    path,
    imports,
    exports,
    knowsItsPlace: module.importMetas.length > 0,
    importsLater: module.dynamicImports
      .map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1))
      .map((to) => (to.startsWith(".") ? posix.join(posix.dirname(path), to) : to)),
  };
}

/** Specifier and name of every value a file imports, or exports again. */
function importedValues({ staticImports, staticExports }) {
  const imported = staticImports.flatMap(({ moduleRequest, entries }) =>
    entries.filter(({ isType }) => !isType).map(({ importName }) => [moduleRequest.value, importName.name ?? "*"]),
  );
  const again = staticExports.flatMap(({ entries }) =>
    entries
      .filter(({ isType, moduleRequest }) => !isType && moduleRequest !== null)
      .map(({ moduleRequest, importName }) => [moduleRequest.value, importName.name ?? "*"]),
  );
  return [...imported, ...again];
}

/** The values one statement exports. Overloads have no body and are passed over. */
function exported(statement) {
  if (statement.type !== "ExportNamedDeclaration" || statement.exportKind === "type") return [];
  const { declaration } = statement;
  if (declaration?.type === "FunctionDeclaration") return [[declaration.id.name, parametersOf(declaration)]];
  if (declaration?.type === "ClassDeclaration") return [[declaration.id.name, undefined]];
  if (declaration?.type !== "VariableDeclaration") return [];
  return declaration.declarations.map(({ id }) => [id.name, undefined]);
}

function parametersOf({ params }) {
  return params.map((parameter, i) => (parameter.type === "RestElement" ? `...a${i}` : `a${i}`));
}
