/** What an answer costs: over a bare route with the same bytes, and of a million runs over a thousand. */
import { join } from "node:path";
import { cursorFor } from "../../src/server/cursors.ts";
import { benchFolder } from "../durable-folder.ts";
import { atMost, type Figure, isWanted, median, type Wish } from "../figure.ts";
import { fillStore } from "./filled.ts";
import { ServerChild } from "./server-child.ts";
import type { RawAnswer } from "./server-process.ts";

const API = "/api/v1";
/** Requests of one round, one after the other. */
const REQUESTS = 40;
const WARM_UP = 2;
const FEW = 1_000;
const MANY = 1_000_000;

interface Round {
  readonly ms: number;
  readonly cpuMs: number;
}

async function round(server: ServerChild, path: string): Promise<Round> {
  const before = await server.ask("used");
  const start = performance.now();
  for (let i = 0; i < REQUESTS; i++) {
    const { status, body } = await server.get(path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${body.toString().slice(0, 300)}`);
  }
  const ms = performance.now() - start;
  const { cpuUs } = await server.ask("used");
  return { ms: ms / REQUESTS, cpuMs: (cpuUs - before.cpuUs) / 1_000 / REQUESTS };
}

/** Rounds of two, in turn. */
async function compared(
  what: string,
  mine: () => Promise<Round>,
  base: () => Promise<Round>,
  { rounds }: Wish,
): Promise<Omit<Figure, "target">> {
  const took: { readonly mine: Round; readonly base: Round }[] = [];
  for (let i = -WARM_UP; i < rounds; i++) {
    const one = { base: await base(), mine: await mine() };
    if (i >= 0) took.push(one);
  }
  const ratio = (key: keyof Round) => median(took.map((one) => one.mine[key] / one.base[key]));
  const ms = (of: "mine" | "base") => median(took.map((one) => one[of].ms)).toFixed(2);
  const [value, cpuValue] = [ratio("ms"), ratio("cpuMs")];
  const shown = `${ms("mine")} over ${ms("base")} ms; ${value.toFixed(2)}× (CPU ${cpuValue.toFixed(2)}×)`;
  return { what, value, cpuValue, shown };
}

const BARE = "a bare route with the same bytes";

export async function answerFigures(wish: Wish): Promise<readonly Figure[]> {
  const folder = join(benchFolder(), ".caudal");
  const newest = await fillStore(folder, { finished: FEW });
  const paths: Readonly<Record<string, string>> = {
    [`API: 50 runs; ${BARE}`]: `${API}/runs?limit=50`,
    [`API: one run; ${BARE}`]: `${API}/runs/${newest}`,
    [`API: its task runs; ${BARE}`]: `${API}/runs/${newest}/tasks`,
    [`API: all flows; ${BARE}`]: `${API}/flows`,
  };
  const wanted = Object.entries(paths).filter(([what]) => isWanted(wish, what));
  if (wanted.length === 0) return [];
  const ours = await ServerChild.start({ kind: "caudal", folder }, wish.node);
  const answers: Record<string, RawAnswer> = {};
  for (const [, path] of wanted) {
    const { body, headers } = await ours.get(path);
    const {
      date: _,
      connection: __,
      "keep-alive": ___,
      "transfer-encoding": ____,
      "content-length": _____,
      ...own
    } = headers;
    answers[path] = { body: body.toString(), headers: own as RawAnswer["headers"] };
  }
  const raw = await ServerChild.start({ kind: "raw", answers }, wish.node);
  const figures: Figure[] = [];
  for (const [what, path] of wanted) {
    const figure = await compared(
      what,
      () => round(ours, path),
      () => round(raw, path),
      wish,
    );
    figures.push({ ...figure, target: atMost(3, "×") });
  }
  await ours.stop();
  await raw.stop();
  return figures;
}

/** Of two stores the same question: as many rows are found in both. `run`: the one that a text finds. */
interface Question {
  readonly query: (about: { readonly runs: number; readonly oldest: string }) => string;
}

const q = (query: string): Question => ({ query: () => query });

const ISO_PER_RUN_MS = 10_000;

/** Around the middle of all runs. */
const middle = (runs: number) => {
  const at = Date.now() - (runs / 2) * ISO_PER_RUN_MS;
  const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString());
  return `started=${iso(at - 200 * ISO_PER_RUN_MS)}..${iso(at + 200 * ISO_PER_RUN_MS)}`;
};

const QUESTIONS: Readonly<Record<string, Question>> = {
  "the first page": q("/runs?limit=50"),
  "a page in the middle": { query: ({ runs }) => `/runs?limit=50&after=${cursorFor({}, runs / 2)}` },
  "state=Failed": q("/runs?limit=50&state=Failed"),
  "state=Failed,TimedOut,Cancelled": q("/runs?limit=50&state=Failed,TimedOut,Cancelled"),
  "flow=letters": q("/runs?limit=50&flow=letters"),
  "flow and state": q("/runs?limit=50&flow=orders&state=Failed"),
  "tag=nightly": q("/runs?limit=50&tag=nightly"),
  "tag and state": q("/runs?limit=50&tag=nightly&state=Success"),
  "started=1h": q("/runs?limit=50&started=1h"),
  "started in the middle": { query: ({ runs }) => `/runs?limit=50&${middle(runs)}` },
  "by=serve": q("/runs?limit=50&by=serve"),
  "a text that many names have": q("/runs?limit=50&q=a"),
  "a text that nobody has": q("/runs?limit=50&q=zz9zz9zz9"),
  "a text of the oldest run": { query: ({ oldest }) => `/runs?limit=50&q=${oldest}` },
};
const COUNTS = "counts of state=Failed";
const SIZES = `${MANY.toLocaleString("en")} runs; ${FEW.toLocaleString("en")}`;
const whatOf = (name: string) => `API: ${name}, of ${SIZES}`;

export async function pageFigures(wish: Wish): Promise<readonly Figure[]> {
  const wanted = Object.entries({ ...QUESTIONS, [COUNTS]: q("/runs/counts?state=Failed&flow=letters") }).filter(
    ([name]) => isWanted(wish, whatOf(name)),
  );
  if (wanted.length === 0) return [];
  const [few, many] = [await stored(FEW, wish), await stored(MANY, wish)];
  const figures: Figure[] = [];
  for (const [name, { query }] of wanted) {
    const [pathOfFew, pathOfMany] = [few, many].map((of) => `${API}${query(of)}`);
    const [rowsOfFew, rowsOfMany] = [await rowsIn(few.server, pathOfFew!), await rowsIn(many.server, pathOfMany!)];
    if (rowsOfFew !== rowsOfMany) {
      const shown = `${rowsOfMany} rows, where ${rowsOfFew} were found of the few`;
      figures.push({ what: whatOf(name), value: Number.NaN, shown, target: atMost(2, "×") });
      continue;
    }
    const mine = () => round(many.server, pathOfMany!);
    const figure = await compared(whatOf(name), mine, () => round(few.server, pathOfFew!), wish);
    figures.push({ ...figure, target: atMost(2, "×") });
  }
  await few.server.stop();
  await many.server.stop();
  return figures;
}

async function stored(runs: number, wish: Wish) {
  const folder = join(benchFolder(), ".caudal");
  await fillStore(folder, { finished: runs });
  const server = await ServerChild.start({ kind: "caudal", folder }, wish.node);
  const at = cursorFor({}, 60);
  const { body } = await server.get(`${API}/runs?limit=1&after=${at}`);
  const [run] = (JSON.parse(body.toString()) as { runs: { id: string }[] }).runs;
  return { runs, server, oldest: run!.id };
}

/** A page with fewer rows would be cheaper, and no answer at all the cheapest. */
async function rowsIn(server: ServerChild, path: string): Promise<number | undefined> {
  const { body } = await server.get(path);
  return (JSON.parse(body.toString()) as { readonly runs?: readonly unknown[] }).runs?.length;
}
