/** Plants each bug in turn, and plays seeds until something does not hold. */
import { drawScenario } from "./draw-scenario.ts";
import { loadSystem, type System } from "./load-system.ts";
import { type Mutant, MUTANTS } from "./mutants.ts";
import { simulate } from "./simulate.ts";

/** Trials of one bug begin so far from each other. */
const SEEDS_APART = 1_000_000;
/** Played twice more often than in a search: what differs between two plays is what some bugs are. */
const TWICE_EVERY = 8;

interface Found {
  readonly seeds: number;
  readonly seconds: number;
  readonly by: string;
  readonly seed: number;
}

/** @param seconds of processor time a trial may take @returns the exit code */
export async function findMutants(ids: readonly string[], seconds: number, trials: number): Promise<number> {
  const wanted = MUTANTS.filter(({ id }) => ids.length === 0 || ids.some((given) => id.startsWith(given)));
  let alive = 0;
  console.log(`planted bugs, trials of each: ${trials}; seeds and time are medians\n`);
  for (const mutant of wanted) {
    const made = await planted(mutant, seconds, trials);
    if (made === undefined) {
      alive++;
      continue;
    }
    const found = made.filter((trial) => trial !== undefined).sort((a, b) => a.seeds - b.seeds);
    const middle = found[Math.floor(found.length / 2)];
    const missed = made.length - found.length;
    if (missed > 0 || middle === undefined) alive++;
    const by = [...new Set(found.map((trial) => trial.by))].join(" ");
    const seeds = found.map(({ seed }) => seed).join(" ");
    const seen =
      middle === undefined
        ? "NOT FOUND"
        : `${String(middle.seeds).padStart(5)} seeds ${middle.seconds.toFixed(1).padStart(5)} s  ${by}`;
    console.log(
      `${mutant.id}  ${seen.padEnd(40)} ${mutant.what} (${seeds})${missed > 0 ? ` (missed ${missed} times)` : ""}`,
    );
  }
  console.log(`\n${wanted.length - alive} of ${wanted.length} found within ${seconds} s each`);
  return alive === 0 ? 0 : 1;
}

/** Undefined where the text it changes has gone: such a bug is not planted, and has to be written anew. */
async function planted(mutant: Mutant, seconds: number, trials: number) {
  let system: System;
  try {
    system = await loadSystem(mutant.changes);
  } catch (thrown) {
    console.log(`${mutant.id}  NOT PLANTED: ${(thrown as Error).message}`);
    return undefined;
  }
  return trialsOf(system, seconds, trials);
}

async function trialsOf(system: System, seconds: number, count: number): Promise<readonly (Found | undefined)[]> {
  const trials: (Found | undefined)[] = [];
  for (let trial = 0; trial < count; trial++) {
    const from = 1 + trial * SEEDS_APART;
    const cpu = process.cpuUsage();
    const spent = () => {
      const { user, system } = process.cpuUsage(cpu);
      return (user + system) / 1_000_000;
    };
    let found: Found | undefined;
    for (let seed = from; found === undefined && spent() < seconds; seed++) {
      const scenario = drawScenario(seed, { store: "memory" });
      const { violation, unseed } = await simulate(scenario, system);
      const again = violation === undefined && seed % TWICE_EVERY === 0 ? await simulate(scenario, system) : undefined;
      const by = violation?.invariant ?? (again !== undefined && again.unseed !== unseed ? "unseed" : undefined);
      if (by !== undefined) found = { seed, seeds: seed - from + 1, seconds: spent(), by };
    }
    trials.push(found);
    if (found === undefined) break;
  }
  return trials;
}
