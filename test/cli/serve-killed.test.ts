/**
 * Two `caudal serve` on one store, killed with -9 at moments a seed chose and started again: each tick of the time in
 * which one of them was to watch has one run, and each run has ended.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import type { RunRow } from "../../src/ports/store.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { folderWith, type Running, serving } from "./serving.ts";
import { buildPackage, type Folder } from "./user-folder.ts";

beforeAll(() => buildPackage());

const KILLS = 5;
const LINES_MAX = 25;
const SECOND = 1_000;

const TICKING = `import { appendFileSync } from "node:fs";
import { context, every, flow, task } from "caudal";
const note = (what: string) => appendFileSync("journal.txt", what + " " + context().scheduledAt + "\\n");
const second = { schedule: every("1s"), catchUp: "all", overlap: "allow" } as const;
export const quick = flow({ name: "quick", ...second }, () => task("quick", () => note("quick"))());
const first = task("first", () => new Promise<number>((resolve) => setTimeout(resolve, 150, 1)));
const last = task("last", (_: number) => note("steps"));
export const steps = flow({ name: "steps", ...second }, () => { last(first()); });
`;

interface Kept {
  readonly runs: readonly RunRow[];
  ticksOf(flow: string): readonly number[];
}

function kept(folder: Folder): Kept {
  const store = new SqliteStore(join(folder.path, ".caudal"));
  const runs = store.listRuns({ limit: 100_000 });
  store.close();
  return {
    runs,
    ticksOf: (name) =>
      runs
        .filter(({ flow }) => flow === name)
        .map(({ scheduledAt = 0 }) => scheduledAt)
        .sort((a, b) => a - b),
  };
}

const everySecond = (from: number, to: number) =>
  Array.from({ length: (to - from) / SECOND + 1 }, (_, i) => from + i * SECOND);

/** Resolves when it has printed so many lines more. */
async function linesMore(server: Running, count: number): Promise<void> {
  const before = (await server.said("")).split("\n").length;
  await server.said(new RegExp(`^(?:[^\\n]*\\n){${before + count - 1}}`));
}

describe.each([1, 2])("two servers that are killed and started again, seed %i", (seed) => {
  test("lose no tick, run none twice, and leave no run in its middle", async () => {
    const folder = folderWith({ "ticking.mts": TICKING });
    const random = new Prng(seed, "serve-killed");
    const start = () => serving(folder, ["ticking.mts"]);
    const servers = [await start(), await start()];
    const watchedFrom = Math.ceil(Date.now() / SECOND) * SECOND;

    for (let kills = 0; kills < KILLS; kills++) {
      const chosen = random.below(2);
      await linesMore(servers[chosen]!, random.between(1, LINES_MAX));
      const both = random.chance(1, 3);
      await Promise.all(servers.filter((_, i) => both || i === chosen).map((server) => server.stop("SIGKILL")));
      for (const i of servers.keys()) if (both || i === chosen) servers[i] = await start();
    }
    const watchedTo = Math.floor(Date.now() / SECOND) * SECOND;
    const [one] = servers as [Running, Running];
    await one.until<{ runs: readonly { scheduledAt?: number; endedAt?: number }[] }>("/runs?limit=200", ({ runs }) => {
      const open = runs.filter(({ endedAt, scheduledAt = 0 }) => endedAt === undefined && scheduledAt <= watchedTo);
      return open.length === 0 && runs.some(({ scheduledAt = 0 }) => scheduledAt > watchedTo + SECOND);
    });
    const ended = await Promise.all(servers.map((server) => server.stop()));

    const { runs, ticksOf } = kept(folder);
    const journal = readFileSync(join(folder.path, "journal.txt"), "utf8").split("\n");
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    for (const flow of ["quick", "steps"]) {
      const ticks = ticksOf(flow);
      const [from = 0, to = 0] = [ticks[0], ticks.at(-1)];
      expect(from).toBeLessThanOrEqual(watchedFrom);
      expect(to).toBeGreaterThanOrEqual(watchedTo);
      expect(ticks).toEqual(everySecond(from, to));
      const done = ticks.filter((at) => at <= watchedTo);
      expect(done.filter((at) => !journal.includes(`${flow} ${at}`))).toEqual([]);
    }
    const inWindow = runs.filter(({ scheduledAt = 0 }) => scheduledAt <= watchedTo);
    expect(inWindow.filter(({ state }) => state.type !== "Success")).toEqual([]);
  }, 240_000);
});
