/** Searching runs where the server looks at so many per answer. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { flow, task } from "../../src/index.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { newRun, version } from "../conformance/store-rows.ts";
import { storeFolder } from "../support/store-folder.ts";
import { openPage, withBrowser } from "./browser.ts";
import { serve } from "./servers.ts";

withBrowser();

/** Of this name the runs are. */
const etl = flow("etl", () => task("load", () => 1)());

/** More than one answer looks at. */
const RUNS = 5_100;

async function searching(text: string) {
  const store = new SqliteStore(join(storeFolder(), ".caudal"), { durability: "process" });
  for (let i = 1; i <= RUNS; i++)
    store.createRun(newRun(`${String(i).padStart(26, "0")}`, { name: i === 3 ? "the audit" : `load ${i}` }), version);
  const { url } = await serve([etl], { store, starts: false });
  const page = await openPage();
  return { page, open: () => page.goto(`${url}/runs?q=${text}`) };
}

test("a run that is older than one answer looks at is found without a press", async () => {
  const { page, open } = await searching("audit");

  await open();

  await page.getByRole("link", { name: "the audit" }).first().waitFor();
  expect(await page.getByText("No run fits").count()).toBe(0);
});

test("a search that takes long says how far back it is, and waits to be asked on", async () => {
  const { page, open } = await searching("nowhere");
  let asked = 0;
  await page.route(/api\/v1\/runs\?/, (route) => {
    asked++;
    return route.fulfill({
      json: { runs: [], next: `0000000${asked}.1`, searchedTo: Date.UTC(2020, 0, 1), cursor: 1 },
    });
  });

  await open();
  await page.getByText("Searched back to").waitFor();
  const before = asked;
  await page.getByRole("link", { name: "Search further back" }).click();

  expect(before).toBeLessThan(30);
  await expect.poll(() => asked).toBeGreaterThan(before);
  await expect.poll(() => new URL(page.url()).searchParams.get("after")).toMatch(/\.1$/);
});
