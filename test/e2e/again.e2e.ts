/** Starting again what ran before, with all of what it was started with. */
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { RunDetail } from "../../src/server/contract.ts";
import { flow, parameter, task } from "../../src/index.ts";
import { openPage, withBrowser } from "./browser.ts";
import { serve } from "./servers.ts";

withBrowser();

const echo = task("echo", (size: number, filter: unknown) => ({ size, filter }));

/** `filter` is of a kind the form has no fields for: it is kept as JSON. */
const asked = flow(
  {
    name: "asked",
    tags: ["from the code"],
    parameters: {
      size: parameter({ schema: z.int(), default: 25 }),
      filter: parameter({ schema: z.record(z.string(), z.unknown()), default: {} }),
    },
  },
  ({ size, filter }) => {
    echo(size, filter);
  },
);

const GIVEN = { size: 7, filter: { deep: [1, { a: null }], "a key": "ü <b>" } };

async function begun() {
  const server = await serve([asked]);
  const made = (await (
    await server.post("/flows/asked/runs", { parameters: GIVEN, tags: ["one", "two words"], runName: "the first" })
  ).json()) as RunDetail;
  await server.until<RunDetail>(`/runs/${made.id}`, ({ endedAt }) => endedAt !== undefined);
  return { server, id: made.id };
}

describe("a run that is started again", () => {
  test("U11: by a press has the same parameters and tags", async () => {
    const { server, id } = await begun();
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".graph-box").first().waitFor();

    await page.getByRole("button", { name: "Run again" }).click();

    await page.waitForURL((url) => /\/runs\/\w+$/.test(url.pathname) && !url.pathname.endsWith(id));
    const next = (await (await server.get(`/runs/${page.url().split("/").at(-1)}`)).json()) as RunDetail;
    expect(next).toMatchObject({ parameters: GIVEN, tags: ["one", "two words"] });
  });

  test("U11: through the form has all of it filled in, and what is not touched stays as it was", async () => {
    const { server, id } = await begun();
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);

    await page.getByLabel("More about this run").click();
    await page.getByRole("link", { name: "With other parameters…" }).click();
    await page.waitForURL(/\/flows\/asked\/run\?from=/);
    await page.getByLabel("size").waitFor();
    await page.getByText("Name and tags").click();
    expect(await page.getByLabel("Tags").inputValue()).toBe("one, two words");
    await page.getByRole("button", { name: "JSON" }).click();
    expect(JSON.parse(await page.getByRole("textbox", { name: "JSON" }).inputValue())).toEqual(GIVEN);
    await page.getByRole("button", { name: "Form" }).click();
    await page.getByLabel("size").fill("8");
    await page.getByRole("button", { name: "Start run" }).click();

    await page.waitForURL((url) => /\/runs\/\w+$/.test(url.pathname) && !url.pathname.endsWith(id));
    const next = (await (await server.get(`/runs/${page.url().split("/").at(-1)}`)).json()) as RunDetail;
    expect(next).toMatchObject({ parameters: { ...GIVEN, size: 8 }, tags: ["one", "two words"] });
  });
});
