/** A run that is to begin at a later time: asked for in the form, seen wherever one looks, begun then or before. */
import { describe, expect, test } from "vitest";
import type { RunDetail, RunList } from "../../src/server/contract.ts";
import { virtualClock } from "../../src/testing.ts";
import { openPage, withBrowser } from "./browser.ts";
import { etl } from "./seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

const HOUR = 3_600_000;
const FULL_HOUR = Math.floor(Date.now() / HOUR) * HOUR;

/** The clock of the server: an hour begins in five minutes, whatever the machine's says. */
async function withForm() {
  const clock = virtualClock({ manual: true, at: FULL_HOUR - 300_000 });
  const server = await serve([etl], { clock, starts: false });
  const page = await openPage({ timezoneId: "UTC" });
  await page.goto(`${server.url}/flows/my%20etl%20flow`);
  await page.getByLabel("Other ways to run it").click();
  await page.getByRole("link", { name: "Schedule once…" }).click();
  await page.getByLabel("Begins at").waitFor();
  return { clock, server, page };
}

describe("Schedule once…", () => {
  test("asks for a time that is still to come, and keeps the run with its parameters until then", async () => {
    const { server, page } = await withForm();
    await page.getByLabel("Begins at").fill("2001-01-01T09:00");
    await page.getByLabel("size").fill("7");
    await page.getByRole("button", { name: "Schedule run" }).click();
    await page.getByText("A time that is still to come is needed.").waitFor();

    const at = new Date(FULL_HOUR).toISOString().slice(0, 16);
    await page.getByLabel("Begins at").fill(at);
    await page.getByRole("button", { name: "Schedule run" }).click();

    await page.locator('.page-title .state-mark[title="Scheduled"]').waitFor();
    await page.getByRole("heading", { name: /^This run begins in [45] min/ }).waitFor();
    const { runs } = (await (await server.get("/runs")).json()) as RunList;
    expect(runs).toMatchObject([{ state: "Scheduled", scheduledAt: FULL_HOUR, parametersText: '{"size":7}' }]);
  });

  test("stands under what comes next, and begins then without a reload", async () => {
    const { clock, server, page } = await withForm();
    await page.getByRole("button", { name: "Schedule run" }).click();
    await page.locator('.page-title .state-mark[title="Scheduled"]').waitFor();
    const address = page.url();
    await page.goto(`${server.url}/`);
    const next = page.locator("section[aria-labelledby=next]");
    await next.getByText(/^once, as /).waitFor();
    await page.goto(address);
    await page.getByRole("heading", { name: /^This run begins/ }).waitFor();

    clock.advance("5m");

    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    expect(await page.locator(".run-banner").count()).toBe(0);
  });

  test("stands among the schedules, the next one first, with who asked for it, until it has begun", async () => {
    const { clock, server, page } = await withForm();
    const start = async (at: number, by: string) =>
      (await (await server.post("/flows/my%20etl%20flow/runs", { at }, { "Caudal-By": by })).json()) as RunDetail;
    const [second, first] = [await start(FULL_HOUR + HOUR, "ben"), await start(FULL_HOUR, "ana")];

    await page.goto(`${server.url}/schedules`);
    const once = page.locator("section[aria-labelledby=once]");
    await once.locator("tbody tr").nth(1).waitFor();
    const names = await once.locator("tbody .run-name").allInnerTexts();
    const people = await once.locator(".run-person").allInnerTexts();
    clock.advance("5m");
    await expect.poll(() => once.locator("tbody tr").count()).toBe(1);
    await page.goto(`${server.url}/flows/my%20etl%20flow/schedules`);
    await once.locator("tbody tr").waitFor();

    expect([names.filter((_, at) => at % 2 === 0), people]).toEqual([
      [first.name, second.name],
      ["ana", "ben"],
    ]);
    expect(await once.locator("tbody tr").innerText()).toContain(second.name);
  });

  test("is begun before its time, or never", async () => {
    const { server, page } = await withForm();
    await page.getByRole("button", { name: "Schedule run" }).click();
    await page.getByRole("button", { name: "Begin now" }).click();
    await page
      .getByRole("dialog", { name: /^Begin .* now$/ })
      .getByRole("button", { name: "Begin now" })
      .click();
    await page.locator('.page-title .state-mark[title="Success"]').waitFor();

    const answer = await server.post("/flows/my%20etl%20flow/runs", { at: FULL_HOUR });
    const { id } = (await answer.json()) as RunDetail;
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".run-actions").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click();

    await page.locator('.page-title .state-mark[title="Cancelled"]').waitFor();
  });
});
