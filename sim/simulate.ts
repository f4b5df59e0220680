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

export async function simulate(scenario: Scenario, system: System, options: WorldOptions = {}): Promise<Outcome> {
  const world = new World(scenario, system, options);
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
  const story = violation?.runId === undefined ? "" : world.storyOf(violation.runId, violation.slot);
  world.disk.close();
  system.probe.after = undefined;
  return { world, violation, story, unseed };
}
