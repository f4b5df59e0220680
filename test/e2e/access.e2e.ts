/** For everybody: axe, keys alone, both languages. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { drawn, focusedHeading, openPage, withBrowser } from "./browser.ts";
import { withMock } from "./servers.ts";

withBrowser();
const mock = withMock();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface PageState {
  readonly name: string;
  readonly path: string;
  readonly act?: (page: Page) => Promise<void>;
}

const STATES: readonly PageState[] = [
  { name: "the overview", path: "/" },
  { name: "the flows", path: "/flows" },
  { name: "no match", path: "/flows?q=nothing" },
  { name: "a flow's graph", path: "/flows/my%20etl%20flow" },
  { name: "a chosen task", path: "/flows/my%20etl%20flow?task=store_complaints-1" },
  { name: "an outline", path: "/flows/mapped-500?view=outline" },
  { name: "a flow that never ran", path: "/flows/expenses" },
  { name: "a flow's runs", path: "/flows/etl-failing/runs" },
  { name: "a flow's schedule", path: "/flows/my%20etl%20flow/schedules" },
  { name: "a flow without one", path: "/flows/approval/schedules" },
  { name: "a flow's versions", path: "/flows/my%20etl%20flow/versions" },
  {
    name: "a form with complaints",
    path: "/flows/form/run",
    act: async (page) => {
      await page.locator('button[type="submit"]').click();
      await page.locator(".field-error").first().waitFor();
      await page.locator(".parameter-form details summary").click();
    },
  },
  { name: "the runs", path: "/runs" },
  { name: "runs that none fits", path: "/runs?q=nothing" },
  { name: "a run", path: "/runs/r00134" },
  { name: "a run's failure", path: "/runs/r00134?task=parse_complaint_data-1" },
  { name: "a run's Gantt", path: "/runs/r00134?view=gantt" },
  { name: "a run's outline", path: "/runs/r00134?view=outline" },
  { name: "a run's children", path: "/runs/r00120?view=table&task=double-1" },
  { name: "a run in its past", path: "/runs/r00134?at=2020-01-01T00:00:00Z" },
  { name: "a run that waits for a person", path: "/runs/r00024" },
  {
    name: "a run's preview",
    path: "/runs/r00134",
    act: async (page) => {
      await page.keyboard.press("t");
      await page.locator(".dialog .preview").waitFor();
    },
  },
  {
    name: "a drawing to take along",
    path: "/runs/r00134",
    act: async (page) => {
      // What a menu lies over is no target while it is open; here nothing lies below it.
      await page.keyboard.press("l");
      await page.locator(".log-dock-body").waitFor({ state: "detached" });
      await page.locator(".graph-legend summary").click();
      await page.locator(".graph-legend .menu-button ul").waitFor();
    },
  },
  { name: "a run's log", path: "/runs/r00134/logs" },
  { name: "a run's history", path: "/runs/r00134/events" },
  { name: "schedules", path: "/schedules" },
  { name: "a schedule", path: "/schedules/my%20etl%20flow" },
  { name: "settings", path: "/settings/general" },
  { name: "about", path: "/settings/about" },
  { name: "help", path: "/help" },
  { name: "states", path: "/help/states" },
  { name: "error codes", path: "/help/errors" },
  { name: "an error code", path: "/help/errors/FLOW_CYCLE" },
  { name: "nothing", path: "/nowhere" },
  {
    name: "the palette",
    path: "/flows",
    act: async (page) => {
      await page.keyboard.press("Control+k");
      await page.locator(".palette-entry").first().waitFor();
    },
  },
  {
    name: "the shortcuts",
    path: "/flows",
    act: async (page) => {
      await page.keyboard.press("?");
      await page.locator(".key-list").waitFor();
    },
  },
];

async function openState({ path, act }: PageState, page: Page): Promise<void> {
  await page.goto(`${mock.url}${path}`);
  await drawn(page);
  await act?.(page);
}

async function violations(page: Page): Promise<readonly string[]> {
  // Evaluated over the protocol, so that the page's policy stays on.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (
      window as unknown as {
        axe: {
          run(
            context: unknown,
            options: unknown,
          ): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }>;
        };
      }
    ).axe.run;
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations: found } = await run(document, { runOnly: { type: "tag", values: tags } });
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${String(target)} ${failureSummary ?? ""}`),
    );
  });
}

describe.each([
  ["light", "en"],
  ["dark", "es"],
] as const)("U43: in the %s theme and in %s", (colorScheme, language) => {
  test.each(STATES)("$name has no fault that axe finds", async (state) => {
    const page = await openPage({ colorScheme, locale: language });

    await openState(state, page);

    expect(await violations(page)).toEqual([]);
  });
});

describe("keys alone", () => {
  test("U44: lead from the overview to a run that was started, every stop in view with a ring", async () => {
    const page = await openPage();
    await page.goto(`${mock.url}/`);
    await page.locator("h1").waitFor();
    const weak: string[] = [];
    const tabTo = async (name: string) => {
      for (let stop = 0; stop < 80; stop++) {
        await page.keyboard.press("Tab");
        const found = await page.evaluate(() => {
          const focused = document.activeElement as HTMLElement;
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);
          const { top, bottom } = focused.getBoundingClientRect();
          const inView = bottom > 0 && top < window.innerHeight;
          const hasRing = (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2) || boxShadow !== "none";
          return { text: focused.getAttribute("aria-label") ?? focused.textContent ?? "", ok: inView && hasRing };
        });
        if (!found.ok) weak.push(found.text);
        if (found.text === name) return;
      }
      throw new Error(`no way to ${name}`);
    };

    await tabTo("Flows");
    await page.keyboard.press("Enter");
    await focusedHeading(page, "Flows");
    await page.locator("tbody tr").first().waitFor();
    await tabTo("my first flow!");
    await page.keyboard.press("Enter");
    await focusedHeading(page, "my first flow!");
    await page.locator(".graph-box").first().waitFor();
    await tabTo("Run nowr");
    await page.keyboard.press("Enter");

    await page.waitForURL(/\/runs\/\w+$/);
    expect(weak).toEqual([]);
  });
});

describe("Spanish", () => {
  /** Words that only English has, and that no name of the made-up flows, no code and no file is made of. */
  const ENGLISH =
    /\b(the|and|with|this|that|not|run(s|ning)?|last|next|schedules?|settings|search|tasks?|loaded|every|needed|ago|none|switch|show|what|how|file|needs|you|overview|help|required|since)\b/i;

  test.each(STATES.filter(({ name }) => name !== "an error code"))("U41: $name has no English word", async (state) => {
    const page = await openPage({ locale: "es-MX" });

    await openState(state, page);
    const texts = await page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found: string[] = [];
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const around = node.parentElement;
        // Names and code are data: links to flows, code, what is marked as English or not to be translated.
        const isData = around?.closest(
          'code, pre, kbd, textarea, option, script, [lang="en"], [translate="no"], .tag, .log-text, .question, .run-banner-text p, .flow-about, .broken-files p, .page-about, .graph-view, .outline-name, .outline-after, .run-error, .facts h2, h1, .crumbs, tbody a, .card-list a, .facts a, .link-button, .palette-entry, .fact-list dd, .language, .field label, .field-about, .field-group legend, noscript',
        );
        if (around !== null && isData === null && around.getClientRects().length > 0) found.push(node.nodeValue ?? "");
      }
      return found;
    });

    expect(texts.filter((text) => ENGLISH.test(text))).toEqual([]);
    await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe("es");
  });

  test("U41: a state's code stays on hover", async () => {
    const page = await openPage({ locale: "es-MX" });
    await page.goto(`${mock.url}/flows/etl-failing/runs`);

    const mark = page.locator(".state-mark", { hasText: "Fallido" }).first();

    await expect.poll(() => mark.getAttribute("title")).toBe("Failed");
  });
});

describe("motion", () => {
  test("U47: there is none where people ask for none, and at 400 % nothing scrolls both ways", async () => {
    const page = await openPage({ reducedMotion: "reduce", viewport: { width: 320, height: 256 } });
    await page.goto(`${mock.url}/flows/my%20etl%20flow`);
    await page.locator(".outline, .graph-box").first().waitFor();

    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  });
});
