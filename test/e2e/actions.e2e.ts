/** What can be done with a run: each action says first what it would do, and a refused one says what is true now. */
import { describe, expect, test } from "vitest";
import type { RunDetail, TaskRunDetail, TaskRunList } from "../../src/server/contract.ts";
import { openPage, withBrowser } from "./browser.ts";
import { cachedEtl, failingEtl, gate, gatedEtl, publishing, twoAtOnce } from "./run-seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

type Server = Awaited<ReturnType<typeof serve>>;

async function start(server: Server, flow: string): Promise<string> {
  return ((await (await server.post(`/flows/${encodeURIComponent(flow)}/runs`)).json()) as RunDetail).id;
}

async function finished(server: Server, flow: string): Promise<string> {
  const id = await start(server, flow);
  await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
  return id;
}

describe("cancel", () => {
  test("U18: names what is in flight, stops it, and is off with its reason afterwards", async () => {
    const server = await serve([twoAtOnce(gate())]);
    const id = await start(server, "two at once");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator('.graph-box[data-state="Running"]').nth(1).waitFor();

    await page.keyboard.press("x");

    const dialog = page.getByRole("dialog", { name: /^Cancel / });
    await dialog.getByText("left", { exact: true }).waitFor();
    await dialog.getByText("right", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Cancel the run" }).click();
    await page.locator('.page-title .state-mark[title="Cancelled"]').waitFor();
    const button = page.locator(".run-actions").getByRole("button", { name: "Cancel" });
    await expect.poll(() => button.getAttribute("aria-disabled")).toBe("true");
    await expect.poll(() => button.getAttribute("title")).toBe("The run is over.");
  });
});

describe("pause", () => {
  test("says what goes on to its end and what waits, holds the run, and lets it go on", async () => {
    const door = gate();
    const server = await serve([gatedEtl(door)]);
    const id = await start(server, "my etl flow");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator('.graph-box[data-state="Running"]:has-text("parse_complaint_data")').waitFor();

    await page.keyboard.press("p");

    const dialog = page.getByRole("dialog", { name: /^Pause / });
    await dialog.locator(".preview").waitFor();
    await dialog.getByRole("heading", { name: "1 task goes on to its end" }).waitFor();
    expect(await dialog.locator(".preview").innerText()).toContain("Nothing else starts until somebody resumes it.");
    await dialog.getByRole("button", { name: "Pause the run" }).click();
    await dialog.waitFor({ state: "detached" });
    door.open();
    await page.locator('.page-title .state-mark[title="Paused"]').waitFor();
    expect(await page.locator(".run-actions").getByRole("button", { name: "Pause" }).count()).toBe(0);
    const banner = page.locator(".run-banner");
    await banner.getByText("This run is paused").waitFor();
    expect(await banner.innerText()).toContain("nothing of it starts until it is resumed");
    await page.keyboard.press("p");
    const resume = page.getByRole("dialog", { name: /^Resume / });
    await resume.locator(".preview").waitFor();
    await resume.getByRole("button", { name: "Resume" }).click();
    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
  });
});

describe("an approval", () => {
  test("U19: is given in one tab, seen in another, and refused there with the state it has now", async () => {
    const server = await serve([publishing]);
    const id = await start(server, "publishing");
    await server.until<RunDetail>(`/runs/${id}`, ({ state }) => state === "Paused");
    const page = await openPage();
    const other = await openPage({ expected: [/status of 4\d\d/] });
    for (const one of [page, other]) await one.goto(`${server.url}/runs/${id}`);
    const banner = other.locator('.run-banner[data-kind="waits"]');
    await expect.poll(() => banner.innerText()).toContain("Publish this text?");
    await other.keyboard.press("n");
    const late = other.getByRole("dialog");
    await late.locator(".preview").waitFor();
    await late.getByLabel("Reason").fill("too late");

    await page.locator(".run-banner").getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();

    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    await other.locator('.page-title .state-mark[title="Success"]').waitFor();
    await late.getByRole("button", { name: "Reject" }).click();
    await late.getByRole("alert").waitFor();
    await expect.poll(() => late.getByRole("alert").innerText()).toContain("Success");
  });

  test("is not rejected without a reason; with one the reason stays", async () => {
    const server = await serve([publishing]);
    const id = await start(server, "publishing");
    await server.until<RunDetail>(`/runs/${id}`, ({ state }) => state === "Paused");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".run-banner").waitFor();
    await page.keyboard.press("n");
    const dialog = page.getByRole("dialog");
    const confirm = dialog.getByRole("button", { name: "Reject" });
    await dialog.locator(".preview").waitFor();

    await confirm.click();

    await dialog.getByText("A reason is needed: whoever asked reads it.").waitFor();
    await expect
      .poll(() => dialog.getByLabel("Reason").evaluate((field) => field === document.activeElement))
      .toBe(true);
    await dialog.getByLabel("Reason").fill("too long");
    await confirm.click();
    await page.locator('.page-title .state-mark[title="Failed"]').waitFor();
    const { why } = (await (await server.get(`/runs/${id}/tasks/ask_editor-1`)).json()) as TaskRunDetail;
    expect(why.parameters).toMatchObject({ why: "too long" });
  });
});

