/** Copying lines of a log that are not all in the document. */
import { expect, test } from "vitest";
import type { RunDetail } from "../../src/server/contract.ts";
import { openPage, withBrowser } from "./browser.ts";
import { talking } from "./run-seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

const LINES = 6_000;

async function openLog() {
  const server = await serve([talking(LINES)]);
  const { id } = (await (await server.post("/flows/talking/runs")).json()) as RunDetail;
  await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
  const page = await openPage({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto(`${server.url}/runs/${id}/logs?line=1000`);
  await page.locator('[data-line="999"] .log-text').waitFor();
  return { page, copied: () => page.evaluate(() => navigator.clipboard.readText()) };
}

const numbersIn = (text: string) => Array.from(text.matchAll(/\| line (\d+)$/gm), ([, number]) => Number(number));

test("U33: a selection over three screens is copied once, whole and in order", async () => {
  const { page, copied } = await openLog();
  const view = page.locator(".log-view");
  const screen = (await view.boundingBox())?.height ?? 0;

  await page.locator('[data-line="999"] .log-text').click({ position: { x: 4, y: 8 } });
  // A hand is slower than a frame: by then the page knows where the selection begins, and keeps that line.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await view.evaluate((element, px) => element.scrollBy(0, px), screen * 3);
  const lastNumber = 1_000 + Math.floor((screen * 3) / 24);
  const last = page.locator(`[data-line="${lastNumber - 1}"] .log-text`);
  await last.waitFor();
  await last.click({ position: { x: 20, y: 8 }, modifiers: ["Shift"] });
  await page.keyboard.press("Control+c");

  await expect
    .poll(async () => numbersIn(await copied()))
    .toEqual(Array.from({ length: lastNumber - 999 }, (_, at) => 1_000 + at));
});

test("U33: everything is copied, also what was never fetched", async () => {
  const { page, copied } = await openLog();

  await page.locator(".log-view").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");

  await page
    .getByText(`${(LINES + 1).toLocaleString("en-US")} lines copied`)
    .first()
    .waitFor();
  await expect.poll(async () => numbersIn(await copied()).length).toBe(LINES - 1);
  const numbers = numbersIn(await copied());
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
});

test("U33: a part of one line is copied as it is selected", async () => {
  const { page, copied } = await openLog();

  await page.locator('[data-line="1002"] .log-text').dblclick({ position: { x: 4, y: 8 } });
  await page.keyboard.press("Control+c");

  await expect.poll(copied).toMatch(/^line ?$/);
});
