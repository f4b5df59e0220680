/**
 * Bundles the system under test and loads it, as often as processes live at once. A planted bug is a change of the
 * source text on its way into the bundle: the product itself has no switches.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";

export type System = typeof import("./system/system.ts");

/** One change of a file's text; `find` must stand in it exactly once. */
export interface TextChange {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = join(ROOT, "node_modules", ".cache", "caudal", "sim");

/** Processes that may live at once. */
export const PROCESSES_MAX = 3;

const STANDS_IN: Readonly<Record<string, string>> = {
  "src/runtime/interrupt.ts": "sim/system/interrupt.ts",
  "src/runtime/show-failure.ts": "sim/system/quiet.ts",
  "src/runtime/console-capture.ts": "sim/system/quiet.ts",
  "src/store/sqlite/keeping-house.ts": "sim/system/quiet.ts",
  "src/engine/advance.ts": "sim/system/advance-probe.ts",
};

/** What belongs to a process and is kept in a module. */
const REMEMBERED: Readonly<Record<string, string>> = {
  "src/runtime/run.ts": "atProcessStart(() => keyed.clear());",
  "src/runtime/once.ts": "atProcessStart(() => underWay.clear());",
  "src/runtime/listeners.ts":
    'atProcessStart(() => (atEmptyLoop.clear(), process.removeListener("beforeExit", loopIsEmpty)));',
  "src/runtime/limits.ts": "atProcessStart(() => limits.clear());\nseeLimits(limits);",
};

/** @throws where a change finds nothing to change: a planted bug that plants nothing would find nothing either */
export async function loadSystems(changes: readonly TextChange[] = []): Promise<readonly System[]> {
  const file = await bundled(changes);
  const copies: System[] = [];
  for (let copy = 0; copy < PROCESSES_MAX; copy++)
    copies.push((await import(`${pathToFileURL(file).href}?process=${copy}`)) as System);
  return copies;
}

async function bundled(changes: readonly TextChange[]): Promise<string> {
  const esbuild = await import("esbuild");
  const built = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, "sim/system/system.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    plugins: [standIns(), changed(changes)],
    logLevel: "silent",
  });
  const { text } = built.outputFiles[0]!;
  const name = `system-${createHash("sha256").update(text).digest("hex").slice(0, 12)}.mjs`;
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, name), text);
  return join(FOLDER, name);
}

function standIns(): Plugin {
  return {
    name: "stand-ins",
    setup: (build) => {
      build.onResolve({ filter: /^node:async_hooks$/ }, () => ({ path: join(ROOT, "sim/system/sync-scope.ts") }));
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, importer }) => {
        const target = relative(ROOT, join(resolveDir, path)).replaceAll("\\", "/");
        const standIn = STANDS_IN[target];
        if (standIn === undefined || importer.includes("/sim/system/")) return undefined;
        return { path: join(ROOT, standIn) };
      });
    },
  };
}

function changed(changes: readonly TextChange[]): Plugin {
  const made = new Set<TextChange>();
  return {
    name: "changed source",
    setup: (build) => {
      build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        const file = relative(ROOT, path).replaceAll("\\", "/");
        let contents = await readFile(path, "utf8");
        for (const change of changes) {
          if (change.file !== file) continue;
          const parts = contents.split(change.find);
          if (parts.length !== 2) throw new Error(`${basename(file)} has ${parts.length - 1} times: ${change.find}`);
          contents = parts.join(change.put);
          made.add(change);
        }
        const reset = REMEMBERED[file];
        const memory = join(ROOT, "sim/system/process-memory.ts");
        if (reset !== undefined)
          contents += `\nimport { atProcessStart, seeLimits } from ${JSON.stringify(memory)};\n${reset}\n`;
        return { contents, loader: "ts" };
      });
      build.onEnd(() => {
        const idle = changes.find((change) => !made.has(change));
        if (idle !== undefined) throw new Error(`${idle.file} is not part of what is simulated`);
      });
    },
  };
}
