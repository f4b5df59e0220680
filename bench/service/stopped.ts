/** Fifty browsers whose laptops were closed: what they cost the server, while it runs one run after the other. */
import { join } from "node:path";
import { benchFolder } from "../durable-folder.ts";
import { atLeast, atMost, type Figure, isWanted, median, type Wish } from "../figure.ts";
import { stoppedListener } from "./listener.ts";
import { ServerChild } from "./server-child.ts";

const CLIENTS = 50;
const MINUTE_MS = 60_000;
/** A minute of them in all, in turn with as long without. */
const TURNS = 6;
const WHAT = `${CLIENTS} stopped clients for a minute`;
const MEMORY = `${WHAT}: memory`;
const THROUGHPUT = `${WHAT}: runs per second, over those with none`;
const MIB = 1_048_576;

export async function stoppedFigures(wish: Wish): Promise<readonly Figure[]> {
  if (![MEMORY, THROUGHPUT].some((what) => isWanted(wish, what))) return [];
  const server = await ServerChild.start({ kind: "caudal", folder: join(benchFolder(), ".caudal") }, wish.node);
  await busyFor(server, MINUTE_MS / TURNS / 2); // code gets warm, the heap as large as it will be
  const without: number[] = [];
  const withThem: number[] = [];
  const grown: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    without.push(await busyFor(server, MINUTE_MS / TURNS));
    const before = await server.ask("memory");
    const url = `${server.address}/api/v1/live?topics=runs`;
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => stoppedListener(url)));
    withThem.push(await busyFor(server, MINUTE_MS / TURNS));
    grown.push((await server.ask("memory")).bytes - before.bytes);
    for (const leave of clients) leave();
  }
  await server.stop();
  const [mib, ratio] = [Math.max(...grown) / MIB, median(withThem.map((one, i) => one / (without[i] ?? Number.NaN)))];
  const rates = `${median(withThem).toFixed(0)} over ${median(without).toFixed(0)} runs/s; ${ratio.toFixed(2)}×`;
  const figures: Figure[] = [
    { what: MEMORY, value: mib, shown: `${mib.toFixed(1)} MiB more at most`, target: atMost(20, "MiB") },
    { what: THROUGHPUT, value: ratio, shown: rates, target: atLeast(0.9, "×") },
  ];
  return figures.filter(({ what }) => isWanted(wish, what));
}

/** Runs per second. */
async function busyFor(server: ServerChild, ms: number): Promise<number> {
  await server.ask("busy");
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const { runs } = await server.ask("rest");
  return (runs * 1_000) / (performance.now() - start);
}
