/** Who started a run, and how: the page says that it is the page, and who uses it if that was told. */
import { describe, expect, test } from "vitest";
import type { RunDetail } from "../../src/server/contract.ts";
import { flow, task } from "../../src/index.ts";
import { openPage, withBrowser } from "./browser.ts";
import { serve } from "./servers.ts";

withBrowser();

const hello = flow("hello", () => {
  task("say", () => "hello")();
});

describe("what is started on the page", () => {
  test("is told from what is started over the API, with the name of whoever gave one", async () => {
    const server = await serve([hello]);
    await server.post("/flows/hello/runs", {}, { "Caudal-By": "nightly job" });
    const page = await openPage();
    await page.goto(`${server.url}/settings`);
    await page.getByLabel("Your name").fill("Łukasz O'Hara");

    await page.goto(`${server.url}/flows/hello`);
    await page.getByRole("button", { name: "Run now" }).first().click();
    await page.waitForURL(/\/runs\/\w+$/);
    const { trigger, startedBy } = (await (
      await server.get(`/runs/${page.url().split("/").at(-1)}`)
    ).json()) as RunDetail;
    await page.getByText("Łukasz O'Hara · page").waitFor();
    await page.goto(`${server.url}/runs`);
    await page.locator("tbody tr").nth(1).waitFor();

    expect([trigger, startedBy]).toEqual(["page", "Łukasz O'Hara"]);
    expect(await page.locator("tbody tr td:last-child").allTextContents()).toEqual(["Łukasz O'Hara", "nightly job"]);
  });

  test("has no name where none was given, and none that the server would refuse", async () => {
    const server = await serve([hello]);
    const page = await openPage();
    await page.goto(`${server.url}/settings`);

    await page.getByLabel("Your name").fill("<b>ana");
    await page.getByText("Letters, digits, spaces").waitFor();
    await page.goto(`${server.url}/flows/hello`);
    await page.getByRole("button", { name: "Run now" }).first().click();
    await page.waitForURL(/\/runs\/\w+$/);
    await page.getByRole("heading", { name: "What people did" }).waitFor();

    expect(await page.locator(".audit li").first().textContent()).toContain("started by page (127.0.0.1)");
  });
});
