/** The matrix: every flow, every class of places, two processes at a time. */
import { sampleApi } from "./sample-api.ts";
import {
  atBlobs,
  atBodies,
  atRecoveries,
  atTransactions,
  dieAt,
  type Point,
  type Uncrashed,
  uncrashed,
} from "./points.ts";
import { killAtRandom } from "./random.ts";
import { FLOWS, Workspace } from "./rig.ts";
import { Sequence } from "./sequence.ts";
import type { Table } from "./table.ts";

export const CLASSES = { C1: atTransactions, C2: atBlobs, C3: atBodies, C4: atRecoveries } as const;
export type Kind = keyof typeof CLASSES;

/** Flows whose runs end in one process each, so that any process may take up any of them. */
const AT_RANDOM = new Set(["mapped", "retrying"]);
const RANDOM_KILLS = 120;
const KILLS_PER_STORE = 24;

export interface MatrixOptions {
  readonly kinds: readonly Kind[];
  /** Also at random times. */
  readonly random: boolean;
  /** At most about so many points in all; undefined: every one. */
  readonly points: number | undefined;
  readonly seed: number;
  /** Only points whose name contains it. */
  readonly only: string | undefined;
  readonly atOnce: number;
  /** After this time only the first point of each part is played: on a slow machine there are fewer, and it still ends. */
  readonly budgetMs?: number;
}

const isWanted = ({ name }: Point, only: string | undefined) => only === undefined || name.includes(only);

export async function runMatrix(options: MatrixOptions, table: Table, say: (line: string) => void): Promise<void> {
  const api = await sampleApi();
  const workspace = await Workspace.make({ COMPLAINTS_API: api.url });
  try {
    const flows: Uncrashed[] = [];
    for (const flow of FLOWS) {
      const isMeant = flow.only === undefined || options.kinds.some((kind) => kind === flow.only);
      if (isMeant) flows.push(await uncrashed(workspace, flow));
    }
    const all = options.kinds.flatMap((kind) =>
      flows
        .filter(({ flow: { only } }) => only === undefined || only === kind)
        .map((about) => ({
          kind,
          about,
          points: CLASSES[kind](about).filter((point) => isWanted(point, options.only)),
        })),
    );
    const count = all.reduce((sum, { points }) => sum + points.length, options.random ? RANDOM_KILLS : 0);
    const share = options.points === undefined ? 1 : Math.min(1, options.points / count);
    const sequence = new Sequence(options.seed);
    const begun = performance.now();
    const isTime = () => options.budgetMs === undefined || performance.now() - begun < options.budgetMs;
    for (const { kind, about, points } of all) {
      const chosen = sequence.some(points, Math.ceil(points.length * share));
      if (chosen.length === 0) continue;
      const row = table.row(kind, about.flow.name);
      const startedAt = performance.now();
      await inTurn(chosen, options.atOnce, async (point) => {
        if (row.points > 0 && !isTime()) return;
        table.add(row, point.name, await dieAt(workspace, point, about.expected));
      });
      row.ms = performance.now() - startedAt;
      say(`${kind} ${about.flow.name}: ${row.points} points, ${row.violations} violations`);
    }
    if (options.random) {
      const chosen = flows.filter(({ flow }) => AT_RANDOM.has(flow.name));
      await atRandom(workspace, chosen, Math.ceil(RANDOM_KILLS * share), { ...options, table, say });
    }
  } finally {
    await api.close();
    workspace.remove();
  }
}

interface Random {
  readonly seed: number;
  readonly table: Table;
  readonly say: (line: string) => void;
}

/** Each store has processes of its own; its number is its seed. */
async function atRandom(
  workspace: Workspace,
  flows: readonly Uncrashed[],
  kills: number,
  about: Random,
): Promise<void> {
  const { table, say, seed } = about;
  const row = table.row("C7", "several processes");
  const startedAt = performance.now();
  for (let store = 0; row.kills < kills; store++) {
    const wanted = Math.min(KILLS_PER_STORE, kills - row.kills);
    const outcome = await killAtRandom(workspace, flows, wanted, new Sequence(seed * 1_000 + store));
    table.add(row, `--seed ${seed}, store ${store}`, outcome, outcome.deaths);
  }
  row.ms = performance.now() - startedAt;
  say(`C7: ${row.kills} kills, ${row.violations} violations`);
}

export async function inTurn<T>(list: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...list];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
