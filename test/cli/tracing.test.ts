/** The built package in a process that is traced, and in one that could be and is not. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, type Folder, FLOW, NPM_INIT, userFolder } from "./user-folder.ts";

/** Exports in batches, as people do: what ends the process early would lose them. */
const TRACES = `import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
const exporter = {
  export(spans, done) {
    for (const { name, status } of spans) process.stderr.write("span " + name + " " + status.code + "\\n");
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
};
new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }).register();
`;
const LISTS = `process.on("exit", () => {
  const loaded = process.moduleLoadList.length;
  const { cache } = process.getBuiltinModule("node:module").createRequire(import.meta.url);
  process.stderr.write("otel " + Object.keys(cache).filter((path) => path.includes("opentelemetry")).length + " of " + (loaded > 0) + "\\n");
});
`;

let folder: Folder;
beforeAll(async () => {
  await buildPackage();
  folder = userFolder({ "package.json": NPM_INIT, "first.mts": FLOW, "traces.mjs": TRACES, "lists.mjs": LISTS });
  mkdirSync(join(folder.path, "node_modules"));
  const installed = fileURLToPath(new URL("../../node_modules/@opentelemetry", import.meta.url));
  symlinkSync(installed, join(folder.path, "node_modules", "@opentelemetry"), "junction");
});
afterAll(() => folder.remove());

const importing = (file: string) => ({
  env: { NODE_OPTIONS: `--import=${pathToFileURL(join(folder.path, file)).href}` },
});

describe("caudal run", () => {
  test("gives its spans to a tracer provider, before the process ends", async () => {
    const { err, code } = await folder.caudal(["run", "first.mts"], importing("traces.mjs"));

    expect([err.trim().split("\n").toSorted(), code]).toEqual([["span flow first 0", "span task answer 0"], 0]);
  });

  test("reads nothing of OpenTelemetry where it is installed and nobody has registered one", async () => {
    const { err } = await folder.caudal(["run", "first.mts"], importing("lists.mjs"));

    expect(err).toBe("otel 0 of true\n");
  });

  test("runs as ever where a tracer is there and the package of its API is not", async () => {
    const claims = 'globalThis[Symbol.for("opentelemetry.js.api.1")] = { version: "1.9.0" };\n';
    const hello =
      'import { flow, task } from "caudal";\nconst run = await flow("f", () => task("t", () => 42)()).run();\nconsole.log(run.result);\n';
    const alone = userFolder({ "package.json": NPM_INIT, "hello.mjs": claims + hello });
    alone.installCopy(".");

    const { out, err, code } = await alone.script("hello.mjs", { env: { CAUDAL_STORE: "memory" } });
    alone.remove();

    expect([out.endsWith("42\n"), err, code]).toEqual([true, "", 0]);
  });
});
