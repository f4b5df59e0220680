/** The list of flows and a flow: the seed's first screens, against a real server. */
import { describe, expect, test } from "vitest";
import type { RunDetail } from "../../src/server/contract.ts";
import { flow, task } from "../../src/index.ts";
import { virtualClock } from "../../src/testing.ts";
import { openPage, steady, withBrowser } from "./browser.ts";
import { etl, hello, mapped } from "./seeds.ts";
import { serve, tellMock, withMock } from "./servers.ts";

withBrowser();

const MINUTE = 60_000;

describe("a file that is still being loaded", () => {
  test("is told of beside the flows there are, and its flows come by themselves", async () => {
    const { url, change } = await serve([hello]);
    change([hello], [], ["flows/etl.ts"]);
    const page = await openPage();
    await page.goto(`${url}/flows`);

    await page.getByText("1 file is still being loaded: flows/etl.ts").waitFor();
    change([hello, etl]);

    await page.getByRole("link", { name: "my etl flow" }).first().waitFor();
    await expect.poll(() => page.getByText("still being loaded").count()).toBe(0);
  });
});

describe("the list of flows", () => {
  test("U01: names them with their last state and next run, in the same order every time", async () => {
    const { url, post, until } = await serve([hello, etl]);
    const page = await openPage();
    await post("/flows/my%20first%20flow!/runs");
    await until<{ readonly runs: readonly { readonly state: string }[] }>(
      "/runs",
      ({ runs }) => runs[0]?.state === "Success",
    );

    await page.goto(`${url}/flows`);
    const rows = page.locator("tbody tr");
    await rows.first().waitFor();
    const names = ["my etl flow", "my first flow!"];

    await expect.poll(() => rows.locator("th a:first-child").allInnerTexts()).toEqual(names);
    await expect.poll(() => rows.nth(1).innerText()).toContain("Success");
    await expect
      .poll(() => rows.nth(0).locator('[data-column="next"] time').getAttribute("datetime"))
      .toMatch(/:00\.000Z$/);
    await page.reload();
    await rows.first().waitFor();
    await expect.poll(() => rows.locator("th a:first-child").allInnerTexts()).toEqual(names);
  });

  test("U02: without any teaches, and shows the first one as soon as it is there", async () => {
    const { url, change } = await serve([]);
    const page = await openPage();
    await page.goto(`${url}/flows`);
    await page.getByRole("heading", { name: "No flows yet" }).waitFor();
    await expect.poll(() => page.locator("pre").first().innerText()).toContain('import { flow, task } from "caudal"');
    await page.getByRole("button", { name: "Live" }).waitFor();
    await page.evaluate(() => Object.assign(window, { neverLoadedAgain: true }));

    change([hello] as never);

    await page.getByRole("link", { name: "my first flow!" }).waitFor();
    expect(await page.evaluate(() => "neverLoadedAgain" in window)).toBe(true);
  });

  test("shows a file that could not be loaded with its line, and the flows that could", async () => {
    const { url, change } = await serve([hello]);
    const page = await openPage();
    const broken = {
      file: "half.ts",
      code: "FLOW_FILE_SYNTAX",
      message: "Expected ')'.",
      line: 7,
      column: 2,
      since: 0,
    };
    change([hello] as never, [broken]);

    await page.goto(`${url}/flows`);

    await expect.poll(() => page.locator(".broken-files").innerText()).toContain("half.ts:7:2");
    await page.getByRole("link", { name: "my first flow!" }).waitFor();
    change([hello, mapped] as never);
    await page.getByRole("link", { name: "mapped" }).waitFor();
    await expect.poll(() => page.locator(".broken-files").count()).toBe(0);
  });

  test("can be searched by name and tag; what finds nothing says which filter to drop", async () => {
    const { url } = await serve([hello, etl]);
    const page = await openPage();
    await page.goto(`${url}/flows`);
    await page.locator("tbody tr").first().waitFor();

    await page.keyboard.press("/");
    await page.keyboard.type("first");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await expect.poll(() => page.url()).toContain("?q=first");
    await page.getByLabel("Tag").selectOption("etl");

    await page.getByRole("heading", { name: "No flow fits" }).waitFor();
    await page.getByRole("button", { name: "Without the text “first”" }).click();
    await page.getByRole("link", { name: "my etl flow" }).waitFor();
  });
});

