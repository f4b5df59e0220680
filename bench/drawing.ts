/** `visualize` in a new process, from its start to its end; the built package. */
import { coldRounds, DIST } from "./cold-process.ts";
import { atMost, type Figure, isWanted, median, type Wish } from "./figure.ts";

const FORMATS = ["svg", "pdf", "png"] as const;
/** Nodes, how many stand side by side, and the target in seconds. */
const SIZES = [
  { nodes: 15, width: 3, seconds: 1 },
  { nodes: 300, width: 10, seconds: 3 },
] as const;

/** Layers, each task with the one above it, every third with a neighbour's too. */
const programFor = (nodes: number, width: number, format: string) => `import { flow, task } from ${DIST};
const tasks = Array.from({ length: ${nodes} }, (_, i) => task("task " + i, (...given) => given.length));
const drawn = flow("drawn", () => {
  const refs = [];
  tasks.forEach((each, i) => {
    const above = i < ${width} ? [] : i % 3 === 0 ? [refs[i - ${width}], refs[i - ${width} + 1]] : [refs[i - ${width}]];
    refs.push(each(...above));
  });
});
console.log(await drawn.visualize({ file: "drawn.${format}" }));`;

export async function drawingFigures(wish: Wish): Promise<readonly Figure[]> {
  const rows = SIZES.flatMap(({ nodes, width, seconds }) =>
    FORMATS.map((format) => ({
      what: `visualize ${nodes} nodes to ${format.toUpperCase()}, cold`,
      program: programFor(nodes, width, format),
      seconds,
    })),
  ).filter(({ what }) => isWanted(wish, what));
  if (rows.length === 0) return [];
  const programs = Object.fromEntries(rows.map(({ what, program }) => [what, program]));
  const took = await coldRounds(programs, wish.node, wish.rounds);
  return rows.map(({ what, seconds }) => {
    const value = median((took[what] ?? []).map(({ wholeMs }) => wholeMs)) / 1_000;
    return { what, value, shown: `${value.toFixed(2)} s`, target: atMost(seconds, "s") };
  });
}
