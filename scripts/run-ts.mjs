/**
 * Runs a TypeScript file of this repository, on any Node: `node scripts/run-ts.mjs bench/main.ts [arguments]`.
 * Options before the file are Node's.
 *
 * Node 20 cannot run TypeScript, so the file is bundled first (some ten milliseconds, into
 * node_modules/.cache), with packages left as imports. `caudal` means src/, as in tests, and
 * `import.meta.url` stays what it is in the source.
 */
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { step } from "./child.mjs";
import { ensureInstalled, root } from "./install.mjs";

const words = process.argv.slice(2);
const at = words.findIndex((word) => !word.startsWith("--"));
const [flags, [file, ...args]] = at < 0 ? [words, []] : [words.slice(0, at), words.slice(at)];
if (file === undefined) {
  console.error("usage: node scripts/run-ts.mjs [options of Node] FILE [arguments]");
  process.exit(2);
}
await ensureInstalled();
process.exitCode = await step([...flags, await bundled(resolve(file)), ...args], { cwd: process.cwd() });

async function bundled(entry) {
  const esbuild = await import("esbuild");
  const name = `${basename(entry).replace(/\.[^.]+$/, "")}-${createHash("sha256").update(relative(root, entry)).digest("hex").slice(0, 8)}`;
  const folder = join(root, "node_modules", ".cache", "caudal", "run", name);
  await rm(folder, { recursive: true, force: true });
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    plugins: [{ name: "places stay where they are", setup: (build) => build.onLoad({ filter: /\.m?ts$/ }, inPlace) }],
    logLevel: "warning",
  });
  return join(folder, `${name}.mjs`);
}

async function inPlace({ path }) {
  const text = await readFile(path, "utf8");
  const contents = text.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href));
  return { contents, loader: /** @type {const} */ ("ts") };
}