describe("a flow before any run", () => {
  test("U03: is drawn with its nodes and edges, the order-only one dashed, and told in the outline", async () => {
    const { url } = await serve([etl]);
    const page = await openPage();
    await page.goto(`${url}/flows/my%20etl%20flow`);
    await page.locator(".graph-box").first().waitFor();

    const names = ["create_table", "get_complaint_data", "parse_complaint_data", "store_complaints"];
    const boxes = page.locator('.graph-box:not([data-shape="parameter"])');
    const dashes = () =>
      page
        .locator('.graph-view .graph-arrow[data-kind="order"] .graph-line')
        .evaluateAll((lines) => lines.map((line) => getComputedStyle(line).strokeDasharray));

    await expect.poll(async () => (await boxes.locator(".graph-name").allInnerTexts()).toSorted()).toEqual(names);
    await expect.poll(dashes).toEqual(["6px, 5px"]);
    await page.getByText("4 tasks, 2 data edges, 1 order-only edge").waitFor();
    await page.getByRole("button", { name: "Outline" }).click();
    const lines = page.getByRole("treeitem");
    await expect.poll(async () => (await lines.locator(".outline-name").allInnerTexts()).toSorted()).toEqual(names);
  });

  test("U45: is travelled through with arrow keys along its edges, every box with a name that says where it stands", async () => {
    const { url } = await serve([etl]);
    const page = await openPage();
    await page.goto(`${url}/flows/my%20etl%20flow`);
    await page.locator('.graph-box[tabindex="0"]').focus();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));

    await expect.poll(() => focused()).toBe("size = 10, parameter");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => focused()).toBe("get_complaint_data, 1 upstream, 1 downstream");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => focused()).toBe("store_complaints, 2 upstream, 0 downstream");
    await page.keyboard.press("Home");
    await expect.poll(() => focused()).toBe("size = 10, parameter");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.url()).toContain("?task=");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toBe("graph-view");
  });

  test("says how long its tasks usually take, and how often they fail, once it has run", async () => {
    let isBroken = false;
    const load = task("load", () => {
      if (isBroken) throw new Error("broken");
    });
    const server = await serve([flow("timed", () => void load())]);
    const run = async () => {
      const { id } = (await (await server.post("/flows/timed/runs")).json()) as RunDetail;
      await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
      return id;
    };
    await run();
    isBroken = true;
    const id = await run();
    const page = await openPage();

    await page.goto(`${server.url}/flows/timed`);
    await page.getByText("times of the last 2 runs").waitFor();
    const box = page.locator("[data-box] .graph-facts");

    expect(await box.getAttribute("data-facts")).toMatch(/^median \d+(\.\d)? m?s · 1 of 2 failed$/);
    await page.goto(`${server.url}/runs/${id}?view=table`);
    const median = page.locator('.task-table td[data-head="Median"]');
    await expect.poll(() => median.innerText()).toMatch(/^\d+(\.\d)? m?s$/);
  });

  test("shows the options of the task that is chosen, and its address keeps the choice", async () => {
    const { url } = await serve([etl]);
    const page = await openPage();
    await page.goto(`${url}/flows/my%20etl%20flow?task=store_complaints-1`);

    const facts = page.getByRole("complementary", { name: "About this task" });
    await facts.getByRole("heading", { name: "store_complaints" }).waitFor();
    await facts.getByRole("button", { name: "create_table" }).click();

    await facts.getByRole("heading", { name: "create_table" }).waitFor();
    await expect.poll(() => page.url()).toContain("?task=create_table-1");
    await page.goBack();
    await facts.getByRole("heading", { name: "store_complaints" }).waitFor();
  });

  test("is zoomed with buttons and keys, and fits again", async () => {
    const { url } = await serve([etl]);
    const page = await openPage();
    await page.goto(`${url}/flows/my%20etl%20flow`);
    const zoom = page.locator(".graph-zoom");
    await page.locator(".graph-box").first().waitFor();
    const fitted = await steady(() => zoom.innerText());

    await page.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(() => zoom.innerText()).not.toBe(fitted);
    await page.keyboard.press("0");

    await expect.poll(() => zoom.innerText()).toBe(fitted);
  });
});

