/**
 * `npm run bench [-- GROUP] [--rounds 7] [--node 20|22|24|all] [--json] [--only TEXT] [--quick]`: what things cost, as
 * ratios to yardsticks, with the target of each and whether it is met. Groups: `groups.ts`.
 *
 * Each round times the yardstick and then every row, each in a process of its own, in turn; a figure is the median
 * of the per-round ratios, wall and CPU. Nothing here fails because a machine is slow.
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { NODE_MAJORS, nodeBinary, type NodeMajor } from "../test/support/nodes.ts";
import { targetText, verdictOf } from "./figure.ts";
import { GROUPS } from "./groups.ts";
import type { Served } from "./service/server-process.ts";
import { versionOf } from "./version.ts";

const USAGE_EXIT = 2;

async function benchOn(group: string, major: NodeMajor | undefined): Promise<void> {
  const node = major === undefined ? process.execPath : await nodeBinary(major);
  const loadBefore = loadavg()[0]?.toFixed(1);
  const figures = await GROUPS[group]!({ node, rounds, only: options.only, quick: options.quick });
  const about = {
    group,
    node: versionOf(node),
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    load: `${loadBefore} to ${loadavg()[0]?.toFixed(1)}`,
    rounds,
  };
  if (options.json) {
    const rows = figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) }));
    return void console.log(JSON.stringify({ about, figures: rows }));
  }
  console.log(
    `\n${group}: Node ${about.node}, ${about.cores} × ${about.cpu}, load ${about.load}, medians of ${rounds} interleaved rounds; L0 is the yardstick\n`,
  );
  for (const figure of figures)
    console.log(
      `${figure.what.padEnd(60)} ${figure.shown.padEnd(64)} ${targetText(figure).padEnd(12)}${verdictOf(figure)}`.trimEnd(),
    );
}

/** Says what is wrong with the command line, and what could be written. */
function refuse(why: string): never {
  console.error(`bench: ${why}`);
  process.exit(USAGE_EXIT);
}

function readLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: "string", default: "7" },
        node: { type: "string" },
        json: { type: "boolean" },
        only: { type: "string" },
        quick: { type: "boolean" },
        worker: { type: "string" }, // the four below are for processes this one starts
        service: { type: "string" },
        million: { type: "boolean" },
        bytes: { type: "boolean" },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const { values: options, positionals } = readLine();
const rounds = Number(options.rounds);

async function bench(): Promise<void> {
  const [group = "engine", ...more] = positionals;
  const groups = Object.keys(GROUPS).join(", ");
  if (more.length > 0) refuse(`one group at a time, of: ${groups}`);
  if (!Object.hasOwn(GROUPS, group)) refuse(`there is no group '${group}'; there are: ${groups}`);
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    refuse(`--rounds takes a whole number from 1, not '${options.rounds}'`);
  if (options.node === undefined) return await benchOn(group, undefined);
  const majors = NODE_MAJORS.filter((major) => options.node === "all" || options.node === String(major));
  if (majors.length === 0) refuse(`--node takes ${NODE_MAJORS.join(", ")} or all, not '${options.node}'`);
  for (const major of majors) await benchOn(group, major);
}

if (options.worker !== undefined) {
  await (await import("./worker.ts")).serveRounds(options.worker);
} else if (options.service !== undefined) {
  const { serveAs } = await import("./service/server-process.ts");
  await serveAs(JSON.parse(options.service) as Served);
} else if (options.million) {
  const start = Date.now();
  const { bytesPerTask } = await (await import("./flows.ts")).mappedMillion();
  process.send?.({ bytesPerTask, ms: Date.now() - start });
  process.disconnect();
} else if (options.bytes) {
  process.send?.(await (await import("./durable-rows.ts")).bytesPerTask());
  process.disconnect();
} else {
  await bench();
}
