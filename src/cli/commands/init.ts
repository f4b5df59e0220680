/** `caudal init`: makes a folder ready for flows. Never writes over a file; package.json gains one line, and that is said. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isPlainObject } from "../../base/json.ts";
import { pathText } from "../../runtime/report/code-frame.ts";
import { refusal } from "../load/load-failure.ts";
import { quoted } from "./next-steps.ts";
import type { ExitCode, Shell } from "../shell.ts";
import { packageAbout } from "../../runtime/report/package-about.ts";

const HELLO = `import { flow, task } from "caudal";

const helloWorld = task("hello_world", () => {
  console.log("Hello world!");
  return "Hello Caudal!";
});
const caudalSay = task("caudal_say", (s: string) => console.log(s));

export const first = flow("my first flow!", () => {
  caudalSay(helloWorld());
});

await first.run();
`;

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "nodenext",
    "strict": true,
    "noEmit": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true
  }
}
`;

export function initCommand(folder: string, shell: Shell): Promise<ExitCode> {
  const path = resolve(shell.cwd, folder);
  const say = (done: string, name: string, why = "") =>
    shell.out(
      `${shell.paint.good(done.padEnd(7))} ${pathText(join(path, name), shell.cwd)}${why === "" ? "" : `: ${why}`}`,
    );
  writing(path, () => mkdirSync(path, { recursive: true }));
  preparePackage(path, say);
  for (const [name, text] of [
    ["tsconfig.json", TSCONFIG],
    ["hello.ts", HELLO],
  ] as const) {
    if (existsSync(join(path, name))) say("kept", name, "it was there");
    else {
      writing(join(path, name), () => writeFileSync(join(path, name), text, { flag: "wx" }));
      say("wrote", name);
    }
  }
  const commands = [
    ...(path === shell.cwd ? [] : [`cd ${quoted(pathText(path, shell.cwd))}`]),
    ...(isInstalledFor(path) ? [] : [`npm install ${quoted(installSpec(path))}`]),
    "npx caudal run hello.ts",
  ];
  shell.out(`\nNext:\n${commands.map((command) => `  ${shell.paint.strong(command)}`).join("\n")}`);
  return Promise.resolve(0);
}

/** `"type": "module"` lets plain \`node hello.ts\` run too, where Node strips types itself. */
function preparePackage(path: string, say: (done: string, name: string, why?: string) => void): void {
  const file = join(path, "package.json");
  if (!existsSync(file)) {
    const about = { name: packageName(basename(path)), private: true, type: "module" };
    writing(file, () => writeFileSync(file, `${JSON.stringify(about, undefined, 2)}\n`, { flag: "wx" }));
    return say("wrote", "package.json");
  }
  const text = readFileSync(file, "utf8");
  const about = parsed(text);
  if (about === undefined) return say("kept", "package.json", "it is no JSON object, mend it first");
  if (about["type"] === "module") return say("kept", "package.json", "it was there");
  const was = about["type"] === undefined ? "it had no type" : `it said "type": ${JSON.stringify(about["type"])}`;
  writing(file, () => writeFileSync(file, withModuleType(text, about)));
  say("changed", "package.json", `"type": "module" (${was})`);
}

/** Changes that one line and leaves the rest as it was written, if the text allows it. */
function withModuleType(text: string, about: Readonly<Record<string, unknown>>): string {
  const replaced =
    about["type"] === undefined
      ? text.replace(/^(\s*\{)(\s*)/, '$1$2"type": "module",$2')
      : text.replace(/("type"\s*:\s*)"[^"]*"/, '$1"module"');
  const now = parsed(replaced);
  const indent = /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? 2;
  const isRight =
    now !== undefined &&
    JSON.stringify({ ...now, type: 0 }, Object.keys(now).sort()) ===
      JSON.stringify({ ...about, type: 0 }, [...new Set([...Object.keys(about), "type"])].sort()) &&
    now["type"] === "module";
  return isRight ? replaced : `${JSON.stringify({ ...about, type: "module" }, undefined, indent)}\n`;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What npm accepts as a name, from a folder's. */
function packageName(folder: string): string {
  const name = folder
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^[-._]+|[-._]+$/g, "");
  return name === "" ? "flows" : name;
}

function isInstalledFor(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "node_modules", "caudal", "package.json"))) return true;
    if (folder === dirname(folder)) return false;
  }
}

/** What `npm install` gets it from: where this copy came from, if that is a file; else its name. */
function installSpec(from: string): string {
  const holder = dirname(dirname(packageAbout().folder));
  const about = existsSync(join(holder, "package.json"))
    ? parsed(readFileSync(join(holder, "package.json"), "utf8"))
    : undefined;
  const wanted = isPlainObject(about?.["dependencies"]) ? about["dependencies"]["caudal"] : undefined;
  if (typeof wanted !== "string" || !wanted.startsWith("file:")) return "caudal";
  const tarball = resolve(holder, wanted.slice("file:".length));
  return existsSync(tarball) ? pathText(tarball, from) : "caudal";
}

function writing(file: string, write: () => unknown): void {
  try {
    write();
  } catch (thrown) {
    throw refusal("FILE_NOT_WRITTEN", { file, why: thrown instanceof Error ? thrown.message : String(thrown) });
  }
}
