/** Starting a flow with parameters, from its schema. */
import { describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { openPage, withBrowser } from "./browser.ts";
import { withMock } from "./servers.ts";

withBrowser();
const mock = withMock();

async function openForm(query = "", options: Parameters<typeof openPage>[0] = {}): Promise<Page> {
  const page = await openPage({ permissions: ["clipboard-read", "clipboard-write"], ...options });
  await page.goto(`${mock.url}/flows/form/run${query}`);
  await page.getByRole("button", { name: "Start run" }).waitFor();
  return page;
}

const openAll = (page: Page) => page.getByText("10 optional parameters").click();

async function asJson(page: Page): Promise<Record<string, unknown>> {
  await page.getByRole("button", { name: "JSON" }).click();
  const value = JSON.parse(await page.getByRole("textbox", { name: "JSON" }).inputValue()) as Record<string, unknown>;
  await page.getByRole("button", { name: "Form" }).click();
  return value;
}

describe("the form", () => {
  test("U09: has a field for each parameter, required ones first, with its default, its help and its kind", async () => {
    const page = await openForm();
    await openAll(page);

    const fields = page.locator(".parameter-form .field > .field-head > label, .field-group > legend");
    const kind = (name: string) =>
      page
        .getByLabel(name, { exact: true })
        .evaluate((input) => `${input.tagName} ${input.getAttribute("type") ?? ""}`);

    await expect
      .poll(async () => (await fields.allInnerTexts()).map((text) => text.split(/\s/)[0]))
      .toEqual([
        "since",
        "size",
        "api_key",
        "city",
        "level",
        "plan",
        "ratio",
        "dry_run",
        "note",
        "states",
        "Element",
        "Element",
        "window",
        "from",
        "days",
        "filter",
        "mail",
      ]);
    await expect.poll(() => page.locator(".tag", { hasText: "required" }).count()).toBe(4);
    await expect.poll(() => kind("since")).toBe("INPUT datetime-local");
    await expect.poll(() => kind("api_key")).toBe("INPUT password");
    await expect.poll(() => kind("level")).toBe("SELECT ");
    await expect.poll(() => kind("filter")).toBe("TEXTAREA ");
    await expect.poll(() => page.getByLabel("city", { exact: true }).inputValue()).toBe("Puebla");
    await expect
      .poll(() => page.getByLabel("plan").locator("option").allInnerTexts())
      .toEqual(["leave it out", "Small plan", "Large plan"]);
    await page.getByText("Records after this instant.").waitFor();
  });

  test("U10: names what is wrong at its field, goes to the first, and sends nothing", async () => {
    const page = await openForm();
    const posts: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") posts.push(request.url());
    });

    await page.getByLabel("size").fill("ten");
    await page.getByRole("button", { name: "Start run" }).click();

    await page.getByText("3 fields need a look").waitFor();
    const size = page.getByLabel("size");
    const texts = async () => {
      const described = (await size.getAttribute("aria-describedby")) ?? "";
      return Promise.all(described.split(" ").map((id) => page.locator(`[id="${id}"]`).innerText()));
    };
    await expect.poll(texts).toContain("A whole number is needed.");
    await expect.poll(() => size.getAttribute("aria-invalid")).toBe("true");
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("field/since");
    expect(posts).toEqual([]);
  });

  test("U10: what only the server knows lands on its field", async () => {
    const page = await openForm("", { timezoneId: "UTC", expected: [/422/] });
    await page.getByLabel("since").fill("1999-01-01T00:00:00");
    await page.getByLabel("size").fill("5");
    await page.getByLabel("api_key").fill("long enough");

    await page.getByRole("button", { name: "Start run" }).click();

    await page.locator(".field", { hasText: "There are no records before 2000." }).getByLabel("since").waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("field/since");
  });

  test("U11: and its JSON say the same, whatever is changed on either side", async () => {
    const page = await openForm("?p.size=10");
    await openAll(page);
    await expect.poll(() => page.getByLabel("size").inputValue()).toBe("10");

    await page.getByLabel("city", { exact: true }).fill("Lima");
    await page.getByLabel("filter").fill('{ "deep": { "a": [1, 2] } }');
    await page.getByRole("textbox", { name: "Element 2" }).fill("NY");
    expect(await asJson(page)).toMatchObject({
      size: 10,
      city: "Lima",
      filter: { deep: { a: [1, 2] } },
      states: ["OR", "NY"],
      window: { from: "2026-01-01", days: 7 },
      note: null,
    });

    await page.getByRole("button", { name: "JSON" }).click();
    await page
      .getByRole("textbox", { name: "JSON" })
      .fill('{ "size": 3, "level": "high", "states": [], "filter": "x" }');
    await page.getByRole("button", { name: "Form" }).click();
    await openAll(page);
    await expect.poll(() => page.getByLabel("size").inputValue()).toBe("3");
    await expect.poll(() => page.getByLabel("level").locator("option:checked").innerText()).toBe("high");
    await expect.poll(() => page.getByRole("textbox", { name: "Element 1" }).count()).toBe(0);
    expect(await asJson(page)).toEqual({ size: 3, level: "high", states: [], filter: "x" });
  });

  test("U11: is filled from another run, and its link and commands say what is in it, but no secret", async () => {
    const page = await openForm("?p.size=10&p.api_key=");
    await page.getByLabel("api_key").fill("s3cret-s3cret");
    const copied = async (name: string) => {
      const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
      await page.evaluate(() => navigator.clipboard.writeText("nothing yet"));
      await page.getByRole("button", { name }).click();
      await expect.poll(clipboard).not.toBe("nothing yet");
      return clipboard();
    };

    const link = await copied("Copy link");
    const cli = await copied("Copy as CLI");
    const curl = await copied("Copy as curl");

    expect(link).toBe(`${mock.url}/flows/form/run?p.size=10`);
    expect(cli).toBe("npx caudal run flows/form.ts --flow form --param size=10 --param 'api_key=…'");
    expect(curl).toContain(`-d '{"parameters":{"size":10,"api_key":"…"}}'`);
    expect(`${link}${cli}${curl}`).not.toContain("s3cret");
  });

  test.each([["America/Mexico_City"], ["UTC"]])(
    "U12: reads a time on the clock of the zone that is shown (browser in %s)",
    async (timezoneId) => {
      const page = await openPage({ timezoneId });
      await page.addInitScript(() => localStorage.setItem("caudal.settings", '{"zone":"America/Mexico_City"}'));
      await page.goto(`${mock.url}/flows/form/run`);

      await page.getByLabel("since").fill("2026-11-23T09:54:05");

      await page.getByText("in CST").waitFor();
      expect(await asJson(page)).toMatchObject({ since: "2026-11-23T15:54:05Z" });
    },
  );

  test("starts a run with what is filled in", async () => {
    const page = await openForm("?p.size=4");
    await page.getByLabel("since").fill("2026-01-01T00:00:00");
    await page.getByLabel("api_key").fill("long enough");
    await page.getByRole("button", { name: "Start run" }).click();

    await page.waitForURL(/\/runs\//);
    const id = page.url().split("/").at(-1);
    const run = (await (await fetch(`${mock.url}/api/v1/runs/${id}`)).json()) as { readonly parameters: unknown };

    expect(run.parameters).toMatchObject({ size: 4, city: "Puebla", api_key: "long enough" });
  });
});
