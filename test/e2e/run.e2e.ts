/** One run: followed live, its failure, its four views over one selection, and one task run in full. */
import { describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { EventPage, RunDetail, StateType } from "../../src/server/contract.ts";
import { openPage, withBrowser } from "./browser.ts";
import {
  bigResult,
  cachedEtl,
  failingEtl,
  gate,
  gatedEtl,
  mapped500,
  retried,
  strangeResults,
  twoAtOnce,
} from "./run-seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

type Server = Awaited<ReturnType<typeof serve>>;

/** Starts a run and, unless told otherwise, waits until it is over. */
async function run(server: Server, flow: string, wait = true): Promise<string> {
  const made = (await (await server.post(`/flows/${encodeURIComponent(flow)}/runs`)).json()) as RunDetail;
  if (wait) await server.until<RunDetail>(`/runs/${made.id}`, ({ endedAt }) => endedAt !== undefined);
  return made.id;
}

/** When the first task run of the history came to this state, after this time. */
function firstTime(events: EventPage["events"], type: StateType, after = 0): number {
  return (
    events.find(({ at, transitions }) => at > after && transitions.some(({ to }) => to === type))?.at ?? Number.NaN
  );
}

const drawer = (page: Page) => page.locator(".drawer");
const facts = (page: Page) => page.locator(".run-page .page > .facts");

describe("the tutorial's flow", () => {
  test("U05: is followed from its first task to 4 of 4, its log in order", async () => {
    const door = gate();
    const server = await serve([gatedEtl(door)]);
    const id = await run(server, "my etl flow", false);
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    const parse = page.locator('.graph-box[data-box]:has-text("parse_complaint_data")');
    await page.locator('.graph-box[data-state="Running"]:has-text("parse_complaint_data")').waitFor();
    await expect.poll(() => facts(page).innerText()).toContain("2 of 4");

    door.open();

    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    await facts(page).getByText("4 of 4").waitFor();
    await expect.poll(() => parse.getAttribute("data-state")).toBe("Success");
    const dock = page.getByRole("region", { name: "Logs" });
    await dock.getByText("25 rows are stored").waitFor();
    await expect
      .poll(() => dock.locator(".log-text").allTextContents())
      .toEqual(["I actually requested this time!", "25 records are parsed", "25 rows are stored"]);
  });

  test("is drawn with the values this run was given, not with the defaults", async () => {
    const door = gate();
    door.open();
    const server = await serve([gatedEtl(door)]);
    const made = await server.post("/flows/my%20etl%20flow/runs", { parameters: { size: 3 } });
    const { id } = (await made.json()) as RunDetail;
    const page = await openPage();

    await page.goto(`${server.url}/runs/${id}`);

    await page.getByRole("button", { name: "size = 3, parameter" }).waitFor();
    await page.goto(`${server.url}/flows/my%20etl%20flow`);
    await page.getByRole("button", { name: "size = 25, parameter" }).waitFor();
  });

  test("U06: cached the second time, says which run filled the cache, and until when", async () => {
    const server = await serve([cachedEtl]);
    const first = await run(server, "etl-cached");
    const second = await run(server, "etl-cached");
    const page = await openPage();

    await page.goto(`${server.url}/runs/${second}?task=extract-1`);

    await drawer(page).locator('.drawer-state .state-mark[title="Cached"]').waitFor();
    await page.locator('.graph-box[data-state="Cached"] .glyph[data-group="cached"]').waitFor();
    await drawer(page).getByRole("link", { name: first }).waitFor();
    await expect.poll(() => drawer(page).innerText()).toMatch(/valid until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
  });
});

describe("a run that failed", () => {
  test("U07: names its task and the error's first line before anything is pressed", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await run(server, "etl-failing");
    const page = await openPage();

    await page.goto(`${server.url}/runs/${id}`);

    const banner = page.locator('.run-banner[data-kind="failed"]');
    await banner.getByText("TypeError: record 99 is not a complaint").waitFor();
    await expect.poll(() => banner.innerText()).toContain("parse_complaint_data failed");
    const blocked = page.locator('.graph-box[data-state="TriggerFailed"]');
    await expect.poll(() => blocked.getAttribute("aria-label")).toContain("store_complaints, Trigger failed");
    await expect
      .poll(() => blocked.evaluate((box) => getComputedStyle(box).backgroundImage))
      .toContain("repeating-linear-gradient");
    await page.getByRole("region", { name: "Logs" }).getByText("1 record is parsed").waitFor();
    await expect.poll(() => page.title()).toMatch(/^Failed · /);
  });

  test("shows the whole error with its cause, the flow's own frames first", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await run(server, "etl-failing");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);

    await page.locator(".run-banner").getByRole("button", { name: "Open" }).click();

    const shown = drawer(page);
    await shown.getByText("It has no complaint_id.").waitFor();
    await expect.poll(() => shown.locator(".error-cause").innerText()).toContain("Caused by");
    await expect.poll(() => shown.locator(".frames").first().innerText()).toContain("run-seeds.ts");
    await expect.poll(() => shown.getByText(/frames? of Node and packages/).count()).toBeGreaterThan(0);
  });

  test("U16: dims everything but the failure and what led to it; counts stay", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await run(server, "etl-failing");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".graph-box").first().waitFor();

    await page.getByRole("button", { name: "Only failures and what led to them" }).click();

    const dimmed = page.locator(".graph-box[data-dimmed]");
    await page.getByRole("button", { name: "Only failures and what led to them", pressed: true }).waitFor();
    // Both, the failed and the blocked one, with all that stands before them.
    expect(await dimmed.count()).toBe(0);
    await page.getByRole("button", { name: "Everything" }).click();
    await page
      .locator(".graph-legend")
      .getByRole("button", { name: /^Failed/ })
      .click();
    await expect
      .poll(async () => (await dimmed.allInnerTexts()).map((text) => text.split("\n")[0]).sort())
      .toEqual(["create_table", "get_complaint_data", "store_complaints"]);
    await expect.poll(() => facts(page).innerText()).toContain("4 of 4");
  });

  test("U54: on a phone shows state, error, the log's end, and what can be done, in this order", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await run(server, "etl-failing");
    const page = await openPage({ viewport: { width: 360, height: 740 } });

    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".log-line").first().waitFor();

    const order = [".page-title", ".run-banner", ".log-dock", ".page-actions", ".run-views"];
    const fromTheTop = () =>
      page.evaluate((names) => {
        const there = names.flatMap((name) => {
          const top = document.querySelector(`.run-page ${name}`)?.getBoundingClientRect().top;
          return top === undefined ? [] : [{ name, top }];
        });
        return there.toSorted((a, b) => a.top - b.top).map(({ name }) => name);
      }, order);
    await expect.poll(fromTheTop).toEqual(order);
    await expect.poll(() => page.getByRole("tree").count()).toBe(1);
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth))
      .toBe(0);
  });
});

