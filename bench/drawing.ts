/** `visualize` in a new process, from its start to its end; the built package. */
import { coldRounds, DIST, SAY_CPU } from "./cold-process.ts";
import { atMost, type Figure, isWanted, median, type Wish } from "./figure.ts";

const FORMATS = ["svg", "pdf", "png"] as const;
/** Nodes, how many stand side by side, and the target in seconds. */
const SIZES = [
  { nodes: 15, width: 3, secondsMax: 1 },
  { nodes: 300, width: 10, secondsMax: 3 },
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
await drawn.visualize({ file: "drawn.${format}" });
${SAY_CPU};`;

export async function drawingFigures(wish: Wish): Promise<readonly Figure[]> {
  const rows = SIZES.flatMap(({ nodes, width, secondsMax }) =>
    FORMATS.map((format) => ({
      what: `visualize ${nodes} nodes to ${format.toUpperCase()}, cold`,
      program: programFor(nodes, width, format),
      secondsMax,
    })),
  ).filter(({ what }) => isWanted(wish, what));
  if (rows.length === 0) return [];
  const programs = Object.fromEntries(rows.map(({ what, program }) => [what, program]));
  const took = await coldRounds(programs, wish.node, wish.rounds);
  return rows.map(({ what, secondsMax }) => {
    const seconds = (key: "wholeMs" | "lineCpuMs") => median((took[what] ?? []).map((one) => one[key])) / 1_000;
    const [value, cpuValue] = [seconds("wholeMs"), seconds("lineCpuMs")];
    const shown = `${value.toFixed(2)} s (CPU ${cpuValue.toFixed(2)})`;
    return { what, value, cpuValue, shown, target: atMost(secondsMax, "s") };
  });
}
