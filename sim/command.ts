/** The command line of the simulator. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Coverage } from "./coverage.ts";
import { type DrawOptions, drawScenario } from "./draw-scenario.ts";
import { FEATURES, type FeatureName } from "./features.ts";
import { loadSystem, type System } from "./load-system.ts";
import { findMutants } from "./find-mutants.ts";
import { testText } from "./print-test.ts";
import type { Scenario } from "./scenario.ts";
import { shrunk } from "./shrink.ts";
import { type Outcome, simulate } from "./simulate.ts";

const USAGE = `usage: npm run sim -- [--minutes M | --runs N] [--from SEED]   (a world, which is a seed, has one or a few runs)
       npm run sim -- --seed SEED [--features a,b] [--store memory|sqlite] [--detailed]
       npm run sim -- --regressions | --mutants [M01 M02] [--seconds S] [--trials T]`;

/** One seed in so many is played twice, and must come out the same. */
const TWICE_EVERY = 100;
const RUNS = 20_000;
/** Violations after which a search ends: the rest is more of the same. */
const FOUND_MAX = 5;

const SETTINGS = {
  seed: { type: "string" },
  from: { type: "string" },
  runs: { type: "string" },
  minutes: { type: "string" },
  seconds: { type: "string" },
  trials: { type: "string" },
  features: { type: "string" },
  store: { type: "string" },
  detailed: { type: "boolean" },
  regressions: { type: "boolean" },
  mutants: { type: "boolean" },
  help: { type: "boolean" },
} as const;

export async function main(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...words], options: SETTINGS, allowPositionals: true });
  const features = values.features?.split(",") as FeatureName[] | undefined;
  const unknown = features?.filter((name) => !FEATURES.includes(name)) ?? [];
  if (values.help || unknown.length > 0) {
    console.log(USAGE);
    if (unknown.length > 0) console.log(`no feature is called ${unknown.join(", ")}; there are ${FEATURES.join(", ")}`);
    return values.help ? 0 : 2;
  }
  Error.stackTraceLimit = 0; // bodies throw by the thousand, and nobody reads where
  const draw: DrawOptions = {
    features,
    store: values.store as Scenario["store"] | undefined,
  };
  if (values.mutants) return findMutants(positionals, Number(values.seconds ?? 60), Number(values.trials ?? 3));
  const system = await loadSystem();
  if (values.regressions) return replayRegressions(system);
  if (values.seed !== undefined) return replay(Number(values.seed), draw, system, values.detailed ?? false);
  const until = values.minutes === undefined ? undefined : performance.now() + Number(values.minutes) * 60_000;
  const runs =
    values.runs === undefined ? (until === undefined ? RUNS : Number.POSITIVE_INFINITY) : Number(values.runs);
  return search({ from: Number(values.from ?? 1), runs, until, draw }, system);
}

interface Search {
  readonly from: number;
  readonly runs: number;
  readonly until: number | undefined;
  readonly draw: DrawOptions;
}

async function search({ from, runs, until, draw }: Search, system: System): Promise<number> {
  const coverage = new Coverage();
  const found: string[] = [];
  for (let seed = from; coverage.runs < runs && found.length < FOUND_MAX; seed++) {
    if (until !== undefined && performance.now() >= until) break;
    const scenario = drawScenario(seed, draw);
    const outcome = await simulate(scenario, system);
    coverage.add(outcome.world);
    const why = outcome.violation?.invariant ?? (await differs(scenario, outcome, system));
    if (why === undefined) continue;
    found.push(`${seed} ${why}`);
    await tell(scenario, system);
  }
  console.log(coverage.text());
  console.log(found.length === 0 ? "\nnothing found" : `\nfound: ${found.join(", ")}`);
  return found.length === 0 ? 0 : 1;
}

/** One seed, one world: whatever differs in it comes from somewhere it must not. */
async function differs(scenario: Scenario, { unseed }: Outcome, system: System): Promise<string | undefined> {
  if (scenario.seed % TWICE_EVERY !== 0) return undefined;
  const again = await simulate(scenario, system);
  return again.unseed === unseed ? undefined : "nondeterminism";
}

/** What is violated, in the smallest world that shows it, as a story and as a test. */
async function tell(scenario: Scenario, system: System): Promise<void> {
  const small = await shrunk(scenario, system);
  const { world, violation, story, unseed } = await simulate(small, system, { traces: true });
  console.log(`\n== seed ${scenario.seed}, unseed ${unseed}, features ${scenario.features.join(",")}`);
  console.log(world.told.join("\n"));
  if (violation !== undefined) console.log(`${violation.invariant}: ${violation.message}\n${story}`);
  console.log(`\n${testText(small, violation)}`);
  console.log(`\nagain: npm run sim -- --seed ${scenario.seed}${scenario.store === "sqlite" ? " --store sqlite" : ""}`);
}

async function replay(seed: number, draw: DrawOptions, system: System, detailed: boolean): Promise<number> {
  Error.stackTraceLimit = 30;
  const scenario = drawScenario(seed, draw);
  const { world, violation, unseed } = await simulate(scenario, system, { traces: true, detailed });
  console.log(`seed ${seed}, unseed ${unseed}, store ${scenario.store}, features ${scenario.features.join(",")}`);
  if (violation === undefined) {
    console.log(world.told.join("\n"));
    return 0;
  }
  await tell(scenario, system);
  return 1;
}

/** Seeds that once failed, with what they found. They are drawn as they were then for as long as the drawing is the same. */
async function replayRegressions(system: System): Promise<number> {
  const text = readFileSync(fileURLToPath(new URL("./seeds.txt", import.meta.url)), "utf8");
  let failed = 0;
  let played = 0;
  for (const line of text.split("\n")) {
    const [, seed, store] = /^(\d+)(?: (sqlite))?\b/.exec(line) ?? [];
    if (seed === undefined) continue;
    const scenario = drawScenario(Number(seed), { store: (store ?? "memory") as Scenario["store"] });
    const { violation } = await simulate(scenario, system);
    played++;
    if (violation === undefined) continue;
    failed++;
    await tell(scenario, system);
  }
  console.log(`${played} seeds that once failed, ${failed} fail`);
  return failed === 0 ? 0 : 1;
}