describe("the four views", () => {
  test("U13: mark the same task run; reload and Back restore what was chosen", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await run(server, "etl-failing");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);

    await page.locator('.graph-box:has-text("get_complaint_data")').click();

    await drawer(page).getByRole("heading", { name: "get_complaint_data" }).waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get("task")).toBe("get_complaint_data-1");
    await page.getByRole("button", { name: "Only get_complaint_data" }).waitFor();
    await page.getByRole("button", { name: "Gantt" }).click();
    await expect
      .poll(() => page.locator('.gantt-row[aria-pressed="true"]').getAttribute("data-task"))
      .toBe("get_complaint_data-1");
    await page.getByRole("button", { name: "Outline" }).click();
    await expect
      .poll(() => page.locator('[role="treeitem"][aria-selected="true"]').innerText())
      .toContain("get_complaint_data");
    await page.getByRole("button", { name: "Table" }).click();
    await expect.poll(() => page.locator("tr.selected").getAttribute("data-task")).toBe("get_complaint_data-1");
    await page.reload();
    await expect.poll(() => page.locator("tr.selected").getAttribute("data-task")).toBe("get_complaint_data-1");
    await page.goBack();
    await page.locator('[role="treeitem"][aria-selected="true"]').waitFor();
  });

  test("U14: draw three attempts and two delays, as long as the history says, in rows one can hit", async () => {
    const server = await serve([retried]);
    const id = await run(server, "retried");
    const { events } = (await (await server.get(`/runs/${id}/events`)).json()) as EventPage;
    const page = await openPage();

    await page.goto(`${server.url}/runs/${id}?view=gantt`);

    const row = page.locator('.gantt-row[data-task="flaky-1"]');
    await row.locator('.gantt-bar[data-kind="delay"]').nth(1).waitFor();
    await expect.poll(() => row.locator('.gantt-bar[data-kind="running"]').count()).toBe(3);
    await expect.poll(() => row.locator('.gantt-bar[data-kind="delay"]').count()).toBe(2);
    await expect.poll(async () => (await row.boundingBox())?.height).toBeGreaterThanOrEqual(24);
    const retryingAt = firstTime(events, "Retrying");
    const againAt = firstTime(events, "Running", retryingAt);
    const { startedAt = 0, endedAt = 0 } = (await (await server.get(`/runs/${id}`)).json()) as RunDetail;
    const offBy = async () => {
      const track = (await row.locator(".gantt-track").boundingBox())?.width ?? Number.NaN;
      const delay = (await row.locator('.gantt-bar[data-kind="delay"]').first().boundingBox())?.width ?? Number.NaN;
      return Math.abs(delay - ((againAt - retryingAt) / (endedAt - startedAt)) * track);
    };
    await expect.poll(offBy).toBeLessThanOrEqual(1);
  });

  test("U15: show 500 children as one node, and a page of 50; a child has an address", async () => {
    const server = await serve([mapped500]);
    const id = await run(server, "mapped-500");
    const page = await openPage();

    await page.goto(`${server.url}/runs/${id}?view=table&task=double-1.317`);

    await drawer(page).getByText("317 cannot be doubled today").waitFor();
    const children = page.locator(".run-views .children");
    await children.locator(".pager").getByText("1–50 of 500").first().waitFor();
    await expect.poll(() => children.locator("tbody tr").count()).toBe(50);
    await children.getByRole("button", { name: "Next page" }).click();
    await children.getByRole("button", { name: "double[50]", exact: true }).waitFor();
    await children.getByRole("button", { name: /Failed/ }).click();
    await children.getByRole("button", { name: "double[317]" }).waitFor();
    await page.getByRole("button", { name: "Graph" }).click();
    const box = page.locator('.graph-box[data-shape="mapped"]');
    await expect.poll(() => box.locator(".share-ring circle").count()).toBe(2);
    await expect.poll(() => box.locator(".graph-facts").getAttribute("data-facts")).toContain("×500 · 1 failed");
  });
});

