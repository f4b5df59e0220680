/**
 * Eight bugs that the rig must see, each in a copy of the package or in the driver beneath it. A rig that passes them
 * proves nothing; so each of them, planted, must be reported.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { sampleApi } from "./sample-api.ts";
import { atBodies, atTransactions, dieAt, type Point, uncrashed } from "./points.ts";
import { FLOWS, ROOT, Workspace } from "./rig.ts";
import { Sequence } from "./sequence.ts";
import { zombie } from "./zombie.ts";

export interface Planted {
  readonly name: string;
  readonly what: string;
  /** A place in the built text, and what stands there instead. */
  readonly text?: readonly [RegExp, string];
  /** What the preload does (child/preload.mjs). */
  readonly preload?: string;
  readonly flow: string;
  readonly by: "deaths" | "zombie";
  /** Where it can be seen, when not everywhere. */
  readonly at?: "before-begin" | "after-commit";
  /** What is said of it: another complaint may only be a consequence, or chance. */
  readonly says: RegExp;
}

export const PLANTED: readonly Planted[] = [
  {
    name: "M01",
    what: "a body is called before its start is committed",
    text: [/const committed = this\.#commit\(\);/, "this.#carryOut();\n      const committed = this.#commit();"],
    flow: "reference",
    by: "deaths",
    says: /starts are in the store/,
  },
  {
    name: "M02",
    what: "states and history are two transactions",
    preload: "two-transactions",
    at: "before-begin",
    flow: "reference",
    by: "deaths",
    says: /but its history ends in/,
  },
  {
    name: "M04",
    what: "recovery sets a settled task back",
    preload: "settled-again",
    flow: "mapped",
    by: "deaths",
    says: /but it was Success/,
  },
  {
    name: "M05",
    what: "the epoch is not checked at a commit",
    text: [/(fence\d*\b.{1,12}) !== epoch\b/, "$1 === undefined"],
    flow: "slow",
    by: "zombie",
    says: /the zombie wrote/,
  },
  {
    name: "M16",
    what: "recovery forgets how often a task was retried",
    text: [/if \(row\.counters !== void 0\)/, "if (false)"],
    flow: "retrying",
    by: "deaths",
    says: /retried \d+ times of/,
  },
  {
    name: "M25",
    what: "listeners are told before the commit",
    text: [
      /return said = word\(\);/,
      "for (const one of news) for (const call2 of callsOf(parts, one)) call2(() => void 0);\n      news = NO_NEWS;\n      return said = word();",
    ],
    flow: "mapped",
    by: "deaths",
    says: /listeners heard/,
  },
  {
    name: "early",
    what: "a commit is reported before it is one",
    preload: "reported-early",
    flow: "mapped",
    by: "deaths",
    says: /was reported, and the store ends/,
  },
  {
    name: "blob",
    what: "a blob is written after its commit",
    preload: "blob-late",
    at: "after-commit",
    flow: "reference",
    by: "deaths",
    says: /BLOB_MISSING|the stored result \S+ is not in/,
  },
];

export interface Seen {
  readonly planted: Planted;
  /** How many deaths it took; undefined: it was not seen. */
  readonly after: number | undefined;
  readonly said: string;
}

/** A copy of the package in which the text is another. @throws where the place is not there exactly once */
function packageWith(folder: string, [place, instead]: readonly [RegExp, string]): string {
  const copy = join(folder, "caudal");
  cpSync(join(ROOT, "dist"), join(copy, "dist"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(copy, "package.json"));
  for (const name of Object.keys(packageJson.dependencies)) {
    mkdirSync(dirname(join(copy, "node_modules", name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(copy, "node_modules", name), "junction");
  }
  const files = readdirSync(join(copy, "dist"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.c?js$/.test(name))
    .map((name) => join(copy, "dist", name))
    .filter((file) => place.test(readFileSync(file, "utf8")));
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw new Error(`${place} is in ${files.length} files of dist, not in one`);
  writeFileSync(file, readFileSync(file, "utf8").replace(place, instead));
  return copy;
}

const DEATHS_MAX = 60;

/** Plants one bug and kills until something is reported. */
export async function plant(planted: Planted, seed: number): Promise<Seen> {
  const api = await sampleApi();
  const env = { COMPLAINTS_API: api.url };
  const sound = await Workspace.make(env);
  const broken = await Workspace.make(env, planted.text && packageWith(sound.folder, planted.text));
  try {
    if (planted.by === "zombie") {
      const said = (await zombie(broken, "writes", planted.preload)).find((violation) => planted.says.test(violation));
      return { planted, after: said === undefined ? undefined : 1, said: said ?? "" };
    }
    const flow = FLOWS.find(({ name }) => name === planted.flow)!;
    const about = await uncrashed(sound, flow);
    const all = [...atTransactions(about), ...atBodies(about)];
    const points = new Sequence(seed)
      .shuffled(all.filter(({ name }) => name.endsWith(planted.at ?? "")))
      .slice(0, DEATHS_MAX);
    for (const [index, point] of points.entries()) {
      const { violations } = await dieAt(broken, withPlant(point, planted.preload), about.expected);
      const said = violations.find((violation) => planted.says.test(violation));
      if (said !== undefined) return { planted, after: index + 1, said };
    }
    return { planted, after: undefined, said: "" };
  } finally {
    await api.close();
    broken.remove();
    sound.remove();
  }
}

function withPlant(point: Point, plant: string | undefined): Point {
  return { ...point, orders: point.orders.map((order) => ({ ...order, plant })) };
}
