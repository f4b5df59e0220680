/** A run at any moment of its past, a part of its time, a part of its graph, and all of that as a file. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { flow, task } from "../../src/index.ts";
import type { EventPage, RunDetail, StateType } from "../../src/server/contract.ts";
import { openPage, steady, withBrowser } from "./browser.ts";
import { failingEtl, gate, gatedEtl, retried } from "./run-seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

type Server = Awaited<ReturnType<typeof serve>>;

async function finished(server: Server, flow: string): Promise<string> {
  const made = (await (await server.post(`/flows/${encodeURIComponent(flow)}/runs`)).json()) as RunDetail;
  await server.until<RunDetail>(`/runs/${made.id}`, ({ endedAt }) => endedAt !== undefined);
  return made.id;
}

async function historyOf(server: Server, run: string): Promise<EventPage["events"]> {
  return ((await (await server.get(`/runs/${run}/events?limit=200`)).json()) as EventPage).events;
}

/** Task run → its state after all commits up to a moment. */
function foldOf(events: EventPage["events"], at: number): ReadonlyMap<string, StateType> {
  const states = new Map<string, StateType>();
  for (const event of events) if (event.at <= at) for (const { id, to } of event.transitions) states.set(id, to);
  return states;
}

async function shownStates(page: Page): Promise<Record<string, string | null>> {
  return page
    .locator(".graph-box[data-state]")
    .evaluateAll((boxes) =>
      Object.fromEntries(
        boxes.map((box) => [box.querySelector(".graph-name")?.textContent ?? "", box.getAttribute("data-state")]),
      ),
    );
}

