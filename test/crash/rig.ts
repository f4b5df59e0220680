/**
 * Real processes that are killed, and what must hold of what they leave behind. The process that judges is never
 * killed; the ones that run flows are started again until every run has ended.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { complaintsAtDeath, complaintsAtEnd, differences, endingsOf } from "./checks.ts";
import { openJournal, readJournal } from "./journal.ts";
import { complaintsAfterSweep, readStored, type Stored } from "./stored.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CHILD = fileURLToPath(new URL("./child", import.meta.url));
/** A run that needs more processes than this will never end. */
const LIVES_MAX = 20;

export type Kill =
  | {
      readonly what: "transaction";
      readonly number: number;
      readonly when: "before-begin" | "before-commit" | "after-commit";
    }
  | { readonly what: "body"; readonly number: number; readonly when: "before-start" | "within" | "after-end" }
  | {
      readonly what: "blob";
      readonly number: number;
      readonly when: "made" | "half-written" | "written" | "synced" | "renamed";
    };

/** What a process is told (child/preload.mjs, child/drive.mjs). */
export interface Order {
  readonly kill?: Kill | undefined;
  readonly plant?: string | undefined;
  readonly resume?: string | undefined;
  readonly resumeLast?: boolean | undefined;
  readonly keys?: readonly string[] | undefined;
  /** `shiftMs` from the beginning; `stepMs` when a body says so. */
  readonly clock?: { readonly shiftMs?: number; readonly stepMs?: number };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Flow {
  readonly name: string;
  /** Slugs of task runs whose end depends on where the process died. */
  readonly mayDiffer: (slug: string) => boolean;
  /** Made for places of this class alone. */
  readonly only?: string;
}

export const FLOWS: readonly Flow[] = [
  { name: "reference", mayDiffer: (slug) => slug === "at_most_once-1" },
  { name: "etl", mayDiffer: () => false },
  { name: "mapped", mayDiffer: () => false },
  { name: "cached", mayDiffer: () => false },
  { name: "retrying", mayDiffer: () => false },
  { name: "large", mayDiffer: () => false, only: "C2" },
];

/** A folder in which caudal is installed, with a folder of its own for every life of a run. */
export class Workspace {
  readonly folder = mkdtempSync(join(realpathSync(tmpdir()), "caudal-crash-"));
  readonly #files: ReadonlyMap<string, string>;
  readonly #env: Readonly<Record<string, string>>;
  #places = 0;

  private constructor(files: ReadonlyMap<string, string>, env: Readonly<Record<string, string>>) {
    this.#files = files;
    this.#env = env;
  }

  /** @param caudal the package: a folder with package.json and dist/ */
  static async make(env: Readonly<Record<string, string>>, caudal = ROOT): Promise<Workspace> {
    const workspace = new Workspace(new Map([["etl.mjs", await exampleFlow()]]), env);
    mkdirSync(join(workspace.folder, "node_modules"));
    symlinkSync(caudal, join(workspace.folder, "node_modules", "caudal"), "junction");
    return workspace;
  }