describe("one task run", () => {
  test("U17: previews a large result, fetches more of it by its path, and downloads all of it", async () => {
    const server = await serve([bigResult]);
    const id = await run(server, "big result");
    const page = await openPage();
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith(`/tasks/make-1`)),
      page.goto(`${server.url}/runs/${id}?task=make-1`),
    ]);
    expect((await answer.body()).byteLength).toBeLessThan(100_000);

    const result = drawer(page).locator(".drawer-part", { hasText: "Result" });
    await result.getByRole("button", { name: /rows/ }).click();
    await result.getByRole("button", { name: "Show more of /rows", exact: true }).click();

    await result.getByRole("button", { name: /^100: / }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      result.getByRole("link", { name: "Download as JSON" }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    const whole = JSON.parse(Buffer.concat(chunks).toString()) as { readonly rows: readonly object[] };
    expect(whole.rows).toHaveLength(20_000);
  });

  test("of a result that is deep, wide or long is looked at part by part", async () => {
    const server = await serve([strangeResults]);
    const id = await run(server, "strange results");
    const page = await openPage();
    const sizes: number[] = [];
    page.on("response", async (response) => {
      if (response.url().includes("/tasks/"))
        sizes.push((await response.body().catch(() => Buffer.alloc(0))).byteLength);
    });
    const result = drawer(page).locator(".drawer-part", { hasText: "Result" });

    await page.goto(`${server.url}/runs/${id}?task=deep-1`);
    const reaches = async (level: string) => {
      if ((await result.getByText(level, { exact: true }).count()) > 0) return true;
      if ((await result.locator("[aria-busy]").count()) === 0)
        await result.locator(".value-fold, .value-more").last().click();
      return false;
    };
    // Beyond what the server shows at first.
    await result.getByText("level 2", { exact: true }).waitFor();
    await expect.poll(() => reaches("level 12")).toBe(true);
    await page.goto(`${server.url}/runs/${id}?task=wide-1`);
    await result.locator(".value-fold").first().click();
    await result.getByText("key 10", { exact: true }).waitFor();
    const shown = await result.locator(".value-leaf").count();
    await result.locator(".value-more").last().click();
    await expect.poll(() => result.locator(".value-leaf").count()).toBeGreaterThan(shown);
    await page.goto(`${server.url}/runs/${id}?task=long-1`);
    await result
      .getByText(/^"?zzz/)
      .first()
      .waitFor();

    await page.locator(".graph-box").first().waitFor();
    expect(Math.max(...sizes)).toBeLessThan(300_000);
  });

  test("that is unknown is said to be, and the run stays", async () => {
    const server = await serve([cachedEtl]);
    const id = await run(server, "etl-cached");
    const page = await openPage({ expected: [/status of 404/] });

    await page.goto(`${server.url}/runs/${id}?task=nothing-1`);

    await drawer(page).getByRole("heading", { name: "There is no task run nothing-1" }).waitFor();
    await page.locator(".graph-box").first().waitFor();
  });
});

