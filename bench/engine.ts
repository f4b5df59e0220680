/** `npm run bench` (or `-- engine`): what a task costs in memory, how a process starts, drawing, and the compiler's work. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { coldFigures } from "./cold-start.ts";
import { drawingFigures } from "./drawing.ts";
import { atMost, type Figure, isWanted, median, type Target, type Wish } from "./figure.ts";
import { interleaved } from "./rounds.ts";
import { typeFigures } from "./compiler.ts";
import type { Round } from "./worker.ts";

const YARDSTICK = "yardstick";
const LARGE = "random graph 100,000 × 3";
const SMALL = "random graph 5,000 × 3";

/** Rows of `flows.ts`: over which row the figure is a ratio, or the target in µs. */
const ROWS: Readonly<Record<string, { readonly over?: string; readonly target?: Target }>> = {
  "fan-out 1 → 10,000 → 1": { over: YARDSTICK, target: atMost(10, "×") },
  "fan-out, 16 at once": { over: "fan-out 1 → 10,000 → 1", target: atMost(1.5, "×") },
  [LARGE]: { over: YARDSTICK, target: atMost(10, "×") },
  [SMALL]: { over: YARDSTICK },
  "chain of 1,000": { over: YARDSTICK, target: atMost(15, "×") },
  "building a chain of 100,000": { target: atMost(10, "µs") },
};
const GROWTH = "growth: µs per task at 100,000 over 5,000";
const MILLION = "one run of 1,000,000 mapped children, all states held";

export async function engine(wish: Wish): Promise<readonly Figure[]> {
  const figures = [...(await rowFigures(wish)), ...(await coldFigures(wish))];
  if (isWanted(wish, MILLION)) figures.push(await millionFigure(wish.node));
  figures.push(...(await drawingFigures(wish)), ...typeFigures(wish));
  return figures;
}

/** A row over another needs that one too. */
function rowsFor(wish: Wish): readonly string[] {
  const wanted = Object.keys(ROWS).filter((name) => isWanted(wish, name));
  if (isWanted(wish, GROWTH)) wanted.push(LARGE, SMALL);
  const under = wanted.flatMap((name) => ROWS[name]?.over ?? []);
  return [YARDSTICK, ...Object.keys(ROWS)].filter((name) => wanted.includes(name) || under.includes(name));
}

async function rowFigures(wish: Wish): Promise<Figure[]> {
  const names = rowsFor(wish);
  if (names.length === 0) return [];
  const rows = await interleaved(names, wish.node, wish.rounds);
  const figures = names.map((name) => figureOf(name, rows));
  const [large, small] = [rows.get(LARGE), rows.get(SMALL)];
  if (large !== undefined && small !== undefined) {
    const value = median(large.map((round, i) => round.wallUs / (small[i]?.wallUs ?? Number.NaN)));
    figures.push({ what: GROWTH, value, shown: `${value.toFixed(2)}×`, target: atMost(1.5, "×") });
  }
  return figures;
}

function figureOf(what: string, rows: ReadonlyMap<string, readonly Round[]>): Figure {
  const mine = rows.get(what) ?? [];
  const us = median(mine.map((round) => round.wallUs));
  const { over, target } = ROWS[what] ?? {};
  const base = over === undefined ? undefined : rows.get(over);
  if (base === undefined) return { what, value: us, shown: `${us.toFixed(2)} µs per task`, target };
  const ratio = (key: keyof Round) => median(mine.map((round, i) => round[key] / (base[i]?.[key] ?? Number.NaN)));
  const value = ratio("wallUs");
  const cpuValue = ratio("cpuUs");
  const of = over === YARDSTICK ? "L0" : `'${over}'`;
  const shown = `${us.toFixed(2)} µs per task; ${value.toFixed(1)}× (CPU ${cpuValue.toFixed(1)}×) ${of}`;
  return { what, value, cpuValue, shown, target };
}

async function millionFigure(node: string): Promise<Figure> {
  const child = fork(process.argv[1]!, ["--million"], {
    execPath: node,
    execArgv: ["--expose-gc", "--max-old-space-size=8192"],
  });
  const [{ bytesPerTask, ms }] = (await once(child, "message")) as [
    { readonly bytesPerTask: number; readonly ms: number },
  ];
  return {
    what: MILLION,
    value: bytesPerTask,
    shown: `${bytesPerTask.toFixed(0)} B live per task, ${(ms / 1_000).toFixed(1)} s`,
    target: atMost(500, "B"),
  };
}
