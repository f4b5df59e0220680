/** `npm run bench -- durable`: what keeping a run costs, against SQLite alone and against a peer. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { coldRounds, DIST, type Lifetime, SAY_CPU } from "./cold-process.ts";
import { atLeast, atMost, type Figure, isWanted, median, type Target, type Wish } from "./figure.ts";
import { whyNoPeer } from "./openworkflow.ts";
import { interleaved } from "./rounds.ts";
import { versionOf } from "./version.ts";
import type { Round } from "./worker.ts";

/** `rate`: tasks per second over the yardstick's. `time`: what it takes over what that takes. */
interface Row {
  readonly over: string;
  /** Said as well, without a target. */
  readonly alsoOver?: string;
  readonly as: "rate" | "time";
  readonly target: Target;
}

/** Names of `durable-rows.ts`. */
const ROWS: Readonly<Record<string, Row>> = {
  "fan-out of 10,000, full": { over: "raw, full, 64 per commit", as: "rate", target: atLeast(0.4, "×") },
  "chain of 1,000, full": {
    over: "raw, full, 1 per commit",
    alsoOver: "raw, fdatasync, 1 per commit",
    as: "rate",
    target: atLeast(0.7, "×"),
  },
  "fan-out of 10,000, process": { over: "raw, normal, 100 per commit", as: "rate", target: atLeast(0.2, "×") },
  "chain of 900, full": { over: "openworkflow, chain of 900", as: "rate", target: atLeast(3, "×") },
  "fan-out of 900, full": { over: "openworkflow, fan-out of 900", as: "rate", target: atLeast(20, "×") },
  "resume of 100,000 tasks, half done": { over: "resume floor", as: "time", target: atMost(4, "×") },
  "resume of 100,000 tasks, half done, of a new flow": { over: "resume floor", as: "time", target: atMost(4, "×") },
};
const BYTES = "bytes of the store per trivial task";

export async function durable(wish: Wish): Promise<readonly Figure[]> {
  const figures = [...(await rowFigures(wish)), ...(await helloFigures(wish))];
  if (isWanted(wish, BYTES)) figures.push(await bytesFigure(wish.node));
  return figures;
}

async function rowFigures(wish: Wish): Promise<readonly Figure[]> {
  const wanted = Object.entries(ROWS).filter(([name]) => isWanted(wish, name));
  const isPeer = ([, { over }]: (typeof wanted)[number]) => over.startsWith("openworkflow");
  const whyNot = wanted.some(isPeer) ? await whyNoPeer(versionOf(wish.node)) : undefined;
  if (whyNot !== undefined) console.warn(`SKIPPED: openworkflow is not measured: ${whyNot}`);
  const rows = wanted.filter((row) => whyNot === undefined || !isPeer(row));
  const names = new Set(rows.flatMap(([name, { over, alsoOver = over }]) => [over, alsoOver, name]));
  if (names.size === 0) return [];
  const took = await interleaved([...names], wish.node, wish.rounds);
  const roundsOf = (name: string) => took.get(name) ?? [];
  return rows.flatMap(([name, row]) => {
    const { over, alsoOver, as, target } = row;
    const first = figureOf(name, { over, as, target }, roundsOf(name), roundsOf(over));
    if (alsoOver === undefined) return [first];
    return [first, figureOf(name, { over: alsoOver, as, target: undefined }, roundsOf(name), roundsOf(alsoOver))];
  });
}

type Compared = Pick<Row, "over" | "as"> & Pick<Figure, "target">;

function figureOf(
  what: string,
  { over, as, target }: Compared,
  mine: readonly Round[],
  base: readonly Round[],
): Figure {
  const ratio = (key: keyof Round) =>
    median(
      mine.map((round, i) => {
        const of = base[i]?.[key] ?? Number.NaN;
        return as === "rate" ? of / round[key] : round[key] / of;
      }),
    );
  const us = (rounds: readonly Round[]) => median(rounds.map(({ wallUs }) => wallUs));
  const took =
    as === "rate"
      ? `${us(mine).toFixed(1)} µs per task over ${us(base).toFixed(1)}`
      : `${(us(mine) / 1_000).toFixed(0)} ms over ${(us(base) / 1_000).toFixed(0)}`;
  const [value, cpuValue] = [ratio("wallUs"), ratio("cpuUs")];
  return {
    what: `${what}; ${over}`,
    value,
    cpuValue,
    shown: `${took}; ${value.toFixed(2)}× (CPU ${cpuValue.toFixed(2)}×)`,
    target,
  };
}

const HELLO = "process start to first body of hello, kept, over bare Node";
const HELLO_FIRST = `${HELLO}, and the store is made`;
/** Processes are short and the machine is not alone: more rounds than of others. */
const COLD_ROUNDS_MIN = 15;

const helloIn = (store: string) => `import { flow, task } from ${DIST};
process.env.CAUDAL_STORE = ${store};
const hello = task("hello", () => ${SAY_CPU});
await flow("f", () => { hello(); }).run({ logLevel: "off" });`;

const PROGRAMS: Readonly<Record<string, string>> = {
  bare: `${SAY_CPU};`,
  [HELLO]: helloIn(`"store"`),
  [HELLO_FIRST]: helloIn(`"store-" + process.pid`),
};

async function helloFigures(wish: Wish): Promise<Figure[]> {
  const wanted = [HELLO, HELLO_FIRST].filter((what) => isWanted(wish, what));
  if (wanted.length === 0) return [];
  const took = await coldRounds(PROGRAMS, wish.node, Math.max(wish.rounds, COLD_ROUNDS_MIN));
  const bare = took["bare"] ?? [];
  return wanted.map((what) => {
    const mine = took[what] ?? [];
    const ratio = (key: keyof Lifetime) => median(mine.map((one, i) => one[key] / (bare[i]?.[key] ?? Number.NaN)));
    const ms = (all: readonly Lifetime[]) => median(all.map(({ lineMs }) => lineMs)).toFixed(0);
    const [value, cpuValue] = [ratio("lineMs"), ratio("lineCpuMs")];
    const shown = `${ms(mine)} over ${ms(bare)} ms; ${value.toFixed(2)}× (CPU ${cpuValue.toFixed(2)}×)`;
    return { what, value, cpuValue, shown, target: atMost(2, "×") };
  });
}

async function bytesFigure(node: string): Promise<Figure> {
  const child = fork(process.argv[1]!, ["--bytes"], { execPath: node });
  const [value] = (await once(child, "message")) as [number];
  return { what: BYTES, value, shown: `${value.toFixed(0)} B`, target: atMost(300, "B") };
}
