/** From the start of a process to the first line of its first body, against bare Node; the built package. */
import { coldRounds, DIST, type Lifetime, SAY_CPU } from "./cold-process.ts";
import { atMost, type Figure, isWanted, median, type Wish } from "./figure.ts";

const HELLO = "process start to first body of hello, over bare Node";
const IMPORT = `import "caudal" over an empty module`;

/** Processes are short and the machine is not alone: more rounds than of others. */
const ROUNDS_MIN = 15;

const PROGRAMS = {
  bare: `${SAY_CPU};`,
  import: `import ${DIST}; ${SAY_CPU};`,
  hello: `import { flow, task } from ${DIST};
process.env.CAUDAL_STORE = "memory";
const hello = task("hello", () => ${SAY_CPU});
await flow("f", () => { hello(); }).run({ logLevel: "off" });`,
};

export async function coldFigures(wish: Wish): Promise<readonly Figure[]> {
  if (!isWanted(wish, HELLO) && !isWanted(wish, IMPORT)) return [];
  const { bare, hello, ...took } = await coldRounds(PROGRAMS, wish.node, Math.max(wish.rounds, ROUNDS_MIN));
  const ratio = (key: keyof Lifetime) => median(hello.map((one, i) => one[key] / bare[i]![key]));
  const more = (key: keyof Lifetime) => median(took.import.map((one, i) => one[key] - bare[i]![key]));
  const ms = (all: readonly Lifetime[]) => median(all.map(({ lineMs }) => lineMs)).toFixed(0);
  const figures = [
    {
      what: HELLO,
      value: ratio("lineMs"),
      cpuValue: ratio("lineCpuMs"),
      shown: `${ms(hello)} over ${ms(bare)} ms; ${ratio("lineMs").toFixed(2)}× (CPU ${ratio("lineCpuMs").toFixed(2)}×)`,
      target: atMost(1.3, "×"),
    },
    {
      what: IMPORT,
      value: more("lineMs"),
      cpuValue: more("lineCpuMs"),
      shown: `${more("lineMs").toFixed(1)} ms more (CPU ${more("lineCpuMs").toFixed(1)})`,
      target: atMost(30, "ms"),
    },
  ];
  return figures.filter(({ what }) => isWanted(wish, what));
}
