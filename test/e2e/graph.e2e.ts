/** A drawing as one likes it: which way it goes, what is folded, where a task stands in it, and on paper. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { flow, task } from "../../src/index.ts";
import type { RunDetail } from "../../src/server/contract.ts";
import { openPage, withBrowser } from "./browser.ts";
import { etl } from "./seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

const step = task("step", (n: number) => n);
const repeats = flow("repeats", () => {
  const first = task("first", () => 1)();
  for (let at = 0; at < 8; at++) step(first);
});

const odd = task("odd", (n: number, at: number) => {
  if (at === 5) throw new Error("six is one too many");
  return n + at;
});
const oneFails = flow("one fails", () => {
  const first = task("first", () => 1)();
  for (let at = 0; at < 8; at++) odd(first, at);
});

const middleOf = async (page: Page, name: string) => {
  const box = await page.locator(`.graph-box:has-text("${name}")`).boundingBox();
  return { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + (box?.height ?? 0) / 2 };
};

describe("the direction", () => {
  test("is switched, and is the same in the next graph and after a reload", async () => {
    const { url } = await serve([etl, repeats]);
    const page = await openPage();
    await page.goto(`${url}/flows/my%20etl%20flow`);
    await page.locator(".graph-box").first().waitFor();
    const [above, below] = [await middleOf(page, "get_complaint_data"), await middleOf(page, "parse_complaint_data")];
    expect(below.y).toBeGreaterThan(above.y + 20);

    await page.getByRole("button", { name: "Draw it from left to right" }).click();

    await page.getByRole("button", { name: "Draw it from top to bottom" }).waitFor();
    const [left, right] = [await middleOf(page, "get_complaint_data"), await middleOf(page, "parse_complaint_data")];
    expect(right.x).toBeGreaterThan(left.x + 20);
    await page.goto(`${url}/flows/repeats`);
    await page.getByRole("button", { name: "Draw it from top to bottom" }).waitFor();
  });
});

describe("the fold level", () => {
  test("stands in the address, and puts what repeats itself into one box, with the states in it", async () => {
    const server = await serve([repeats]);
    const { id } = (await (await server.post("/flows/repeats/runs")).json()) as RunDetail;
    await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await expect.poll(() => page.locator(".graph-box").count()).toBe(9);

    await page.getByLabel("What is folded").selectOption({ label: "Repeats folded" });

    await expect.poll(() => page.locator(".graph-box").count()).toBe(2);
    expect(new URL(page.url()).searchParams.get("fold")).toBe("most");
    const folded = page.locator('.graph-box[data-shape="folded"]');
    expect(await folded.getAttribute("aria-label")).toMatch(/^step, stands for 8 tasks/);
    expect(await folded.getAttribute("data-state")).toBe("Success");
  });

  test("hides no failure: the box says how many, and one key opens the one that failed", async () => {
    const server = await serve([oneFails]);
    const { id } = (await (await server.post("/flows/one%20fails/runs")).json()) as RunDetail;
    await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}?fold=most&view=graph`);

    const folded = page.locator('.graph-box[data-shape="folded"]');
    await expect.poll(() => folded.getAttribute("aria-label")).toMatch(/^odd, stands for 8 tasks, Failed, 1 failed/);
    expect(await folded.locator(".share-ring circle").count()).toBe(2);
    await folded.focus();
    await page.keyboard.press("Enter");

    await page.locator(".drawer").getByText("six is one too many").first().waitFor();
    expect(new URL(page.url()).searchParams.get("task")).toBe("odd-6");
  });
});

describe("looking for a task", () => {
  test("goes from one to the next with Enter, says which of how many, and ends at the box", async () => {
    const { url } = await serve([etl]);
    const page = await openPage();
    await page.goto(`${url}/flows/my%20etl%20flow`);
    await page.locator(".graph-box").first().waitFor();

    await page.keyboard.press("F");
    await page.keyboard.type("complaint");

    const found = page.locator(".graph-box[data-found]");
    const hits = page.locator(".graph-hits");
    await expect.poll(() => hits.innerText()).toBe("1 of 3");
    const first = await found.innerText();
    await page.keyboard.press("Enter");
    await expect.poll(() => hits.innerText()).toBe("2 of 3");
    await expect.poll(() => found.innerText()).not.toBe(first);
    await page.keyboard.press("Shift+Enter");
    await expect.poll(() => found.innerText()).toBe(first);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(first);
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).searchParams.get("task")).toMatch(/complaint/);
  });

  test("says that there is none", async () => {
    const { url } = await serve([etl]);
    const page = await openPage();
    await page.goto(`${url}/flows/my%20etl%20flow`);

    await page.getByRole("searchbox", { name: "Find a task" }).fill("nowhere");

    await expect.poll(() => page.locator(".graph-hits").innerText()).toBe("none");
  });
});

describe("a drawing to keep", () => {
  test("is a PDF as it is arranged here", async () => {
    const { url } = await serve([etl]);
    const page = await openPage();
    await page.goto(`${url}/flows/my%20etl%20flow`);
    await page.locator(".graph-head summary").click();

    const coming = page.waitForEvent("download");
    await page.getByRole("link", { name: "PDF, to print" }).click();
    const download = await coming;

    expect(download.suggestedFilename()).toBe("my_etl_flow.pdf");
    expect(
      readFileSync(await download.path())
        .subarray(0, 5)
        .toString(),
    ).toBe("%PDF-");
  });
});
