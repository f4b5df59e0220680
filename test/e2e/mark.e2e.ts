/** A person says what became of a task run: with a reason, with what it does shown before, and told for ever. */
import { describe, expect, test } from "vitest";
import type { ActionPreview, Mark, RunDetail, TaskRunDetail, TaskRunList } from "../../src/server/contract.ts";
import { openPage, withBrowser } from "./browser.ts";
import { failingEtl, gate, gatedEtl, mapped500 } from "./run-seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

type Server = Awaited<ReturnType<typeof serve>>;

const isOver = ({ endedAt }: RunDetail) => endedAt !== undefined;

async function start(server: Server, flow: string): Promise<string> {
  return ((await (await server.post(`/flows/${encodeURIComponent(flow)}/runs`)).json()) as RunDetail).id;
}

async function finished(server: Server, flow: string): Promise<string> {
  const id = await start(server, flow);
  await server.until<RunDetail>(`/runs/${id}`, isOver);
  return id;
}

const read = async <T>(server: Server, path: string) => (await (await server.get(path)).json()) as T;

describe("mark as", () => {
  test("U22: wants a reason, does what it says before, and the audit tells who, when and why", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await finished(server, "etl-failing");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}?task=parse_complaint_data-1`);
    await page.locator(".drawer").getByRole("button", { name: "Mark as…" }).waitFor();

    await page.keyboard.press("m");

    const dialog = page.getByRole("dialog", { name: "Say what became of parse_complaint_data" });
    const reason = dialog.getByLabel("Reason");
    const confirm = dialog.getByRole("button", { name: "Mark it" });
    await dialog.locator(".preview-name").nth(1).waitFor();
    expect(await reason.evaluate((field) => field === document.activeElement)).toBe(true);
    await confirm.click();
    const help = dialog.locator(`[id="${await reason.getAttribute("aria-describedby")}"]`);
    expect(await help.innerText()).toBe("A reason is needed: whoever looks at this run later reads it.");
    expect([await reason.getAttribute("aria-invalid"), await reason.getAttribute("aria-required")]).toEqual([
      "true",
      "true",
    ]);
    await reason.fill("parsed by hand");
    await dialog.getByLabel("Value, as JSON").fill("[1, 2, 3]");
    await expect.poll(() => confirm.getAttribute("aria-disabled")).toBeNull();
    const said = (await dialog.locator(".preview-name").allInnerTexts()).sort();
    await confirm.click();

    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    const run = await server.until<RunDetail>(`/runs/${id}`, isOver);
    const { taskRuns } = await read<TaskRunList>(server, `/runs/${id}/tasks`);
    const stored = await read<TaskRunDetail>(server, `/runs/${id}/tasks/store_complaints-1`);
    expect(said).toEqual(["parse_complaint_data", "store_complaints"]);
    expect(taskRuns.map(({ state }) => state)).toEqual(["Success", "Success", "Success", "Success"]);
    expect(stored.result?.value).toBe(3);
    expect(run.audit[0]).toMatchObject({
      ...{ action: "mark-success", by: "page", task: "parse_complaint_data-1", why: "parsed by hand" },
      at: expect.any(Number),
    });
    const audit = page.locator(".run-more .audit li").first();
    await expect.poll(() => audit.innerText()).toContain("marked as Success by page");
    expect(await audit.innerText()).toMatch(/parse_complaint_data-1: “parsed by hand”[\s\S]*(now|ago)/);
    const told = page.locator(".drawer .marked");
    await expect.poll(() => told.innerText()).toMatch(/^Marked Success by page, .*\. Before, it was Failed\./);
    await told.getByText("parsed by hand").waitFor();
  });

  test("tells in the drawer what was said, though the task has run again since; in Spanish too", async () => {
    const health = { well: false };
    const server = await serve([failingEtl(health)]);
    const id = await finished(server, "etl-failing");
    const mark: Mark = { task: "parse_complaint_data-1", as: "Skipped", reason: "nothing today" };
    await server.post(`/runs/${id}/mark`, mark, { "Caudal-By": "ana" });
    await server.until<RunDetail>(`/runs/${id}`, isOver);
    health.well = true;
    await server.post(`/runs/${id}/run-from`, { task: mark.task });
    await server.until<RunDetail>(`/runs/${id}`, isOver);
    const page = await openPage({ locale: "es" });

    await page.goto(`${server.url}/runs/${id}?task=${mark.task}`);

    const part = page.locator(".drawer-part", { hasText: "Lo que se dijo de ella" });
    await expect.poll(() => part.innerText()).toMatch(/marcada como Omitido por ana .*“nothing today”/);
    await page.keyboard.press("m");
    await page.getByRole("dialog", { name: "Decir qué fue de parse_complaint_data" }).getByLabel("Motivo").waitFor();
  });

  test("stands in the run's history with who said it and why, before the step it took", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await finished(server, "etl-failing");
    const mark: Mark = { task: "parse_complaint_data-1", as: "Skipped", reason: "nothing today" };
    await server.post(`/runs/${id}/mark`, mark, { "Caudal-By": "ana" });
    await server.until<RunDetail>(`/runs/${id}`, isOver);
    const page = await openPage();

    await page.goto(`${server.url}/runs/${id}/events`);

    const said = page.locator("tbody tr", { hasText: "marked as Skipped by ana (127.0.0.1): “nothing today”" });
    await said.waitFor();
    expect(await said.getByRole("link", { name: "parse_complaint_data-1" }).count()).toBe(1);
    const after = said.locator("xpath=following-sibling::tr");
    const steps = after.filter({ hasText: "parse_complaint_data-1" });
    expect(await steps.first().innerText()).toMatch(/Failed[\s\S]*→[\s\S]*Skipped/);
  });

  test("is off with its reason where a body is called, and can be said of what comes after it", async () => {
    const door = gate();
    const server = await serve([gatedEtl(door)]);
    const id = await start(server, "my etl flow");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}?task=parse_complaint_data-1`);
    await page.locator('.graph-box[data-state="Running"]:has-text("parse_complaint_data")').waitFor();
    const button = page.locator(".drawer").getByRole("button", { name: "Mark as…" });

    await expect.poll(() => button.getAttribute("aria-disabled")).toBe("true");
    const why = page.locator(`[id="${await button.getAttribute("aria-describedby")}"]`);
    expect(await why.textContent()).toBe("Its function is being called: wait for its end, or cancel the run.");
    await page.goto(`${server.url}/runs/${id}?task=store_complaints-1`);
    await button.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("It is to be").selectOption("Skipped");
    await dialog.getByLabel("Reason").fill("not on a Friday");
    expect(await dialog.getByLabel("Value, as JSON").count()).toBe(0);
    await expect.poll(() => dialog.getByRole("button", { name: "Mark it" }).getAttribute("aria-disabled")).toBeNull();
    await dialog.getByRole("button", { name: "Mark it" }).click();

    await page.locator('.graph-box[data-state="Skipped"]:has-text("store_complaints")').waitFor();
    door.open();
    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
  });

  test("is said of a child of a mapped task, by itself", async () => {
    const server = await serve([mapped500]);
    const id = await finished(server, "mapped-500");
    const look = { task: "double-1.317", as: "Success", value: 634 };
    const seen = (await (await server.post(`/runs/${id}/mark/preview`, look)).json()) as ActionPreview;
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}?task=double-1.317`);

    await page.locator(".drawer").getByRole("button", { name: "Mark as…" }).click();

    const dialog = page.getByRole("dialog", { name: "Say what became of double[317]" });
    await dialog.getByLabel("Reason").fill("by a calculator");
    await dialog.getByLabel("Value, as JSON").fill("634");
    await expect.poll(() => dialog.getByRole("button", { name: "Mark it" }).getAttribute("aria-disabled")).toBeNull();
    await dialog.getByRole("button", { name: "Mark it" }).click();
    await page.locator(".drawer .marked").getByText("by a calculator").waitFor();
    expect(seen.taskRuns.map(({ name }) => name)).toEqual(["count", "double[317]"]);
  });
});
