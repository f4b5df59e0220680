/** Data is text: whatever is in a name, a tag, a parameter, a log, an error or a result, nothing of it becomes part of the page. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { BrokenFile, RunDetail } from "../../src/server/contract.ts";
import { drawn, type OpenOptions, openPage, withBrowser } from "./browser.ts";
import { hostile, HOSTILE_FLOW, ODD, PAYLOADS } from "./hostile-seed.ts";
import { hello } from "./seeds.ts";
import { serve } from "./servers.ts";

withBrowser();

const [image = ""] = PAYLOADS.names;
const failing = `${image} fails-1`;
const speaking = `${image} says-1`;
const flowPath = `/flows/${encodeURIComponent(HOSTILE_FLOW)}`;

/** A server that has run the flow of hostile texts, and has a file whose trouble is hostile too. */
async function haunted() {
  const server = await serve([hello, hostile]);
  const start = { runName: `${ODD.turned} ${image}`, tags: PAYLOADS.texts.map((text) => text.slice(0, 100)) };
  const made = (await (await server.post(`${flowPath}/runs`, start)).json()) as RunDetail;
  await server.until<RunDetail>(`/runs/${made.id}`, ({ endedAt }) => endedAt !== undefined);
  const broken: BrokenFile = {
    file: `${image}.ts`,
    code: "FLOW_FILE_SYNTAX",
    message: [...PAYLOADS.names, ...PAYLOADS.texts, ...Object.values(ODD)].join(" "),
    line: 1,
    column: 1,
    since: 0,
  };
  server.change([hello, hostile] as never, [broken]);
  return { ...server, id: made.id };
}

interface Place {
  readonly name: string;
  /** Of a run with this id. */
  readonly path: (id: string) => string;
  /** What is there once it is drawn. */
  readonly has: string;
  readonly act?: (page: Page) => Promise<void>;
}

const task = (slug: string, view: string) => (id: string) =>
  `/runs/${id}?view=${view}&task=${encodeURIComponent(slug)}`;

const PLACES: readonly Place[] = [
  { name: "the overview", path: () => "/", has: image },
  { name: "the flows", path: () => "/flows", has: image },
  { name: "the flow", path: () => flowPath, has: `${image} says` },
  { name: "its outline", path: () => `${flowPath}?view=outline`, has: `${image} says` },
  { name: "a task of it", path: () => `${flowPath}?task=${encodeURIComponent(speaking)}`, has: "all_successful" },
  { name: "its runs", path: () => `${flowPath}/runs`, has: image },
  { name: "its versions", path: () => `${flowPath}/versions`, has: "A version is the shape" },
  { name: "its form", path: () => `${flowPath}/run`, has: "Start run" },
  { name: "the runs", path: () => "/runs", has: image },
  { name: "the run, drawn", path: (id) => `/runs/${id}?view=graph`, has: `${image} fails` },
  { name: "a failure", path: task(failing, "gantt"), has: "Caused by" },
  { name: "a result", path: task(speaking, "table"), has: "Result" },
  { name: "the outline of a run", path: task(failing, "outline"), has: "Caused by" },
  { name: "the log", path: (id) => `/runs/${id}/logs?task=${encodeURIComponent(speaking)}`, has: "javascript:window" },
  { name: "the history", path: (id) => `/runs/${id}/events`, has: "Running" },
  {
    name: "the palette",
    path: () => "/schedules",
    has: "Schedules",
    async act(page) {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Search or go to" }).fill("hostile");
      await page
        .getByRole("option", { name: /^hostile/ })
        .first()
        .waitFor();
    },
  },
];

async function visit(page: Page, url: string, { has, act }: Pick<Place, "has" | "act">): Promise<void> {
  await page.goto(url);
  await drawn(page);
  await page.getByText(has).first().waitFor({ state: "attached" });
  await act?.(page);
}

/** What could only be there, or be so, if a text had become more than text. */
const signs = (page: Page) =>
  page.evaluate(() => {
    const ours = [document.querySelectorAll("script[src*='assets/'], link[rel='stylesheet'], base")];
    const own = new Set(ours.flatMap((list) => Array.from(list)));
    const strange = Array.from(
      document.querySelectorAll(
        "img, iframe, object, embed, video, math, style, script, link[rel='stylesheet'], base, [onerror], [onload], [onfocus], [ontoggle], [srcdoc], [formaction], a[href^='javascript:' i], a[href^='data:' i], form[action*='evil']",
      ),
    ).filter((element) => !own.has(element));
    return {
      ran: (window as { __pwned?: unknown }).__pwned,
      polluted: ({} as { polluted?: unknown }).polluted ?? (Object.prototype as { __proto__x?: unknown }).__proto__x,
      strange: strange.map((element) => element.outerHTML.slice(0, 200)),
      frames: window.frames.length,
    };
  });

const CLEAN = { ran: undefined, polluted: undefined, strange: [], frames: 0 };