  /** A new folder with every flow in it, and nothing stored yet. */
  place(): Place {
    const folder = join(this.folder, String(++this.#places));
    cpSync(CHILD, folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    for (const [name, text] of this.#files) writeFileSync(join(folder, name), text);
    return new Place(folder, this.#env);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The example as it stands, up to where it is run. */
async function exampleFlow(): Promise<string> {
  const text = readFileSync(join(ROOT, "examples", "etl", "etl.ts"), "utf8");
  const { code } = await transform(text.slice(0, text.indexOf("await etl.visualize")), { loader: "ts" });
  return `${code}\nexport const main = etl;\nexport const settings = { parameters: { size: 25 } };\n`;
}

/** Where one store is, and the journal beside it. */
export class Place {
  readonly folder: string;
  readonly store: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(folder: string, env: Readonly<Record<string, string>>, store = join(folder, ".caudal")) {
    this.folder = folder;
    this.store = store;
    this.#env = env;
  }

  /** Starts a process; `ended` resolves when it has ended, however. */
  start(flow: string, order: Order, env: Readonly<Record<string, string>> = {}) {
    const journal = openJournal(this.folder);
    const kept = Object.entries(process.env).filter(([name]) => !/^(CAUDAL_|VITEST|NODE_)/.test(name));
    const child = spawn(process.execPath, ["--import", "./preload.mjs", "drive.mjs", `${flow}.mjs`], {
      cwd: this.folder,
      env: { ...Object.fromEntries(kept), CRASH_ORDER: JSON.stringify(order), NO_COLOR: "1", ...this.#env, ...env },
      stdio: ["ignore", "pipe", "pipe", ...journal.descriptors],
    });
    journal.close();
    const said = { out: "", err: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (said.out += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said.err += text));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code, signal, ...said }));
    });
    return { child, said, ended };
  }

  journal() {
    return readJournal(this.folder);
  }

  stored(): Stored {
    return readStored(this.store);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What came of one run, or of several on one store. */
export interface Outcome {
  readonly deaths: number;
  readonly lives: number;
  readonly violations: readonly string[];
  /** How many transactions, bodies and written blobs each life had, of those that ended by themselves. */
  readonly lived: readonly { readonly transactions: number; readonly bodies: number; readonly blobs: number }[];
  readonly endings: ReadonlyMap<string, string>;
}

export interface Expected {
  readonly endings: ReadonlyMap<string, string>;
  readonly code: number | null;
}

/** `orders[i]`: of the i-th process; those after the last get none. */
export async function live(
  place: Place,
  flow: Flow,
  orders: readonly Order[],
  expected: Expected | undefined,
): Promise<Outcome> {
  const violations: string[] = [];
  let deaths = 0;
  let resume: string | undefined;
  for (let life = 0; life < LIVES_MAX; life++) {
    const { plant } = orders[0] ?? {};
    const ended = await place.start(flow.name, { plant, ...orders[life], resume }).ended;
    const stored = place.stored();
    if (ended.signal === "SIGKILL") {
      deaths++;
      violations.push(...complaintsAtDeath(stored, place.journal()));
      resume = stored.runs.find(({ row }) => row.state.type === "Paused")?.row.id;
      continue;
    }
    violations.push(...complaintsAboutEnd(ended));
    const waiting = stored.runs.find(({ row }) => row.state.type === "Paused");
    if (waiting !== undefined && ended.code === 0) {
      approve(place.store, waiting.row.id);
      resume = waiting.row.id;
      continue;
    }
    violations.push(...complaintsAfterSweep(place.store));
    const endings = endingsOf(stored, flow.mayDiffer);
    violations.push(...complaintsAtEnd(stored, place.journal(), deaths));
    if (expected !== undefined) {
      violations.push(...differences(expected.endings, endings));
      if (ended.code !== expected.code) violations.push(`exit code ${ended.code}, without a crash ${expected.code}`);
    }
    return { deaths, lives: life + 1, violations, lived: place.journal().lived, endings };
  }
  violations.push(`not at an end after ${LIVES_MAX} processes`);
  return { deaths, lives: LIVES_MAX, violations, lived: [], endings: new Map() };
}

/** A stack is for people who write caudal; whoever runs a flow gets sentences. */
export function complaintsAboutEnd({ code, signal, err }: Ended): string[] {
  const complaints: string[] = [];
  if (/^\s+at .*:\d+:\d+\)?$/m.test(err) || err.includes("node:internal")) complaints.push(`a raw stack: ${err}`);
  if (signal !== null || (code !== 0 && code !== 1))
    complaints.push(`ended with ${code ?? signal}: ${err.slice(0, 500)}`);
  return complaints;
}

/** A person answers what a run waits for, while nobody has it. */
function approve(folder: string, runId: string): void {
  const store = new SqliteStore(folder);
  try {
    if (store.requestsOf(runId).length > 0) return;
    const ask = { kind: "approve", task: "release?", input: undefined } as const;
    store.post({ runId, ask, by: "the rig", at: Date.now() });
  } finally {
    store.close();
  }
}
