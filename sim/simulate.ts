/** Plays one scenario to its end, and says what came of it. */
import type { Scenario } from "./scenario.ts";
import { checkEnd } from "./end-checks.ts";
import { withGuard } from "./guard.ts";
import type { System } from "./load-system.ts";
import { checkModel } from "./model-check.ts";
import type { Violation } from "./violation.ts";
import { World, type WorldOptions } from "./world.ts";

export interface Outcome {
  readonly world: World;
  readonly violation: Violation | undefined;
  /** The history of what violates it. */
  readonly story: string;
  /** Equal for equal worlds: a digest of every event, commit and number drawn. */
  readonly unseed: string;
}

export async function simulate(
  scenario: Scenario,
  systems: readonly System[],
  options: WorldOptions = {},
): Promise<Outcome> {
  const world = new World(scenario, systems, options);
  await withGuard(world, (later) => {
    world.begin();
    return new Promise<void>((resolve) => {
      const next = () => (world.step() ? void later(next) : resolve());
      later(next);
    });
  });
  world.guarded(() => {
    checkEnd(world);
    checkModel(world);
  });
  const { unseed, violation } = world;
  process.removeAllListeners("beforeExit"); // of runs that died in the middle, with their process
  const story = violation?.runId === undefined ? "" : world.storyOf(violation.runId, violation.slot);
  world.disk.close();
  for (const system of systems) system.probe.after = undefined;
  return { world, violation, story, unseed };
}
