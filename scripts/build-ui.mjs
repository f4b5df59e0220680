/**
 * ui/ → dist/ui/: the page. Modules and styles have a hash in their name and never change under it; index.html names
 * them relatively, and the server puts a `<base>` before them that leads to where the page stands, so it works below any
 * path. Nothing is loaded from elsewhere.
 */
import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, join, relative, sep } from "node:path";
import { licencesOf } from "./licences.mjs";

/** Loaded with the page whatever its address: the words of its language come in a file of their own. */
const MAIN = "ui/src/main.tsx";
/** Before the first paint: which theme and which language. A classic script, because those block. */
const EARLY = "ui/src/early.ts";
/** Holds the stream for all tabs. Built first: the page names its file. */
const WORKER = "ui/src/live/shared-worker.ts";

/** Name under dist/ → text, of everything the page is made of. */
export async function uiFiles(root, esbuild) {
  const shared = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    target: "es2022",
    outdir: "dist/ui",
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    metafile: true,
    write: false,
    sourcemap: false,
    legalComments: "none",
    charset: "utf8",
    logLevel: "warning",
    tsconfig: join(root, "ui", "tsconfig.json"),
    define: { "process.env.NODE_ENV": '"production"' },
  };
  const worker = await esbuild.build({ ...shared, entryPoints: [WORKER], format: "iife" });
  const workerName = basename(worker.outputFiles[0].path);
  const [page, early] = await Promise.all([
    esbuild.build({
      ...shared,
      entryPoints: [MAIN],
      format: "esm",
      splitting: true,
      plugins: [oneFirstPart(root), errorHelp(root)],
      define: { ...shared.define, LIVE_WORKER: JSON.stringify(workerName) },
    }),
    esbuild.build({ ...shared, entryPoints: [EARLY], format: "iife" }),
  ]);
  const outputs = { ...page.metafile.outputs, ...early.metafile.outputs };
  const files = new Map();
  for (const file of [...page.outputFiles, ...early.outputFiles, ...worker.outputFiles])
    files.set(relative(join(root, "dist"), file.path).split(sep).join("/"), file.text);

  const icon = await readFile(join(root, "ui", "icon.svg"), "utf8");
  const iconName = `assets/icon-${createHash("sha256").update(icon).digest("hex").slice(0, 8)}.svg`;
  files.set(`ui/${iconName}`, icon);
  files.set("ui/index.html", await indexHtml(root, outputs, iconName));
  files.set("ui/THIRD-PARTY.txt", await licencesOf(root, Object.keys(page.metafile.inputs)));
  return files;
}

async function indexHtml(root, outputs, icon) {
  const made = Object.entries(outputs);
  const main = made.find(([, { entryPoint }]) => entryPoint === MAIN);
  const early = made.find(([, { entryPoint }]) => entryPoint === EARLY);
  const local = (path) => path.replace(/^dist\/ui\//, "");
  const preload = main[1].imports
    .filter(({ kind }) => kind === "import-statement")
    .map(({ path }) => `<link rel="modulepreload" href="${local(path)}">`);
  const template = await readFile(join(root, "ui", "index.html"), "utf8");
  return template
    .replace("{{icon}}", icon)
    .replace("{{style}}", local(main[1].cssBundle))
    .replace("{{early}}", local(early[0]))
    .replace("{{main}}", local(main[0]))
    .replace("{{preload}}", preload.join("\n    "));
}

/**
 * Whatever is loaded later imports the app as well. Modules that two parts share go into a file for exactly that pair,
 * or three, or four: without this the first page was fourteen requests; with it all it needs is in one.
 */
function oneFirstPart(root) {
  const app = join(root, "ui", "src", "app.tsx");
  const later = new Set();
  return {
    name: "one first part",
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
        if (kind === "dynamic-import") later.add(join(resolveDir, path));
        return undefined;
      });
      build.onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
        if (!later.has(path)) return undefined;
        const contents = `${await readFile(path, "utf8")}\nimport ${JSON.stringify(app)};\n`;
        return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
      });
    },
  };
}

/** `caudal:errors`: what docs/reference/errors.md says of each code, so that the page explains them without a network. */
function errorHelp(root) {
  return {
    name: "error help",
    setup(build) {
      build.onResolve({ filter: /^caudal:errors$/ }, ({ path }) => ({ path, namespace: "caudal" }));
      build.onLoad({ filter: /^caudal:errors$/, namespace: "caudal" }, async () => {
        const text = await readFile(join(root, "docs", "reference", "errors.md"), "utf8");
        return { contents: `export const ERROR_HELP = ${JSON.stringify(sections(text))};`, loader: "js" };
      });
    },
  };
}

/** Code → Markdown below its heading. */
export function sections(markdown) {
  const parts = markdown.split(/^#{2,4} `?([A-Z][A-Z0-9_]+)`?\s*$/m);
  const found = {};
  for (let at = 1; at < parts.length; at += 2) found[parts[at]] = parts[at + 1].split(/^#{1,4} /m)[0].trim();
  return found;
}
