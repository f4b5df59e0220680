/** One instant is told the same way wherever it is shown, in the zone people chose, and the zone is always named. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { RunDetail } from "../../src/server/contract.ts";
import { virtualClock } from "../../src/testing.ts";
import { drawn, openPage, withBrowser } from "./browser.ts";
import { etl } from "./seeds.ts";
import { talking } from "./run-seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

/** A server at this time by its own clock, with a run that began and ended just then. */
async function servedAt(at: number) {
  const clock = virtualClock({ manual: true, at });
  const server = await serve([talking(1), etl], { clock });
  const { id } = (await (await server.post("/flows/talking/runs")).json()) as RunDetail;
  await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
  return { ...server, id };
}

/** A browser that is somewhere else than what was chosen. */
async function pageIn(zone: string): Promise<Page> {
  const page = await openPage({ timezoneId: "America/New_York" });
  await page.addInitScript((chosen) => localStorage.setItem("caudal.settings", JSON.stringify({ zone: chosen })), zone);
  return page;
}

describe("U40: a run that began at 15:54:05 UTC", () => {
  test.each([
    ["UTC", "2026-11-23 15:54:05 UTC", "2026-11-23 15:55:00 UTC"],
    ["America/Mexico_City", "2026-11-23 09:54:05 CST", "2026-11-23 09:55:00 CST"],
    ["Asia/Kolkata", "2026-11-23 21:24:05 GMT+5:30", "2026-11-23 21:25:00 GMT+5:30"],
  ])("in %s began at %s, in every place", async (zone, begun, next) => {
    const server = await servedAt(Date.UTC(2026, 10, 23, 15, 54, 5));
    const page = await pageIn(zone);
    const goTo = async (path: string) => {
      await page.goto(server.url + path);
      await drawn(page);
    };
    const titleOf = async (place: string) => (await page.locator(place).first().getAttribute("title"))?.split("\n")[0];

    await goTo("/runs");
    await expect.poll(() => titleOf("tbody time")).toBe(begun);
    await goTo(`/runs/${server.id}?task=talk-1`);
    await expect.poll(() => page.locator(".run-page .page > .facts").innerText()).toContain(begun);
    await expect.poll(() => page.locator(".drawer").innerText()).toContain(begun);
    await goTo(`/runs/${server.id}?view=gantt`);
    await page.getByTitle(`Time since the start; ${begun}`).waitFor();
    await goTo(`/runs/${server.id}/logs`);
    await expect.poll(() => titleOf(".log-time")).toBe(begun);
    await expect.poll(() => page.locator(".log-time").first().innerText()).toContain(begun.slice(11, 19));
    await goTo(`/runs/${server.id}/events`);
    await expect.poll(() => page.locator("main").innerText()).toContain(begun.slice(11, 19));
    await goTo("/flows/my%20etl%20flow/schedules");
    await expect.poll(() => page.locator("main").innerText()).toContain(next);
    expect(await page.locator(".chip", { hasText: begun.slice(20) }).count()).toBe(1);
  });
});

describe("U40: the hour that comes twice in Madrid", () => {
  test.each([
    ["the first time", Date.UTC(2026, 9, 25, 0, 30), "2026-10-25 02:30:00 GMT+2"],
    ["the second time", Date.UTC(2026, 9, 25, 1, 30), "2026-10-25 02:30:00 GMT+1"],
  ])("is told apart by its zone, %s", async (_name, at, begun) => {
    const server = await servedAt(at);
    const page = await pageIn("Europe/Madrid");

    await page.goto(`${server.url}/runs/${server.id}`);

    await expect.poll(() => page.locator(".run-page .page > .facts").innerText()).toContain(begun);
  });
});