describe("starting a run", () => {
  test("U04: leads to the run's page, and a double click starts one", async () => {
    const { url, until } = await serve([hello]);
    const page = await openPage();
    await page.goto(`${url}/flows`);
    const button = page.getByRole("button", { name: "Run my first flow! now" });
    const asked: Promise<unknown>[] = [];
    page.on("response", (response) => {
      if (response.request().method() === "POST") asked.push(response.finished());
    });

    await button.dblclick();
    await page.waitForURL(/\/runs\/\w+$/);
    await Promise.all(asked);

    const { runs } = await until<{ readonly runs: readonly { readonly id: string }[] }>("/runs", () => true);
    expect(runs).toHaveLength(1);
    expect(page.url()).toBe(`${url}/runs/${runs[0]?.id}`);
  });

  test("leads there without a step between: the page is loaded, and so is the graph of its flow", async () => {
    const { url } = await serve([hello]);
    const page = await openPage();
    await page.goto(`${url}/flows/my%20first%20flow!`);
    await page.locator(".graph-box").first().waitFor();
    await page.evaluate(() => {
      new MutationObserver(() => {
        const waits = document.querySelector("main > .loading, .run-views .loading");
        if (waits !== null) document.documentElement.dataset.waited = waits.parentElement?.className ?? "";
      }).observe(document, { subtree: true, childList: true });
    });

    await page.getByRole("button", { name: "Run now" }).first().click();
    await page.locator(".run-views .graph-box").first().waitFor();

    expect(await page.evaluate(() => document.documentElement.dataset.waited)).toBeUndefined();
  });

  test("U08: a schedule of a minute gives a run a minute, until it is switched off on the page", async () => {
    const clock = virtualClock({ manual: true, at: Date.UTC(2026, 10, 23, 10, 0, 30) });
    const { url, until } = await serve([etl], { clock });
    const page = await openPage();
    await page.goto(`${url}/flows/my%20etl%20flow/runs`);
    const rows = page.locator("tbody tr");
    await page.getByRole("button", { name: "Live" }).waitFor();

    for (const count of [1, 2, 3]) {
      await clock.advance(MINUTE);
      await expect.poll(() => rows.count()).toBe(count);
    }
    await page.getByRole("switch").click();
    await page.getByText("Schedule of my etl flow switched off").waitFor();
    await clock.advance(5 * MINUTE);

    const { runs } = await until<{ readonly runs: readonly unknown[] }>("/runs", () => true);
    expect(runs).toHaveLength(3);
  });
});

describe("schedules", () => {
  const mock = withMock();

  test("are switched on their page, with the way back in the toast", async () => {
    const page = await openPage();
    await page.goto(`${mock.url}/schedules`);
    const row = page.locator("tbody tr", { hasText: "my etl flow" });
    await row.getByRole("switch", { checked: true }).click();

    await row.getByText("off · switched by ana").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();

    await row.getByRole("switch", { checked: true }).waitFor();
    await expect.poll(() => row.locator("time").count()).toBe(4);
  });

  test("that are gone with the flows come back with them", async () => {
    const page = await openPage();
    await page.goto(`${mock.url}/schedules`);
    await page.locator("tbody tr").first().waitFor();
    await page.getByRole("button", { name: "Live", exact: true }).waitFor();

    await tellMock(mock.url, "flows", { empty: true });
    await page.getByRole("heading", { name: "Nothing is scheduled" }).waitFor();
    await tellMock(mock.url, "flows", { empty: false });

    await page.locator("tbody tr").first().waitFor();
  });
});

describe("the overview", () => {
  test("has the latest runs, and each schedule's next tick once", async () => {
    const server = await serve([hello, etl]);
    const { id, name } = (await (await server.post("/flows/my%20first%20flow!/runs")).json()) as RunDetail;
    const page = await openPage();

    await page.goto(`${server.url}/`);

    const latest = page.locator("section[aria-labelledby=latest]");
    await latest.getByRole("link", { name }).waitFor();
    await latest.locator('.glyph[data-state="Success"]').waitFor();
    expect(await latest.getByRole("link", { name }).getAttribute("href")).toBe(`/runs/${id}`);
    expect(await page.locator("section[aria-labelledby=next] li").count()).toBe(1);
  });

  test("teaches where there is no flow yet", async () => {
    const { url } = await serve([]);
    const page = await openPage();

    await page.goto(`${url}/`);

    await page.getByText("npx caudal serve hello.ts").waitFor();
  });
});

describe("the list of runs on a phone", () => {
  test("shows runs first, and its filters behind one button", async () => {
    const server = await serve([hello]);
    await server.post("/flows/my%20first%20flow!/runs");
    const page = await openPage({ viewport: { width: 360, height: 740 } });
    await page.goto(`${server.url}/runs?by=serve`);
    await page.locator("tbody tr").first().waitFor();
    const started = page.locator('select[title="Started by"]');
    expect(await started.isVisible()).toBe(false);

    await page.getByRole("button", { name: "Filters (1)" }).click();

    await expect.poll(() => started.isVisible()).toBe(true);
  });
});
