/** A lot at once: lines by the thousand, states by the hundred; and the page for those who see or hear it otherwise. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { flow, task } from "../../src/index.ts";
import type { RunDetail } from "../../src/server/contract.ts";
import { openPage, withBrowser } from "./browser.ts";
import { failingEtl, type Gate, gate, speaking } from "./run-seeds.ts";
import { serve, withMock } from "./servers.ts";

withBrowser();
const mock = withMock();

/** One task, and sixty that begin when it ends. */
function manyAtOnce(door: Gate) {
  const first = task("first", () => door.pass());
  const next = task("next", (_: unknown, at: number) => at);
  return flow("many at once", () => {
    const begun = first();
    for (let at = 0; at < 60; at++) next(begun, at);
  });
}

const VISIBLE_MS_MAX = 500;
/** Of 60 s as specified by `npm run test:e2e -- --long`; of less elsewhere, as much as shows what grows. */
const SECONDS = process.env["E2E_LONG"] === undefined ? 18 : 60;
/** What a log of 5,001 lines and more has settled to: from here on time alone must not cost memory. */
const SETTLED_SECONDS = 9;
const GROWTH_MIB_MAX = 3;

/** What the page holds after the garbage is gone. */
async function heapMiB(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  // Twice: what finalizers let go of is garbage only then.
  for (let round = 0; round < 2; round++) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize / 2 ** 20;
}

describe("a log at a thousand lines a second", () => {
  test(`U31: is followed to its last line for ${SECONDS} s, none is missing, and memory does not grow with time`, async () => {
    const { flow: talk, say, end } = speaking();
    const server = await serve([talk]);
    const { id } = (await (await server.post("/flows/speaking/runs")).json()) as RunDetail;
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}/logs`);
    await page.getByText("hello").waitFor();
    await page.locator('.freshness[data-freshness="live"]').waitFor();
    let said = 0;
    // The rate is what is tested, so it is a clock that speaks: a hundred lines each tenth of a second.
    const speakUntil = (last: number) =>
      new Promise<void>((done) => {
        const timer = setInterval(() => {
          say(...Array.from({ length: 100 }, () => `said ${++said}`));
          if (said < last) return;
          clearInterval(timer);
          done();
        }, 100);
      });
    const shown = (line: number) => page.getByText(`said ${line}`, { exact: true }).waitFor();

    await speakUntil(SETTLED_SECONDS * 1_000);
    await shown(said);
    const settled = await heapMiB(page);
    await speakUntil(SECONDS * 1_000);
    const begunAt = performance.now();
    await shown(said);
    const tookMs = performance.now() - begunAt;
    const after = await heapMiB(page);
    const heaps = `heap after ${SETTLED_SECONDS} s ${settled.toFixed(1)} MiB, after ${SECONDS} s ${after.toFixed(1)} MiB`;
    console.log(`${heaps}; the last line was seen after ${tookMs.toFixed(0)} ms`);

    const numbers = await page
      .locator("[data-line]")
      .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("data-line"))));
    expect(numbers.at(-1)).toBe(said);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => said + 1 - numbers.length + at));
    expect(tookMs).toBeLessThan(VISIBLE_MS_MAX);
    expect(after - settled).toBeLessThan(GROWTH_MIB_MAX);
    await page.locator(".log-view").hover();
    await page.mouse.wheel(0, -2_000);
    await page.getByRole("button", { name: "To the end" }).waitFor();
    say("one", "two", "three");
    await page.getByRole("button", { name: "3 new lines" }).waitFor();
    end();
  });
});

describe("sixty states at once", () => {
  test("U46: are told as at most one summary in ten seconds, and the end once", async () => {
    const door = gate();
    const server = await serve([manyAtOnce(door)]);
    const { id } = (await (await server.post("/flows/many%20at%20once/runs")).json()) as RunDetail;
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator('.graph-box[data-state="Running"]').waitFor();
    await page.evaluate(() => {
      const said: { at: number; text: string }[] = [];
      Object.assign(window, { said });
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const region = (target instanceof Element ? target : target.parentElement)?.closest('.unseen[role="status"]');
          const text = region?.textContent ?? "";
          if (text !== "" && text !== said.at(-1)?.text) said.push({ at: performance.now(), text });
        }
      }).observe(document.body, { childList: true, characterData: true, subtree: true });
    });

    door.open();

    await page.locator('.page-title .state-mark[title="Failed"], .page-title .state-mark[title="Success"]').waitFor();
    const ended = /^(Failed|Success); 61 of 61 done/;
    const heard = () => page.evaluate(() => (window as never as { said: { at: number; text: string }[] }).said);
    await expect.poll(async () => (await heard()).filter(({ text }) => ended.test(text)).length).toBe(1);
    const summaries = (await heard()).filter(({ text }) => /of 61 done/.test(text) && !ended.test(text));
    const gaps = summaries.slice(1).map(({ at }, place) => at - (summaries[place]?.at ?? 0));
    expect(gaps.filter((ms) => ms < 9_900)).toEqual([]);
  });
});

describe("colours that somebody chose", () => {
  test("U47: leave signs, words and the focus to be seen", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const { id } = (await (await server.post("/flows/etl-failing/runs")).json()) as RunDetail;
    await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
    const page = await openPage({ forcedColors: "active" });
    await page.goto(`${server.url}/runs/${id}`);
    const box = page.locator('.graph-box[data-state="Failed"]');
    await box.waitFor();

    const glyph = await box.locator(".glyph").evaluate((sign) => {
      const { stroke, fill, color, display } = getComputedStyle(sign);
      return {
        drawn: [stroke, fill, color].filter((one) => one !== "none"),
        display,
        ground: getComputedStyle(document.body).backgroundColor,
      };
    });
    await box.focus();
    const ring = await box.evaluate((one) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return `${outlineStyle} ${outlineWidth}`;
    });

    expect(glyph.display).not.toBe("none");
    expect(glyph.drawn.some((color) => color !== glyph.ground)).toBe(true);
    expect(ring).toMatch(/^solid [2-9]/);
    await page.locator(".page-title .state-word", { hasText: "Failed" }).waitFor();
  });
});

describe("at 400 %", () => {
  test.each([
    ["/runs"],
    ["/runs/r00134"],
    ["/runs/r00134?view=gantt"],
    ["/runs/r00134?view=table"],
    ["/runs/r00134?view=outline"],
    ["/runs/r00134?at=2020-01-01T00:00:00Z"],
    ["/runs/r00134/logs"],
    ["/runs/r00134/events"],
    ["/flows/form/run"],
    ["/settings/about"],
  ])("U47: %s scrolls one way only", async (path) => {
    const page = await openPage({ viewport: { width: 320, height: 256 } });
    await page.goto(`${mock.url}${path}`);
    await page.locator("main .page").waitFor();
    await expect.poll(() => page.locator(".loading").count()).toBe(0);

    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  });
});