describe("by keys and ears", () => {
  test("U45: arrows travel the graph, whose boxes say name, state, time and neighbours", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await run(server, "etl-failing");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    const seen = new Set<string>();
    await page.locator('.graph-box[tabindex="0"]').focus();
    await page.keyboard.press("Home");
    const here = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");

    for (let step = 0; step < 6; step++) {
      seen.add(await here());
      await page.keyboard.press("ArrowRight");
    }

    expect(seen.size).toBe(4);
    expect([...seen].find((name) => name.startsWith("parse_complaint_data"))).toMatch(
      /^parse_complaint_data, Failed, \d[^,]* m?s, 1 upstream, 1 downstream$/,
    );
    await page.keyboard.press("Enter");
    await drawer(page).waitFor();
    await page.keyboard.press("Escape");
    await drawer(page).waitFor({ state: "detached" });
  });

  test("U44: a failure is found, read and retried without a pointer", async () => {
    const health = { well: false };
    const server = await serve([failingEtl(health)]);
    const id = await run(server, "etl-failing");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".graph-box").first().waitFor();

    await page.keyboard.press("e");
    await drawer(page).getByText("It has no complaint_id.").waitFor();
    await page.keyboard.press("Escape");
    health.well = true;
    await page.keyboard.press("t");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("parse_complaint_data").waitFor();
    await dialog.getByRole("button", { name: "Retry", exact: true }).focus();
    await page.keyboard.press("Enter");

    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
  });

  test("U46: a run's end is told once, and no more than a message in ten seconds before", async () => {
    const door = gate();
    const server = await serve([twoAtOnce(door)]);
    const id = await run(server, "two at once", false);
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator('.graph-box[data-state="Running"]').nth(1).waitFor();
    await page.evaluate(() => {
      const said: { readonly text: string; readonly at: number }[] = [];
      Object.assign(window, { said });
      for (const region of document.querySelectorAll('[role="status"]'))
        new MutationObserver(() => said.push({ text: region.textContent ?? "", at: performance.now() })).observe(
          region,
          {
            childList: true,
            characterData: true,
            subtree: true,
          },
        );
    });

    door.open();

    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    const said = () => page.evaluate(() => (window as never as { said: { text: string; at: number }[] }).said);
    await expect.poll(async () => (await said()).some(({ text }) => /^Success; 3 of 3/.test(text))).toBe(true);
    const all = (await said()).filter(({ text }) => text.includes("of 3"));
    const before = all.filter(({ text }) => !text.startsWith("Success")).map(({ at }) => at);
    expect(all.length - before.length).toBe(1);
    // By the page's own clock, however long the machine took for it all.
    const closest = Math.min(...before.slice(1).map((at, index) => at - (before[index] ?? 0)));
    expect(closest).toBeGreaterThan(9_900);
  });

  test("U47: with reduced motion nothing moves", async () => {
    const door = gate();
    const server = await serve([twoAtOnce(door)]);
    const id = await run(server, "two at once", false);
    const page = await openPage({ reducedMotion: "reduce" });

    await page.goto(`${server.url}/runs/${id}`);
    await page.locator('.graph-box[data-state="Running"]').nth(1).waitFor();

    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    door.open();
  });
});
