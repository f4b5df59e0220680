/** What an edge of a run carries, told where it is pointed at, tapped, or reached with a key. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { RunDetail } from "../../src/server/contract.ts";
import { flow, task } from "../../src/index.ts";
import { openPage, withBrowser } from "./browser.ts";
import { serve } from "./servers.ts";

withBrowser();

const SECRET = "xyzzy-of-the-value";
const extract = task("extract", () => ({ rows: [1, 2, 3], who: SECRET }));
const load = task("load", (rows: number[]) => rows.length);
const report = task("report", (_count: number, _all: { rows: number[] }) => "done");
const etl = flow("etl", () => {
  const extracted = extract();
  const loaded = load(extracted.get("rows"));
  report(loaded, extracted);
  task("tidy", () => undefined)().setUpstream(loaded);
});

async function opened(options: Parameters<typeof openPage>[0] = {}) {
  const server = await serve([etl]);
  const { id } = (await (await server.post("/flows/etl/runs")).json()) as RunDetail;
  await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
  const page = await openPage(options);
  await page.goto(`${server.url}/runs/${id}?view=graph`);
  await page.locator(".graph-box").nth(3).waitFor();
  return page;
}

/** A place on the line itself. */
function onEdge(page: Page, from: string, to: string) {
  return page.evaluate(
    ([first, second]) => {
      const arrows = [...document.querySelectorAll<SVGGElement>(".graph-arrow")];
      const named = (id: string | undefined) =>
        document.querySelector(`[data-box="${CSS.escape(id ?? "")}"] .graph-name`)?.textContent;
      const at = arrows.findIndex(({ dataset }) => named(dataset["from"]) === first && named(dataset["to"]) === second);
      const path = document.querySelector<SVGPathElement>(`.graph-hit[data-edge="${at}"]`);
      document.querySelector(".graph-view")?.scrollIntoView({ block: "center" });
      const { x, y } = path!.getPointAtLength(path!.getTotalLength() / 2).matrixTransform(path!.getScreenCTM()!);
      return { x, y };
    },
    [from, to] as const,
  );
}

describe("an edge of a run", () => {
  test("says type and size of what it carries when it is pointed at, and never the value", async () => {
    const page = await opened();
    const { x, y } = await onEdge(page, "extract", "load");

    await page.mouse.move(x, y);

    const tip = page.locator(".edge-tip");
    await tip.getByText("rows (/rows): list of 3, 7 bytes").waitFor();
    expect(await tip.locator(".edge-ends").innerText()).toBe("extract → load");
    const other = await onEdge(page, "extract", "report");
    await page.mouse.move(other.x, other.y);
    await tip.getByText("_all: object with 2 members").waitFor();
    expect(await page.content()).not.toContain(SECRET);
    await page.mouse.move(1, 1);
    await expect.poll(() => tip.count()).toBe(0);
  });

  test("is reached with a key from the task one is at, one after the other, and left with Escape", async () => {
    const page = await opened();
    await page.locator(".graph-box", { hasText: "load" }).focus();
    const tip = page.locator('.edge-tip[role="status"]');
    const said: string[] = [];

    for (let edge = 0; edge < 3; edge++) {
      await page.keyboard.press("v");
      await expect
        .poll(async () => said.includes(await tip.innerText()) || /…/.test(await tip.innerText()))
        .toBe(false);
      said.push(await tip.innerText());
    }
    await page.keyboard.press("Escape");

    await expect.poll(() => tip.count()).toBe(0);
    expect(said.sort()).toEqual([
      "extract → load\n\nrows (/rows): list of 3, 7 bytes",
      "load → report\n\n_count: number, 1 byte",
      "load → tidy\n\nOnly the order: nothing is passed on.",
    ]);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("load");
  });

  test("is tapped on a phone, in Spanish, and closed by a tap elsewhere", async () => {
    const page = await opened({ viewport: { width: 360, height: 740 }, hasTouch: true, locale: "es" });
    const { x, y } = await onEdge(page, "extract", "load");

    await page.touchscreen.tap(x, y);
    const tip = page.locator(".edge-tip");
    await tip.getByText("rows (/rows): lista de 3, 7 bytes").waitFor();
    const box = await tip.boundingBox();
    await page.touchscreen.tap(8, 8);

    expect([(box?.x ?? -1) >= 0, (box?.x ?? 0) + (box?.width ?? 999) <= 360]).toEqual([true, true]);
    await expect.poll(() => tip.count()).toBe(0);
  });
});
