/**
 * `npm run bench [-- --rounds 7] [--node 20|22|24] [--json] [--only TEXT]`: what a task costs, as ratios to the yardstick.
 *
 * Each round times the yardstick and then every row, each in a process of its own, in turn; a figure is the median
 * of the per-round ratios, wall and CPU. Nothing here fails because a machine is slow.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { NODE_MAJORS, nodeBinary, type NodeMajor } from "../test/support/nodes.ts";
import { coldStarts } from "./cold-start.ts";
import type { Round } from "./worker.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    node: { type: "string" },
    json: { type: "boolean" },
    only: { type: "string" },
    worker: { type: "string" },
    million: { type: "boolean" },
  },
});

interface Figure {
  readonly what: string;
  readonly figure: string;
  readonly target: string;
}

const TARGETS: Readonly<Record<string, { readonly over: string; readonly at: string }>> = {
  "fan-out 1 → 10,000 → 1": { over: "yardstick", at: "≤ 10×" },
  "fan-out, 16 at once": { over: "fan-out 1 → 10,000 → 1", at: "≤ 1.5×" },
  "random graph 100,000 × 3": { over: "yardstick", at: "≤ 10×" },
  "random graph 5,000 × 3": { over: "yardstick", at: "" },
  "chain of 1,000": { over: "yardstick", at: "≤ 15×" },
  "building a chain of 100,000": { over: "yardstick", at: "≤ 10 µs" },
};

const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

class Worker {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(name: string, node: string): Promise<Worker> {
    const child = fork(process.argv[1]!, ["--worker", name], { execPath: node });
    await once(child, "message");
    return new Worker(child);
  }

  async round(): Promise<Round> {
    const answer = once(this.#child, "message");
    this.#child.send("round");
    return (await answer)[0] as Round;
  }

  stop(): void {
    this.#child.disconnect();
  }
}

async function measure(node: string, rounds: number): Promise<Figure[]> {
  const names = [
    "yardstick",
    ...Object.keys(TARGETS).filter((name) => options.only === undefined || name.includes(options.only)),
  ];
  const workers = new Map<string, Worker>();
  for (const name of names) workers.set(name, await Worker.start(name, node));
  const rows = new Map<string, Round[]>(names.map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, worker] of workers) {
      const took = await worker.round();
      if (round >= 0) rows.get(name)?.push(took); // two rounds to warm up
    }
  }
  for (const worker of workers.values()) worker.stop();
  return names.map((name) => figureOf(name, rows));
}

function figureOf(name: string, rows: ReadonlyMap<string, readonly Round[]>): Figure {
  const mine = rows.get(name) ?? [];
  const us = `${median(mine.map((round) => round.wallUs)).toFixed(2)} µs per task`;
  const target = TARGETS[name];
  const base = target && rows.get(target.over);
  if (target === undefined || base === undefined) return { what: name, figure: us, target: "" };
  const ratio = (key: keyof Round) =>
    median(mine.map((round, i) => round[key] / (base[i]?.[key] ?? Number.NaN))).toFixed(1);
  return {
    what: name,
    figure: `${us}; ${ratio("wallUs")}× (CPU ${ratio("cpuUs")}×) ${target.over === "yardstick" ? "L0" : `'${target.over}'`}`,
    target: target.at,
  };
}

async function growth(figures: readonly Figure[]): Promise<Figure[]> {
  const of = (name: string) => Number.parseFloat(figures.find((figure) => figure.what === name)?.figure ?? "NaN");
  const ratio = of("random graph 100,000 × 3") / of("random graph 5,000 × 3");
  return Number.isNaN(ratio)
    ? []
    : [{ what: "growth: µs per task at 100,000 over 5,000", figure: `${ratio.toFixed(2)}×`, target: "≤ 1.5×" }];
}

async function cold(node: string, rounds: number): Promise<Figure[]> {
  const times = await coldStarts(node, rounds);
  const ratios = times.hello.map((ms, i) => ms / times.bare[i]!);
  const more = times["import caudal"].map((ms, i) => ms - times.bare[i]!);
  return [
    {
      what: "process start to first body of hello, over bare Node",
      figure: `${median(times.hello).toFixed(0)} ms; ${median(ratios).toFixed(2)}×`,
      target: "≤ 1.3×",
    },
    { what: `import "caudal" over an empty module`, figure: `${median(more).toFixed(0)} ms more`, target: "≤ 30 ms" },
  ];
}

async function million(node: string): Promise<Figure> {
  const child = fork(process.argv[1]!, ["--million"], {
    execPath: node,
    execArgv: ["--expose-gc", "--max-old-space-size=8192"],
  });
  const [{ bytesPerTask, ms }] = (await once(child, "message")) as [
    { readonly bytesPerTask: number; readonly ms: number },
  ];
  return {
    what: "one run of 1,000,000 mapped children, all states held",
    figure: `${bytesPerTask.toFixed(0)} B live per task, ${(ms / 1_000).toFixed(1)} s`,
    target: "≤ 500 B",
  };
}

async function benchOn(major: NodeMajor | undefined): Promise<void> {
  const node = major === undefined ? process.execPath : await nodeBinary(major);
  const rounds = Math.max(1, Number(options.rounds));
  const figures = await measure(node, rounds);
  figures.push(...(await growth(figures)));
  if (options.only === undefined) figures.push(...(await cold(node, Math.max(rounds, 9))), await million(node));
  const about = {
    node: major ?? process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    load: loadavg()[0]?.toFixed(1),
    rounds,
  };
  if (options.json) return void console.log(JSON.stringify({ about, figures }));
  console.log(
    `\nNode ${about.node}, ${about.cores} × ${about.cpu}, load ${about.load}, medians of ${rounds} interleaved rounds; L0 is the yardstick\n`,
  );
  for (const { what, figure, target } of figures) console.log(`${what.padEnd(56)}${figure.padEnd(52)}${target}`);
}

if (options.worker !== undefined) {
  await (await import("./worker.ts")).serveRounds(options.worker);
} else if (options.million) {
  const start = Date.now();
  const { bytesPerTask } = await (await import("./flows.ts")).mappedMillion();
  process.send?.({ bytesPerTask, ms: Date.now() - start });
  process.disconnect();
} else if (options.node === "all") {
  for (const major of NODE_MAJORS) await benchOn(major);
} else {
  await benchOn(options.node === undefined ? undefined : (Number(options.node) as NodeMajor));
}
