/**
 * The peer: openworkflow on SQLite, in the same rounds. It is no dependency: npm installs it once, into
 * node_modules/.cache. Its steps are timed inside its workflow function, so that its client, which polls once a
 * second, and its worker, which polls for work, do not count.
 */
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { npm } from "../test/support/nodes.ts";
import { benchFolder } from "./durable-folder.ts";
import { type Round, stopwatch, type Work } from "./worker.ts";

const VERSION = "0.10.1";
const FOLDER = fileURLToPath(new URL("../node_modules/.cache/caudal/openworkflow/", import.meta.url));
const INSTALLED = join(FOLDER, VERSION, "node_modules", "openworkflow");

interface Step {
  run<T>(config: { readonly name: string }, body: () => Promise<T>): Promise<T>;
}

interface Client {
  defineWorkflow(
    spec: { readonly name: string },
    body: (given: { readonly step: Step }) => Promise<void>,
  ): { run(): Promise<unknown> };
  newWorker(): { start(): Promise<void> };
}

interface Peer {
  readonly OpenWorkflow: new (options: { readonly backend: unknown }) => Client;
  readonly BackendSqlite: { connect(path: string): unknown };
}

/** Why the peer cannot be measured on this Node (`24.21.0`); undefined: it can, and is installed. */
export async function whyNoPeer(node: string): Promise<string | undefined> {
  if (Number(node.split(".")[0]) < 24)
    return "it needs node:sqlite, which Node has without a flag and a warning from 24";
  try {
    if (!existsSync(INSTALLED)) await install();
    return undefined;
  } catch (error) {
    return `npm cannot install it here: ${(error as Error).message.split("\n")[0]}`;
  }
}

async function install(): Promise<void> {
  const making = join(FOLDER, `${VERSION}.${process.pid}`);
  await mkdir(making, { recursive: true });
  await writeFile(join(making, "package.json"), JSON.stringify({ private: true }));
  await npm(["install", `openworkflow@${VERSION}`, "--ignore-scripts"], { cwd: making });
  await rename(making, join(FOLDER, VERSION)).catch(() => rm(making, { recursive: true }));
}

const SHAPES = {
  chain: async (step: Step, steps: number) => {
    let at = 0;
    for (let i = 0; i < steps; i++) {
      const from = at;
      at = await step.run({ name: `plus ${i}` }, async () => from + 1);
    }
  },
  "fan-out": async (step: Step, steps: number) => {
    const all = Array.from({ length: steps }, (_, i) => step.run({ name: `plus ${i}` }, async () => i + 1));
    await Promise.all(all);
  },
};

export async function peerRow(shape: keyof typeof SHAPES, steps: number): Promise<Work> {
  const load = (path: string) => import(pathToFileURL(join(INSTALLED, "dist", path)).href) as Promise<Peer>;
  const { OpenWorkflow } = await load("index.js");
  const { BackendSqlite } = await load("sqlite.js");
  const client = new OpenWorkflow({ backend: BackendSqlite.connect(join(benchFolder(), "peer.db")) });
  let done: (round: Round) => void = () => undefined;
  const workflow = client.defineWorkflow({ name: shape }, async ({ step }) => {
    const stop = stopwatch();
    await SHAPES[shape](step, steps);
    done(stop(steps));
  });
  await client.newWorker().start();
  return {
    round: async () => {
      const round = new Promise<Round>((resolve) => (done = resolve));
      await workflow.run();
      return round;
    },
  };
}
