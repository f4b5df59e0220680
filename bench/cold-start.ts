/** From the start of a process to the first line of its first body, against bare Node; the built package. */
import { coldRounds, DIST } from "./cold-process.ts";
import { atMost, type Figure, isWanted, median, type Wish } from "./figure.ts";

const HELLO = "process start to first body of hello, over bare Node";
const IMPORT = `import "caudal" over an empty module`;

/** Processes are short and the machine is not alone: more rounds than of others. */
const ROUNDS_MIN = 15;

const PROGRAMS = {
  bare: `console.log("Hello world!");`,
  import: `import ${DIST}; console.log("Hello world!");`,
  hello: `import { flow, task } from ${DIST};
const hello = task("hello", () => console.log("Hello world!"));
await flow("f", () => { hello(); }).run({ logLevel: "off" });`,
};

export async function coldFigures(wish: Wish): Promise<readonly Figure[]> {
  if (!isWanted(wish, HELLO) && !isWanted(wish, IMPORT)) return [];
  const took = await coldRounds(PROGRAMS, wish.node, Math.max(wish.rounds, ROUNDS_MIN));
  const [bare, imported, hello] = [took.bare, took.import, took.hello].map((all) => all.map((one) => one.firstByteMs));
  const ratio = median(hello!.map((ms, i) => ms / bare![i]!));
  const more = median(imported!.map((ms, i) => ms - bare![i]!));
  const shown = `${median(hello!).toFixed(0)} ms; ${ratio.toFixed(2)}×; the fastest of each ${(Math.min(...hello!) / Math.min(...bare!)).toFixed(2)}×`;
  return [
    { what: HELLO, value: ratio, shown, target: atMost(1.3, "×") },
    { what: IMPORT, value: more, shown: `${more.toFixed(1)} ms more`, target: atMost(30, "ms") },
  ].filter(({ what }) => isWanted(wish, what));
}