/** The same numbers every time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

const moveTo = (page: Page, at: number) =>
  page.getByRole("slider").evaluate((slider, value) => {
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
    set?.call(slider, String(value));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }, at);

describe("the past of a run", () => {
  test("U23: the graph at a moment is the fold of the commits up to it, and leaving returns to now", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await finished(server, "etl-failing");
    const events = await historyOf(server, id);
    const { startedAt = 0, endedAt = 0 } = (await (await server.get(`/runs/${id}`)).json()) as RunDetail;
    const names = ["create_table", "get_complaint_data", "parse_complaint_data", "store_complaints"];
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".graph-box[data-state]").nth(3).waitFor();
    const now = await shownStates(page);
    await page.getByRole("button", { name: "Replay" }).click();
    const random = numbers(23);

    for (let round = 0; round < 20; round++) {
      const at = Math.round(startedAt + (random.next().value as number) * (endedAt - startedAt));
      await moveTo(page, at);
      const fold = foldOf(events, at);
      const wanted = Object.fromEntries(names.map((name) => [name, fold.get(`${name}-1`) ?? "Pending"]));
      await expect.poll(() => shownStates(page), { message: `${at - startedAt} ms` }).toEqual(wanted);
    }

    await page.getByRole("button", { name: "Back to now" }).click();
    await expect.poll(() => shownStates(page)).toEqual(now);
    await expect.poll(() => new URL(page.url()).searchParams.get("at")).toBeNull();
  });

  test("U23: has an address, counts what was done then, and its log stops there", async () => {
    const door = gate();
    const server = await serve([gatedEtl(door)]);
    const made = (await (await server.post("/flows/my%20etl%20flow/runs")).json()) as RunDetail;
    await server.until<RunDetail>(`/runs/${made.id}`, ({ progress }) => progress.running === 1);
    door.open();
    await server.until<RunDetail>(`/runs/${made.id}`, ({ endedAt }) => endedAt !== undefined);
    const events = await historyOf(server, made.id);
    const parsing = events.find(({ transitions }) =>
      transitions.some(({ id, to }) => id === "parse_complaint_data-1" && to === "Running"),
    );
    const page = await openPage();

    await page.goto(`${server.url}/runs/${made.id}?at=${new Date(parsing?.at ?? 0).toISOString()}`);

    await page.locator('.graph-box[data-state="Running"]:has-text("parse_complaint_data")').waitFor();
    await expect.poll(() => page.locator(".run-page .page > .facts").innerText()).toContain("2 of 4");
    await page.locator(".log-line:not([data-outside])", { hasText: "I actually requested this time!" }).waitFor();
    await page.locator(".log-line[data-outside]", { hasText: "25 rows are stored" }).waitFor();
    await page.keyboard.press("h");
    await page.locator('.graph-box[data-state="Success"]:has-text("parse_complaint_data")').waitFor();
    await expect.poll(() => page.locator(".log-line[data-outside]").count()).toBe(0);
  });

  test("goes from change to change with buttons, and plays to its end", async () => {
    const server = await serve([retried]);
    const id = await finished(server, "retried");
    const events = await historyOf(server, id);
    const moments = [...new Set(events.filter(({ transitions }) => transitions.length > 0).map(({ at }) => at))];
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}?at=${new Date(moments[0] ?? 0).toISOString()}`);
    await page.getByRole("slider").waitFor();

    await page.getByRole("button", { name: "To the next change" }).click();

    await expect.poll(() => page.getByRole("slider").inputValue()).toBe(String(moments[1]));
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.locator('.graph-box[data-state="Success"]').waitFor();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
  });
});

describe("a part of the time", () => {
  test("is chosen by dragging over the axis, has an address, and dims the log outside of it", async () => {
    const server = await serve([retried]);
    const id = await finished(server, "retried");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}?view=gantt`);
    await page.locator('.gantt-bar[data-attempt="3"]').waitFor();
    const axis = await steady(() => page.locator(".gantt-brush").boundingBox());
    const x = (part: number) => (axis?.x ?? 0) + (axis?.width ?? 0) * part;
    const y = (axis?.y ?? 0) + 8;

    await page.mouse.move(x(0.6), y);
    await page.mouse.down();
    await page.mouse.move(x(0.8), y, { steps: 4 });
    await page.mouse.move(x(0.95), y, { steps: 4 });
    await page.mouse.up();

    await expect.poll(() => new URL(page.url()).searchParams.get("span")).toMatch(/Z\.\..*Z$/);
    await expect.poll(() => page.locator('.gantt-bar[data-attempt="1"]').count()).toBe(0);
    await page.keyboard.press("0");
    await page.locator('.gantt-bar[data-attempt="1"]').waitFor();
    await page.locator(".gantt-row").first().click();
    await page.keyboard.press("z");
    await page.getByRole("button", { name: /^Only \+/ }).waitFor();
  });
});

describe("a graph larger than its room", () => {
  test("has a map with the part in view; a press goes there, and all of it in view needs none", async () => {
    const many = flow("many", () => {
      const first = task("first", () => 1)();
      for (let chain = 0; chain < 26; chain++) {
        let last = task(`extract_${chain}`, (n: number) => n)(first);
        for (let step = 0; step < 5; step++) last = task(`step_${chain}_${step}`, (n: number) => n)(last);
      }
    });
    const server = await serve([many]);
    const id = await finished(server, "many");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".graph-box").first().waitFor();
    expect(await page.locator(".graph-box").count()).toBeGreaterThan(100);
    expect(await page.locator(".mini-map").count()).toBe(0);
    for (let times = 0; times < 8; times++) await page.getByRole("button", { name: "Zoom in" }).click();
    const seen = page.locator(".mini-map-seen");
    const before = Number(await seen.getAttribute("x"));

    await page.locator(".mini-map").click({ position: { x: 4, y: 20 } });

    await expect.poll(async () => Number(await seen.getAttribute("x"))).toBeLessThan(before);
  });
});

describe("a part of the graph", () => {
  test("U16: only failures and what led to them are left, the legend dims, counts stay, and the SVG shows the same", async () => {
    const server = await serve([failingEtl({ well: false })]);
    const id = await finished(server, "etl-failing");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".graph-box[data-state]").nth(3).waitFor();
    const legend = page.getByRole("group", { name: /^States in this run/ });
    const counts = await steady(() => legend.innerText());

    await legend.getByRole("button", { name: /^Failed/ }).click();
    await expect.poll(() => page.locator(".graph-box[data-dimmed]").count()).toBe(3);
    await expect.poll(() => page.locator(".graph-box").count()).toBe(4);
    await legend.getByRole("button", { name: /^Failed/ }).click();
    await page.getByRole("button", { name: "Only failures and what led to them" }).click();
    await page.getByRole("button", { name: "Only failures and what led to them", pressed: true }).waitFor();
    await page.getByText("Export").click();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "SVG, as drawn here" }).click(),
    ]);
    const svg = await readFile(await file.path(), "utf8");

    // What was blocked failed as well, and everything led to it.
    await expect.poll(() => page.locator(".graph-box").count()).toBe(4);
    await expect.poll(() => legend.innerText()).toBe(counts);
    const inFile = Array.from(svg.matchAll(/data-box="([^"]+)" data-state="([^"]+)"/g), ([, box, state]) => ({
      box,
      state,
    }));
    const onPage = await page
      .locator(".graph-box")
      .evaluateAll((boxes) =>
        boxes.map((box) => ({ box: box.getAttribute("data-box"), state: box.getAttribute("data-state") })),
      );
    expect(inFile).toEqual(onPage);
    expect(file.suggestedFilename()).toMatch(/\.svg$/);
  });

  test("U16: what neither failed nor led there is taken away, on the page and in the file", async () => {
    const server = await serve([failingEtl({ well: false }), retried]);
    const id = await finished(server, "retried");
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}`);
    await page.locator(".graph-box[data-state]").first().waitFor();

    await page.getByRole("button", { name: "Only failures and what led to them" }).click();

    await page.locator(".graph-nothing", { hasText: "Nothing failed in this run." }).waitFor();
    await expect.poll(() => page.locator(".graph-box").count()).toBe(0);
    await expect.poll(() => new URL(page.url()).searchParams.get("show")).toBe("failures");
  });
});
