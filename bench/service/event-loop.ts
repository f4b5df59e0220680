/** What commits hold up in a server that has other things to do, over commits that block until they are on the disk. */
import { join } from "node:path";
import { benchFolder } from "../durable-folder.ts";
import { atMost, type Figure, isWanted, median, type Wish } from "../figure.ts";
import { ServerChild } from "./server-child.ts";

const WHAT = "event loop held up by some 50 commits per second; by such that block";
/** Runs of a commit every 30 ms or so. */
const AT_ONCE = 2;

interface Held {
  readonly busy: number;
  readonly lateMs: number;
}

export async function eventLoopFigures(wish: Wish): Promise<readonly Figure[]> {
  if (!isWanted(wish, WHAT)) return [];
  const started = (blocks: boolean) =>
    ServerChild.start({ kind: "caudal", folder: join(benchFolder(), ".caudal"), blocks }, wish.node);
  const [beside, blocking] = [await started(false), await started(true)];
  const took: { readonly beside: Held; readonly blocking: Held }[] = [];
  for (let round = 0; round <= wish.rounds; round++) {
    const one = { blocking: await held(blocking), beside: await held(beside) };
    if (round > 0) took.push(one);
  }
  await beside.stop();
  await blocking.stop();
  const value = median(took.map((one) => one.beside.busy / one.blocking.busy));
  const text = (of: "beside" | "blocking") => {
    const [busy, late] = [median(took.map((one) => one[of].busy)), median(took.map((one) => one[of].lateMs))];
    return `${(busy * 100).toFixed(1)} % of the time, 1 % of turns ${late.toFixed(0)} ms late`;
  };
  return [{ what: WHAT, value, shown: `${text("beside")}; over ${text("blocking")}`, target: atMost(1, "×") }];
}

/** While runs go on beside each other, until they have ended. */
async function held(server: ServerChild): Promise<Held> {
  const ids: string[] = [];
  await server.ask("loop");
  for (let i = 0; i < AT_ONCE; i++) {
    const { body } = await server.post("/api/v1/flows/watched/runs", {});
    ids.push((JSON.parse(body.toString()) as { readonly id: string }).id);
  }
  const isOver = async (id: string) => (await server.get(`/api/v1/runs/${id}`)).body.includes('"endedAt"');
  for (const id of ids) while (!(await isOver(id))) await new Promise((resolve) => setTimeout(resolve, 200));
  return server.ask("loop");
}
