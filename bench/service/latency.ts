/** How soon something happens: a run's first body after its request, what somebody who watches sees after a commit. */
import { join } from "node:path";
import { benchFolder } from "../durable-folder.ts";
import { atMost, type Figure, isWanted, median, type Wish } from "../figure.ts";
import { rawWrites } from "../raw-sqlite.ts";
import { openStream } from "./listener.ts";
import { ServerChild } from "./server-child.ts";
import { sharedMs } from "./server-process.ts";

const API = "/api/v1";
const START = "POST run → its first body called, p95";
const SEEN = "commit → seen by who watches the run, p95";
const STARTS = 20;
const COMMITS = 20;
const START_OVER = 5;
const START_MORE_MS = 20;

const p95 = (all: readonly number[]) => [...all].sort((a, b) => a - b)[Math.floor(all.length * 0.95)] ?? Number.NaN;

export async function latencyFigures(wish: Wish): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  if (!isWanted(wish, START) && !isWanted(wish, SEEN)) return figures;
  const server = await ServerChild.start(
    { kind: "caudal", folder: join(benchFolder(), ".caudal"), tells: true },
    wish.node,
  );
  if (isWanted(wish, START)) figures.push(await startFigure(server, wish));
  if (isWanted(wish, SEEN)) figures.push(await seenFigure(server, wish));
  await server.stop();
  return figures;
}

/** Against commits of one row on the same disk in the same rounds. */
async function startFigure(server: ServerChild, { rounds }: Wish): Promise<Figure> {
  const raw = rawWrites({ synchronous: "FULL", rows: COMMITS, rowsPerCommit: 1 });
  const began = new Map<string, (atMs: number) => void>();
  const deaf = server.hear("body", ({ mark, atMs }) => began.get(mark)?.(atMs));
  const starts: number[] = [];
  const commits: number[] = [];
  for (let i = 0; i <= rounds; i++) {
    const before = performance.now();
    await raw.round();
    if (i > 0) commits.push((performance.now() - before) / COMMITS);
    for (let j = 0; j < STARTS; j++) {
      const mark = `${i} ${j}`;
      const body = new Promise<number>((resolve) => began.set(mark, resolve));
      const asked = sharedMs();
      const { status } = await server.post(`${API}/flows/marked/runs`, { parameters: { mark } });
      if (status !== 201) throw new Error(`a run was not begun: ${status}`);
      if (i > 0) starts.push((await body) - asked);
    }
  }
  deaf();
  const commitMs = median(commits);
  const value = p95(starts);
  const bound = START_OVER * commitMs + START_MORE_MS;
  const shown = `${value.toFixed(1)} ms, median ${median(starts).toFixed(1)}; a commit takes ${commitMs.toFixed(2)} ms`;
  return { what: START, value, shown, target: atMost(Number(bound.toFixed(1)), "ms") };
}

async function seenFigure(server: ServerChild, { rounds }: Wish): Promise<Figure> {
  const late: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const open = new Map<number, number>();
    const deaf = server.hear("commit", ({ cursor, atMs }) => open.set(cursor, atMs));
    const begun = await server.post(`${API}/flows/watched/runs`, {});
    const { id, cursor } = JSON.parse(begun.body.toString()) as { readonly id: string; readonly cursor: number };
    await openStream(`${server.address}${API}/live?topics=run:${id}&after=${cursor}`, (frame) => {
      if (frame.type !== "changes") return "goes on";
      for (const [of, atMs] of open) {
        if (of > frame.cursor) continue;
        late.push(sharedMs() - atMs);
        open.delete(of);
      }
      return frame.runs.some(({ endedAt }) => endedAt !== undefined) ? "enough" : "goes on";
    });
    deaf();
  }
  const shown = `${p95(late).toFixed(0)} ms, median ${median(late).toFixed(0)}, of ${late.length} commits`;
  return { what: SEEN, value: p95(late), shown, target: atMost(300, "ms") };
}
