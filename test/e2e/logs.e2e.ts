/** The log of a run: small ones whole, large ones in view, filtered and found on the server, followed while they grow. */
import { describe, expect, test } from "vitest";
import type { RunDetail } from "../../src/server/contract.ts";
import { openPage, steady, withBrowser } from "./browser.ts";
import { piling, speaking, talking } from "./run-seeds.ts";
import { serve, wireTo } from "./servers.ts";

withBrowser();

type Served = Awaited<ReturnType<typeof serve>>;

async function run(server: Served, flow: string, wait = true): Promise<string> {
  const made = (await (await server.post(`/flows/${encodeURIComponent(flow)}/runs`)).json()) as RunDetail;
  if (wait) await server.until<RunDetail>(`/runs/${made.id}`, ({ endedAt }) => endedAt !== undefined);
  return made.id;
}

describe("a log of 100,000 lines", () => {
  test("U29, U30: shows its end with few rows, goes anywhere, and finds what is far away", async () => {
    const server = await serve([talking(100_000)]);
    const id = await run(server, "talking");
    const page = await openPage();

    await page.goto(`${server.url}/runs/${id}/logs`);
    await page.getByText("the end").waitFor();
    const rows = page.locator(".log-line");
    expect(await rows.count()).toBeLessThanOrEqual(400);
    await page.locator(".log-view").focus();
    await page.keyboard.press("Home");
    await page.getByText("line 1", { exact: true }).waitFor();
    await page.keyboard.press("End");
    await page.getByText("the end").waitFor();
    const view = page.locator(".log-view");
    const place = () => view.evaluate((element) => (element.scrollTop + element.clientHeight) / element.scrollHeight);
    await expect.poll(place).toBeGreaterThan(0.99);

    await page.getByRole("searchbox", { name: "Search the logs" }).fill("needle");

    await page.getByText("1 of 100,001 lines").waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("needle");
    await page.getByRole("link", { name: "Show around this line" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".log-line[data-marked]").getByText("needle 99990").waitFor();
    await page.getByText("line 99989", { exact: true }).waitFor();
  });

  test("U30: opens cold at a line that is in the address", async () => {
    const server = await serve([talking(20_000)]);
    const id = await run(server, "talking");
    const page = await openPage();

    await page.goto(`${server.url}/runs/${id}/logs?line=7000`);

    const marked = page.locator(".log-line[data-marked]");
    await marked.getByText("line 7000", { exact: true }).waitFor();
    await expect.poll(() => marked.evaluate((line) => line.getBoundingClientRect().top)).toBeLessThan(860);
  });
});

describe("a log of 5,000 lines", () => {
  test("U34: is in the document as a whole, so that the browser's own find works", async () => {
    const server = await serve([talking(4_999)]);
    const id = await run(server, "talking");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}/logs`);
    await page.getByText("5,000 lines").waitFor();

    const find = () => page.evaluate(() => (window as never as { find(text: string): boolean }).find("line 2500"));

    await expect.poll(find).toBe(true);
  });

  test("U32: its filters combine, and downloads are what the server says, byte for byte", async () => {
    const server = await serve([talking(200)]);
    const id = await run(server, "talking");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}/logs`);

    await page.getByLabel("Level").selectOption("warn");
    await page.getByText("1 of 201 lines").waitFor();
    await page.getByLabel("Level").selectOption("debug");
    await page.getByLabel("Task", { exact: true }).selectOption("talk-1");
    await page.getByRole("searchbox").fill("line 19");
    await page.getByText("10 of 201 lines").waitFor();

    for (const [name, path] of [
      ["This view, as text", `/runs/${id}/logs/download?task=talk-1&q=line%2019`],
      ["Everything, as text", `/runs/${id}/logs/download`],
      ["Everything, as NDJSON", `/runs/${id}/logs/download?format=ndjson`],
    ] as const) {
      await page.locator("summary", { hasText: "Download" }).click();
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toBe(await (await server.get(path)).text());
    }
  });
});

describe("a log whose later lines are high", () => {
  test.each([[1280], [360]])("opens at its end, and stays there (%i px wide)", async (width) => {
    const server = await serve([piling]);
    const id = await run(server, "piling");
    const page = await openPage({ viewport: { width, height: 860 } });

    await page.goto(`${server.url}/runs/${id}/logs`);

    const view = page.locator(".log-view");
    await page.locator('[data-line="299"]').waitFor();
    const left = () => view.evaluate((one) => Math.round(one.scrollHeight - one.scrollTop - one.clientHeight));
    await expect.poll(() => steady(left)).toBeLessThan(5);
    expect(await page.getByRole("button", { name: "To the end" }).count()).toBe(0);
  });
});

describe("a log that grows", () => {
  test("U31: is followed, let go by scrolling up, and counts what came meanwhile", async () => {
    const { flow, say, end } = speaking();
    const server = await serve([flow]);
    const id = await run(server, "speaking", false);
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}/logs`);
    await page.getByText("hello").waitFor();
    const batch = (from: number) => Array.from({ length: 100 }, (_, at) => `said ${from + at}`);

    say(...batch(1));
    await page.getByText("said 100", { exact: true }).waitFor();
    const view = page.locator(".log-view");
    await expect
      .poll(() => view.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight))
      .toBeLessThan(5);
    await view.hover();
    await page.mouse.wheel(0, -600);
    await page.getByRole("button", { name: "To the end" }).waitFor();
    say(...batch(101));
    say(...batch(201));

    await page.getByRole("button", { name: "200 new lines" }).click();
    await page.getByText("said 300", { exact: true }).waitFor();
    await expect
      .poll(() => page.locator(".log-number").allTextContents())
      .toEqual(Array.from({ length: 301 }, (_, at) => String(at + 1)));
    end();
  });
});

describe("a connection that breaks", () => {
  test("U35: is said, and nothing is lost or told twice when it is back", async () => {
    const { flow, say, end } = speaking();
    const server = await serve([flow]);
    const id = await run(server, "speaking", false);
    const wire = await wireTo(server.url);
    const page = await openPage({
      expected: [/Failed to load resource|ERR_/],
      viewport: { width: 1280, height: 1400 },
    });
    await page.goto(`${wire.url}/runs/${id}`);
    await page.getByText("hello").waitFor();
    await page.getByRole("button", { name: "Live", exact: true }).waitFor();

    wire.cut();
    await page.getByRole("button", { name: /^Offline since/ }).waitFor();
    const duration = page.locator(".run-page .page > .facts .duration");
    const stood = await duration.innerText();
    say("while you were away", "and more of it");
    await server.until<RunDetail>(`/runs/${id}`, ({ logLines }) => logLines === 3);
    expect(await duration.innerText()).toBe(stood);
    await wire.mend();

    await page.getByRole("button", { name: "Live", exact: true }).waitFor();
    await page.getByText("and more of it").waitFor();
    end();
    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    await expect
      .poll(() => page.locator(".log-dock .log-text").allTextContents())
      .toEqual(["hello", "while you were away", "and more of it"]);
  });
});
