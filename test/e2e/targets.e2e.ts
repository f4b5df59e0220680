/** Large enough to be hit, with a mouse and with a thumb. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openPage, withBrowser } from "./browser.ts";
import { withMock } from "./servers.ts";

withBrowser();
const mock = withMock();

const FAILED = "/runs/r00134";

const PLACES = [
  "/",
  "/flows",
  "/flows/my%20etl%20flow",
  "/flows/my%20etl%20flow?view=outline&task=get_complaint_data-1",
  "/flows/etl-failing/runs",
  "/flows/my%20etl%20flow/schedules",
  "/flows/my%20etl%20flow/versions",
  "/flows/form/run",
  "/runs",
  FAILED,
  `${FAILED}?view=gantt`,
  `${FAILED}?view=outline`,
  `${FAILED}?view=table&task=get_complaint_data-1`,
  `${FAILED}?at=2020-01-01T00:00:00Z`,
  "/runs/r00024",
  "/runs/r00120?view=table&task=double-1",
  `${FAILED}/logs`,
  `${FAILED}/events`,
  "/schedules",
  "/schedules/my%20etl%20flow",
  "/settings/general",
  "/settings/about",
  "/help",
  "/help/states",
  "/help/errors",
  "/nowhere",
] as const;

/**
 * What may be smaller, by hand: links within a sentence or in a row of a table or list whose line is a target high
 * (WCAG 2.5.8, "inline"), boxes of a drawing, whose size is the zoom's and which the outline lists (2.5.8, "equivalent"),
 * and the numbers of lines of a log, each a line high and with room beside it.
 */
const MAY_BE_SMALL =
  "p a, dd a, td a, th a, h2 a, li > a:not([class]), .crumbs a, .graph-box, .log-number, .log-text a, .skip-link, .prose a, .tag, label a";

async function small(page: Page, least: number): Promise<readonly string[]> {
  return page.evaluate(
    ([px, mayBeSmall]) => {
      const found: string[] = [];
      const all = document.querySelectorAll<HTMLElement>(
        'a[href], button, input, select, textarea, summary, [role="treeitem"], [role="separator"][tabindex]',
      );
      for (const one of all) {
        if (one.matches(mayBeSmall) || one.closest("[hidden], dialog:not([open])") !== null) continue;
        // A box that is ticked is hit by its label as well.
        const shown = one.matches("input[type=checkbox], input[type=radio]") ? (one.closest("label") ?? one) : one;
        const { width, height } = shown.getBoundingClientRect();
        if (width === 0 || height === 0 || getComputedStyle(one).visibility === "hidden") continue;
        if (Math.round(width) >= px && Math.round(height) >= px) continue;
        found.push(
          `${one.tagName.toLowerCase()}.${one.className} “${(one.getAttribute("aria-label") ?? one.textContent ?? "").trim().slice(0, 30)}” ${Math.round(width)}×${Math.round(height)}`,
        );
      }
      return found;
    },
    [least, MAY_BE_SMALL] as const,
  );
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(`${mock.url}${path}`);
  await page.locator("main .page").waitFor();
  await expect.poll(() => page.locator(".loading").count()).toBe(0);
}

describe("with a mouse", () => {
  test.each(PLACES)("U49: everything on %s is at least 24 px wide and high", async (path) => {
    const page = await openPage();
    await open(page, path);

    await expect.poll(() => small(page, 24)).toEqual([]);
  });
});

describe("with a thumb", () => {
  test.each(PLACES)("U49: everything on %s is at least 44 px high, or 24 with its neighbours apart", async (path) => {
    const page = await openPage({ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
    await open(page, path);

    await expect.poll(() => small(page, 44)).toEqual([]);
  });
});
