/** How soon people see it: the page of a run a click began, and on it what was committed. */
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { EventPage, FlowGraph } from "../../src/server/contract.ts";
import { CHROMIUM_ARGS, chromiumPath } from "../../test/support/chromium.ts";
import { benchFolder } from "../durable-folder.ts";
import { atMost, type Figure, isWanted, median, type Wish } from "../figure.ts";
import { ServerChild } from "./server-child.ts";
import { sharedMs } from "./server-process.ts";

const PRESSED = "Run now pressed → the run's page painted, p95";
const PAINTED = "commit → painted on the page of the run, p95";
const BOUND_MS = 300;

interface Seen {
  readonly pressedAt: number;
  readonly shownAt: number;
  readonly states: readonly { readonly box: string; readonly state: string; readonly at: number }[];
}

/** Notes, by the wall's clock, when a press came and when what is new in the document was painted. */
const WATCH = `(() => {
  const seen = (window.__seen = { pressedAt: undefined, shownAt: undefined, states: [] });
  const told = new Set();
  const painted = (then) =>
    requestAnimationFrame(() => {
      // A task that is posted in a frame runs once that frame was painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => then(performance.timeOrigin + performance.now());
      port2.postMessage(0);
    });
  addEventListener("click", ({ timeStamp }) => (seen.pressedAt ??= performance.timeOrigin + timeStamp), true);
  const look = () => {
    if (document.querySelector(".run-page .page-title .state-mark")) painted((at) => (seen.shownAt ??= at));
    for (const { dataset } of document.querySelectorAll(".graph-box[data-state]")) {
      const { box, state } = dataset;
      if (told.has(box + state)) continue;
      told.add(box + state);
      painted((at) => seen.states.push({ box, state, at }));
    }
  };
  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"],
  });
})()`;

const p95 = (all: readonly number[]) => [...all].sort((a, b) => a - b)[Math.floor(all.length * 0.95)] ?? Number.NaN;

export async function pixelFigures(wish: Wish): Promise<readonly Figure[]> {
  const wanted = [PRESSED, PAINTED].filter((what) => isWanted(wish, what));
  if (wanted.length === 0) return [];
  const target = atMost(BOUND_MS, "ms");
  if (chromiumPath === undefined)
    return wanted.map((what) => ({ what, value: Number.NaN, shown: "there is no Chromium here", target }));
  const server = await ServerChild.start(
    { kind: "caudal", folder: join(benchFolder(), ".caudal"), tells: true, page: true },
    wish.node,
  );
  const browser = await chromium.launch({ executablePath: chromiumPath, args: CHROMIUM_ARGS });
  const late: Record<string, number[]> = { [PRESSED]: [], [PAINTED]: [] };
  // The first round fills the caches of the browser and of both processes.
  for (let round = 0; round <= wish.rounds; round++) {
    const { pressed, painted } = await watch(browser, server);
    if (round === 0) continue;
    late[PRESSED]?.push(pressed);
    late[PAINTED]?.push(...painted);
  }
  await browser.close();
  await server.stop();
  return wanted.map((what) => {
    const all = late[what] ?? [];
    const shown = `${p95(all).toFixed(0)} ms, median ${median(all).toFixed(0)}, of ${all.length}`;
    return { what, value: p95(all), shown, target };
  });
}

/** One run, begun by a press and followed on its page to its end. */
async function watch(browser: Browser, server: ServerChild) {
  const wallOf = performance.timeOrigin + performance.now() - sharedMs();
  const commits = new Map<number, number>();
  const deaf = server.hear("commit", ({ cursor, atMs }) => commits.set(cursor, atMs + wallOf));
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  await page.addInitScript({ content: WATCH });
  await page.goto(`${server.address}/flows/watched`);
  await page.locator(".freshness", { hasText: "Live" }).waitFor();
  await page.getByRole("button", { name: "Run now" }).first().click();
  await page.waitForURL(/\/runs\/\w+$/);
  await page.locator('.page-title .state-mark[title="Success"]').waitFor();
  const seen = await page.evaluate<Seen>("window.__seen");
  const known = await committed(page, server, commits);
  await context.close();
  deaf();
  // What was over before the page was there could not be watched.
  const painted = seen.states.flatMap(({ box, state, at }) => {
    const committedAt = known.get(`${box} ${state}`);
    return committedAt === undefined || committedAt < seen.shownAt ? [] : [at - committedAt];
  });
  return { pressed: seen.shownAt - seen.pressedAt, painted };
}

/** When each box of the drawing came to each state, by its commit. */
async function committed(page: Page, server: ServerChild, commits: ReadonlyMap<number, number>) {
  const run = `${server.address}/api/v1/runs/${page.url().split("/").at(-1)}`;
  const { layout } = (await (await fetch(`${run}/graph`)).json()) as FlowGraph;
  const { events } = (await (await fetch(`${run}/events?limit=200`)).json()) as EventPage;
  const boxes = new Map(layout.boxes.flatMap(({ id, nodes }) => nodes.map((node) => [node, id] as const)));
  const known = new Map<string, number>();
  for (const { cursor, transitions } of events)
    for (const { id, to } of transitions) known.set(`${boxes.get(id)} ${to}`, commits.get(cursor) ?? Number.NaN);
  return known;
}
