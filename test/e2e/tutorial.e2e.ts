/** Step 12 of the tutorial: the four screens, clicked through against `caudal serve` as a reader starts it. */
import { expect, onTestFinished, test } from "vitest";
import { openPage, withBrowser } from "./browser.ts";
import { tutorialFolder, type TutorialFolder } from "./tutorial-folder.ts";

withBrowser();

/** Registered before the page, so that the page is closed before its server is. */
async function readersFolder(): Promise<TutorialFolder> {
  const folder = await tutorialFolder();
  onTestFinished(() => folder.leave());
  return folder;
}

test("the start page leads to the flow, a click runs it, and each task's state is there, live", async () => {
  const reader = await readersFolder();
  const url = await reader.serve();
  const page = await openPage();

  await page.goto(url);
  await page.getByRole("link", { name: "Flows", exact: true }).first().click();
  await page.getByRole("link", { name: "my etl flow" }).first().click();
  await page.locator(".graph-box").nth(3).waitFor();
  await page
    .getByRole("button", { name: /^Run/ })
    .or(page.getByRole("link", { name: /^Run( now)?$/ }))
    .first()
    .click();

  await page.waitForURL(/\/runs\/[0-9a-z]{26}/);
  await page.locator('.page-title .state-mark[title="Success"]').waitFor();
  await expect
    .poll(() => page.locator('.graph-box[data-state="Success"], .graph-box[data-state="Cached"]').count())
    .toBe(4);
  await page.getByText("I actually requested this time!").first().waitFor();
});

test("a run made by a script is there too, and the second one found its answer in the cache", async () => {
  const reader = await readersFolder();
  const url = await reader.serve();
  const page = await openPage();
  await page.goto(`${url}/runs`);
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();

  expect(await reader.caudal("run", "etl.ts")).toMatchObject({ code: 0 });
  expect(await reader.caudal("run", "etl.ts")).toMatchObject({
    code: 0,
    text: expect.stringContaining("(hit: stored by run"),
  });

  await page.locator("tbody tr").nth(1).waitFor();
  await page.locator("tbody tr").first().getByRole("link").first().click();
  await page.locator('.graph-box[data-state="Cached"]').waitFor();
});

test("Ctrl-C ends the server with 0, and the next one still knows the runs", async () => {
  const reader = await readersFolder();
  await reader.caudal("run", "etl.ts");
  await reader.serve();
  expect(await reader.stopServing()).toBe(0);

  const url = await reader.serve();
  const page = await openPage();
  await page.goto(`${url}/flows`);

  await page.getByRole("link", { name: "my etl flow" }).first().waitFor();
  await page.locator('tbody .state-mark[title="Success"]').first().waitFor();
});