describe.each([
  ["with the policy", {}],
  // The policy is the second wall: the first one has to hold without it.
  ["without a policy", { bypassCSP: true }],
] as const)("S18, U55: hostile texts, %s", (_name, options: OpenOptions) => {
  test("are shown as they are, and run nowhere", async () => {
    const server = await haunted();
    const page = await openPage(options);
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });

    for (const place of PLACES) {
      await visit(page, server.url + place.path(server.id), place);
      expect(await signs(page), place.name).toEqual(CLEAN);
    }

    expect(dialogs).toEqual([]);
  });
});

describe("hostile texts", () => {
  test("U55: are read in the log letter by letter, control codes as symbols, and none is a link", async () => {
    const server = await haunted();
    const page = await openPage();

    await visit(page, `${server.url}/runs/${server.id}/logs?task=${encodeURIComponent(speaking)}`, { has: "red" });

    const lines = page.locator(".log-text");
    await expect.poll(() => lines.count()).toBeGreaterThan(PAYLOADS.names.length);
    const shown = await lines.allTextContents();
    expect(shown).toEqual(expect.arrayContaining([...PAYLOADS.names, ...PAYLOADS.texts]));
    const escapes = shown.find((text) => text.includes("red")) ?? "";
    expect(escapes).not.toMatch(/[^\P{Cc}\t\n]/u);
    expect(await page.locator('.log-text a:not([href^="http"])').count()).toBe(0);
  });

  test("S20: in a description are no link and no picture", async () => {
    const server = await haunted();
    const page = await openPage();

    await visit(page, server.url + flowPath, { has: "a link" });

    const about = page.locator(".page-about");
    await about.getByRole("button", { name: "Show more" }).click();
    await about.getByRole("button", { name: "Show less" }).waitFor();
    await expect.poll(() => about.innerText()).toContain("a link");
    expect(await about.locator('a:not([href^="https://"]), img').count()).toBe(0);
    expect(await about.locator('a:not([rel="noopener noreferrer"])').count()).toBe(0);
  });

  test("U55: that turn text around are seen to do so, and turn nothing", async () => {
    const server = await haunted();
    const page = await openPage();
    // What turns text around, and control characters: nowhere in what is shown.
    const unseen = () =>
      page.evaluate(() => /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/u.exec(document.body.innerText)?.[0]);

    await visit(page, `${server.url}/runs/${server.id}?task=${encodeURIComponent(failing)}`, { has: "Caused by" });

    await page.getByRole("heading", { level: 1, name: "invoice_⟨202E⟩fdp.exe" }).waitFor();
    expect(await unseen()).toBeUndefined();
    await visit(page, `${server.url}/runs/${server.id}?task=${encodeURIComponent(speaking)}`, { has: "{30}" });
    await page.getByRole("button", { name: "{30}" }).click();
    await page.getByText("invoice_⟨202E⟩fdp.exe", { exact: true }).first().waitFor();
    expect(await unseen()).toBeUndefined();
    await visit(page, `${server.url}/runs`, { has: image });
    expect(await unseen()).toBeUndefined();
    await visit(page, `${server.url}/runs/${server.id}/logs?task=${encodeURIComponent(speaking)}`, { has: "red" });
    expect(await unseen()).toBeUndefined();
  });

  test("S24: that name parts of the language are data", async () => {
    const server = await haunted();
    const page = await openPage();
    const body = JSON.stringify({ parameters: { constructor: "mine" } }).replace(/}$/, ',"runName":"odd"}');
    const odd = await server.post(`${flowPath}/runs`, body);
    expect(odd.status).toBe(201);
    const { id } = (await odd.json()) as RunDetail;
    const proto = await server.post(`${flowPath}/runs`, '{"parameters":{"__proto__":{"polluted":1}}}');
    expect(proto.status).toBeGreaterThanOrEqual(400);

    await visit(page, `${server.url}/runs/${id}`, { has: "constructor" });

    await page.getByText("mine").first().waitFor();
    expect(await signs(page)).toEqual(CLEAN);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("U58, S11: are downloaded as attachments of a type that nothing runs", async () => {
    const server = await haunted();
    const paths = [
      `/runs/${server.id}/tasks/${encodeURIComponent(speaking)}/result/download`,
      `/runs/${server.id}/logs/download`,
      `/runs/${server.id}/logs/download?format=ndjson`,
    ];

    for (const path of paths) {
      const { headers } = await server.get(path);
      expect(headers.get("content-disposition")).toMatch(/^attachment; filename="[\w.-]+"$/);
      expect(headers.get("content-type")).toMatch(/^(?:application\/json|application\/x-ndjson|text\/plain)/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  test.each([[1280], [360]])("leave the page in its frame at %i px: nothing scrolls sideways", async (width) => {
    const server = await haunted();
    const page = await openPage({ viewport: { width, height: 860 } });
    const wide: string[] = [];

    for (const place of PLACES) {
      await visit(page, server.url + place.path(server.id), place);
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) wide.push(`${place.name}: ${over} px`);
    }

    expect(wide).toEqual([]);
  });
});
