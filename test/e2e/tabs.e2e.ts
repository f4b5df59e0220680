/** Many tabs of one browser on one server. */
import { expect, test } from "vitest";
import type { About, RunDetail } from "../../src/server/contract.ts";
import { openPage, withBrowser } from "./browser.ts";
import { gate, gatedEtl } from "./run-seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

test("U37: eight tabs share one connection, a ninth request is answered at once, and each tab is told of its run", async () => {
  const door = gate();
  const server = await serve([gatedEtl(door)]);
  const start = async () =>
    ((await (await server.post(`/flows/${encodeURIComponent("my etl flow")}/runs`)).json()) as RunDetail).id;
  const runs = [await start(), await start()];
  const first = await openPage();
  const tabs = [first];
  while (tabs.length < 8) tabs.push(await first.context().newPage());
  for (const [at, tab] of tabs.entries()) {
    await tab.goto(`${server.url}${at < 6 ? `/runs/${runs[at % 2]}` : "/flows"}`);
    await expect.poll(() => tab.locator(".freshness").innerText()).toBe("Live");
  }

  // A browser has six connections to a server: with a stream for each tab this would never be answered.
  const about = await first.evaluate(async () => (await fetch("../api/v1/about", { cache: "no-store" })).json());
  door.open();

  expect((about as About).openStreams).toBe(1);
  for (const tab of tabs.slice(0, 6)) await tab.locator('.page-title .state-mark[title="Success"]').waitFor();
});

test("U37: a tab that is closed leaves the others their stream, and the last one takes it along", async () => {
  const server = await serve([gatedEtl(gate())]);
  const openStreams = async () => ((await (await server.get("/about")).json()) as About).openStreams;
  const first = await openPage();
  const second = await first.context().newPage();
  for (const tab of [first, second]) {
    await tab.goto(`${server.url}/flows`);
    await expect.poll(() => tab.locator(".freshness").innerText()).toBe("Live");
  }

  await second.close();

  await server.post(`/flows/${encodeURIComponent("my etl flow")}/runs`);
  await first.locator('.last-run .state-mark[title="Running"]').waitFor();
  expect(await openStreams()).toBe(1);
  await first.goto("about:blank");
  await expect.poll(openStreams).toBe(0);
});

test("U37: without a shared worker a tab has a stream of its own", async () => {
  const server = await serve([gatedEtl(gate())]);
  const page = await openPage();
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, "SharedWorker");
  });

  await page.goto(`${server.url}/flows`);

  await expect.poll(() => page.locator(".freshness").innerText()).toBe("Live");
  await server.post(`/flows/${encodeURIComponent("my etl flow")}/runs`);
  await page.locator('.last-run .state-mark[title="Running"]').waitFor();
});