describe("after a failure", () => {
  test("U20: a retry lists what failed and what was blocked, and only those run", async () => {
    const health = { well: false };
    const server = await serve([failingEtl(health)]);
    const id = await finished(server, "etl-failing");
    const before = (await (await server.get(`/runs/${id}/tasks`)).json()) as TaskRunList;
    health.well = true;
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);

    await page.locator(".run-banner").getByRole("button", { name: "Retry failed" }).click();

    const dialog = page.getByRole("dialog");
    await dialog.locator(".preview-name").nth(1).waitFor();
    await expect
      .poll(async () => (await dialog.locator(".preview-name").allInnerTexts()).sort())
      .toEqual(["parse_complaint_data", "store_complaints"]);
    await dialog
      .getByText("2 tasks stay as it is.")
      .or(dialog.getByText(/2 tasks stay/))
      .first()
      .waitFor();
    await dialog.getByRole("button", { name: "Retry", exact: true }).click();
    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    const after = (await (await server.get(`/runs/${id}/tasks`)).json()) as TaskRunList;
    const kept = ({ taskRuns }: TaskRunList) =>
      taskRuns.filter(({ name }) => name === "create_table" || name === "get_complaint_data");
    expect(kept(after)).toEqual(kept(before));
  });

  test("U21: running from a task says what that runs, and that is what then happens", async () => {
    const health = { well: false };
    const server = await serve([failingEtl(health)]);
    const id = await finished(server, "etl-failing");
    health.well = true;
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}?task=parse_complaint_data-1`);

    await page.locator(".drawer").getByRole("button", { name: "Run from here" }).click();

    const dialog = page.getByRole("dialog");
    await dialog.locator(".preview-name").nth(1).waitFor();
    const said = (await dialog.locator(".preview-name").allInnerTexts()).sort();
    const startedAt = async () => {
      const { taskRuns } = (await (await server.get(`/runs/${id}/tasks`)).json()) as TaskRunList;
      return new Map(taskRuns.map((one) => [one.name, one.startedAt]));
    };
    const before = await startedAt();
    await dialog.getByRole("button", { name: "Run from here" }).click();
    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    const after = await startedAt();
    const ran = [...after].filter(([name, at]) => before.get(name) !== at).map(([name]) => name);
    expect(ran.sort()).toEqual(said);
  });
});

describe("again", () => {
  test("a press starts one run with the same parameters and goes there", async () => {
    const server = await serve([cachedEtl]);
    const id = await finished(server, "etl-cached");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".graph-box").first().waitFor();

    await page.keyboard.press("a");

    await page.waitForURL((url) => !url.pathname.endsWith(id));
    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    const { runs } = (await (await server.get("/runs")).json()) as { readonly runs: readonly object[] };
    expect(runs).toHaveLength(2);
  });
});

describe("the list of runs", () => {
  test("U25, U26: filters are in the address; later pages stand still and count what is newer", async () => {
    const server = await serve([cachedEtl, publishing]);
    for (let made = 0; made < 52; made++) await start(server, "publishing");
    await finished(server, "etl-cached");
    const page = await openPage();
    await page.goto(`${server.url}/runs?flow=publishing`);
    await page.locator("tbody tr").nth(49).waitFor();
    await page.getByRole("link", { name: "Older runs" }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(2);
    const names = await page.locator("tbody th").allInnerTexts();

    await start(server, "publishing");
    await start(server, "etl-cached");

    await page.getByText("1 newer run", { exact: false }).waitFor();
    expect(await page.locator("tbody th").allInnerTexts()).toEqual(names);
    await page.getByRole("link", { name: "Show them" }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(50);
    await page.getByRole("button", { name: "Without Flow: publishing" }).click();
    await page.getByRole("button", { name: /^Success \d/ }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(2);
    await expect.poll(() => new URL(page.url()).search).toBe("?state=Success");
  });
});
