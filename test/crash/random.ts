/** C7: several processes on one store, killed at any time at all, by a sequence that can be had again. */
import { setTimeout as after } from "node:timers/promises";
import { complaintsAtDeath, complaintsAtEnd, differences, endingOf } from "./checks.ts";
import type { Uncrashed } from "./points.ts";
import { complaintsAboutEnd, type Outcome, type Place, type Workspace } from "./rig.ts";
import type { Sequence } from "./sequence.ts";
import type { Stored, StoredRun } from "./stored.ts";

/** Two of each flow: each run has somebody to take it over. */
const PROCESSES = 4;
const NEW_RUNS = 3;
/** A process lives at least until it has begun with something, and not until all is done. */
const LIFE_MS = { min: 110, max: 420 };
const ROUNDS_TO_END = 40;

/** Kills about `kills` processes, then lets the rest end, and judges. */
export async function killAtRandom(
  workspace: Workspace,
  flows: readonly Uncrashed[],
  kills: number,
  sequence: Sequence,
): Promise<Outcome> {
  const place = workspace.place();
  const violations: string[] = [];
  let deaths = 0;
  let lives = 0;
  let stored = place.stored();
  for (let round = 0; deaths < kills; round++) {
    const workers = startAll(place, flows, keysFor(stored, round), sequence);
    lives += workers.length;
    await after(LIFE_MS.min + sequence.below(LIFE_MS.max - LIFE_MS.min));
    for (const { child } of workers) {
      if (child.exitCode === null && child.kill("SIGKILL")) deaths++;
      await after(sequence.below(8));
    }
    for (const { ended } of workers) {
      const how = await ended;
      if (how.signal !== "SIGKILL") violations.push(...complaintsAboutEnd(how));
    }
    stored = place.stored();
    violations.push(...complaintsAtDeath(stored, place.journal()));
  }
  for (let round = 0; round < ROUNDS_TO_END && unfinished(stored).length > 0; round++) {
    for (const { ended } of startAll(place, flows, keysFor(stored, undefined), sequence)) {
      lives++;
      violations.push(...complaintsAboutEnd(await ended));
    }
    stored = place.stored();
  }
  violations.push(...complaintsAtEnd(stored, place.journal(), deaths), ...endingsDiffer(stored, flows));
  place.remove();
  return { deaths, lives, violations, lived: [], endings: new Map() };
}

const unfinished = ({ runs }: Stored): readonly StoredRun[] => runs.filter(({ row }) => row.endedAt === undefined);

/** What is not at its end yet, and what nobody has begun. */
function keysFor(stored: Stored, round: number | undefined): readonly string[] {
  const open = new Set(unfinished(stored).map(({ row }) => row.idempotencyKey ?? ""));
  const fresh = round === undefined ? [] : Array.from({ length: NEW_RUNS }, (_, i) => `round ${round}, ${i}`);
  return [...open, ...fresh];
}

function startAll(place: Place, flows: readonly Uncrashed[], keys: readonly string[], sequence: Sequence) {
  return Array.from({ length: PROCESSES }, (_, i) => {
    const { flow } = flows[i % flows.length]!;
    return place.start(flow.name, { keys: sequence.shuffled(keys) });
  });
}

/** Every run ends as it would have; but for one that died too often. */
function endingsDiffer(stored: Stored, flows: readonly Uncrashed[]): string[] {
  const complaints: string[] = [];
  for (const run of stored.runs) {
    const about = flows.find(({ flow }) => flow.name === run.row.flow);
    const states = [...run.taskRuns.values()].map(({ row }) => row.state);
    if (about === undefined || states.some(({ reason }) => reason?.code === "poison")) continue;
    const found = endingOf(run, "run 0", about.flow.mayDiffer);
    complaints.push(...differences(about.expected.endings, found).map((text) => `${run.row.id}: ${text}`));
  }
  return complaints;
}
