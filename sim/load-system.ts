/**
 * Bundles the system under test and loads it. What a module remembers belongs to a process, and several simulated ones
 * live in one real process: such variables become memories of the process whose turn it is. A planted bug, too, is a
 * change of the source text on its way into the bundle: the product itself has no switches.
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

const STANDS_IN: Readonly<Record<string, string>> = {
  "src/runtime/interrupt.ts": "sim/system/interrupt.ts",
  "src/runtime/report/show-failure.ts": "sim/system/quiet.ts",
  "src/runtime/report/console-capture.ts": "sim/system/quiet.ts",
  "src/runtime/body/stray-errors.ts": "sim/system/quiet.ts",
  "src/store/sqlite/keeping-house.ts": "sim/system/quiet.ts",
  "src/engine/advance.ts": "sim/system/advance-probe.ts",
};

/**
 * Variables in which a module keeps what belongs to a process. What it has worked out of a program (plans, fingerprints,
 * labels) is the same in all of them, and stays with the program.
 */
const OF_PROCESS: Readonly<Record<string, readonly string[]>> = {
  "src/runtime/run.ts": ["keyed", "said"],
  "src/runtime/body/once.ts": ["underWay"],
  "src/runtime/answers/limits.ts": ["limits", "kept"],
  "src/runtime/listeners.ts": ["signals", "atEmptyLoop"],
  "src/runtime/kept/in-hand.ts": ["inHands"],
  "src/runtime/kept/let-go.ts": ["owed"],
  "src/runtime/answers/place-line.ts": ["lines"],
  "src/runtime/answers/flow-places.ts": ["places"],
};

/** @throws where a change finds nothing to change: a planted bug that plants nothing would find nothing either */
export async function loadSystem(changes: readonly TextChange[] = []): Promise<System> {
  return (await import(pathToFileURL(await bundled(changes)).href)) as System;
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
        return { contents: withMemory(file, contents), loader: "ts" };
      });
      build.onEnd(() => {
        const idle = changes.find((change) => !made.has(change));
        if (idle !== undefined) throw new Error(`${idle.file} is not part of what is simulated`);
      });
    },
  };
}

/** What of a module belongs to a process becomes its memory. */
function withMemory(file: string, text: string): string {
  const own = OF_PROCESS[file];
  if (own === undefined) return text;
  let changed = text;
  for (const name of own) {
    const constant = new RegExp(`^const ${name}\\b.*= new (Map|Set|WeakMap|WeakSet)\\b`, "m");
    const kind = constant.exec(changed)?.[1];
    if (kind === undefined) throw new Error(`${file} has no ${name}`);
    changed = changed.replace(`const ${name}`, `let ${name}`);
    const says = name === "limits" ? "limitsAreOfProcess" : "isOfProcess";
    changed += `\n${says}(() => new ${kind}(), (memory) => (${name} = memory));`;
  }
  const memory = JSON.stringify(join(ROOT, "sim/system/process-memory.ts"));
  const process = file.endsWith("/listeners.ts") ? ", nodeProcess as process" : "";
  return `import { isOfProcess, limitsAreOfProcess${process} } from ${memory};\n${changed}`;
}
