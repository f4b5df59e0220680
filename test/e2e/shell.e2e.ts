/** What is around every page: addresses, palette, keys, theme, language, freshness, phone, policy, prefix. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { drawn, heading, openPage, withBrowser } from "./browser.ts";
import { etl, hello } from "./seeds.ts";
import { proxied, serve, tellMock, wireTo, withMock } from "./servers.ts";

withBrowser();
const mock = withMock();

/** Address below the root → its heading. */
const PLACES: readonly (readonly [path: string, title: string])[] = [
  ["/", "Overview"],
  ["/flows", "Flows"],
  ["/flows/my%20etl%20flow", "my etl flow"],
  ["/flows/my%20etl%20flow/runs", "my etl flow"],
  ["/flows/my%20etl%20flow/schedules", "my etl flow"],
  ["/flows/my%20etl%20flow/versions", "my etl flow"],
  ["/flows/my%20etl%20flow/run", "my etl flow"],
  ["/schedules", "Schedules"],
  ["/schedules/my%20etl%20flow", "my etl flow"],
  ["/settings/general", "Settings"],
  ["/settings/about", "Settings"],
  ["/help", "Help"],
  ["/help/states", "States"],
  ["/help/errors", "Error codes"],
  ["/help/errors/FLOW_CYCLE", "FLOW_CYCLE"],
];

const ready = (page: Page) => page.locator("main .page").waitFor();

describe("addresses", () => {
  test.each(PLACES)("U52: %s opened cold is the page %s", async (path, title) => {
    const page = await openPage();

    const response = await page.goto(`${mock.url}${path}`);
    await ready(page);

    expect(response?.status()).toBe(200);
    await expect.poll(() => heading(page)).toBe(title);
    await expect.poll(() => page.title()).toBe(`${title} · caudal`);
  });

  test("U52: an unknown run or flow is a 404 that says what there is", async () => {
    const { url } = await serve([etl]);
    const page = await openPage({ expected: [/404/] });

    const response = await page.goto(`${url}/flows/my%20etl%20flov`);
    await page.getByRole("heading", { name: "There is no flow named “my etl flov”" }).waitFor();

    expect(response?.status()).toBe(404);
    await page.getByRole("link", { name: "my etl flow" }).click();
    await page.getByRole("heading", { level: 1, name: "my etl flow" }).waitFor();
  });

  test("U52: an address that is none says so", async () => {
    const page = await openPage();
    await page.goto(`${mock.url}/flowz/nothing`);

    await page.getByText("No page has the address /flowz/nothing.").waitFor();
  });

  test("move the focus to the heading when they change, and Back goes back", async () => {
    const page = await openPage();
    await page.goto(`${mock.url}/`);
    await page.getByRole("link", { name: "Schedules", exact: true }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Schedules");

    await page.goBack();

    await expect.poll(() => heading(page)).toBe("Overview");
  });
});

describe("the palette", () => {
  test("U50: goes to a flow by its name, and gives the focus back", async () => {
    const page = await openPage();
    await page.goto(`${mock.url}/schedules`);
    await page.getByRole("link", { name: "my etl flow" }).focus();

    await page.keyboard.press("Control+k");
    await page.locator(".palette-entry").first().waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("my etl flow");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search or go to" }).pressSequentially("my etl");
    await page.getByRole("option", { name: /^my etl flow/, selected: true }).waitFor();
    await page.keyboard.press("Enter");

    await page.waitForURL(/\/flows\/my%20etl%20flow$/);
  });

  test("U50: goes to a run by its id", async () => {
    const page = await openPage();
    await page.goto(`${mock.url}/flows`);
    await ready(page);

    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search or go to" }).fill("r00017");
    await page.getByRole("option", { name: /approval · /, selected: true }).waitFor();
    await page.keyboard.press("Enter");

    await page.waitForURL(/\/runs\/r00017$/);
  });

  test("U50: offers what may be done on this page, and nothing else", async () => {
    const page = await openPage();
    await page.goto(`${mock.url}/flows/expenses`);
    await page.locator(".graph-box").first().waitFor();

    await page.keyboard.press("Control+k");
    const actions = page.getByRole("group", { name: "Actions" }).getByRole("option");

    // Its code is not loaded and it has no schedule: it can neither be run now nor switched.
    await expect
      .poll(async () => (await actions.allInnerTexts()).map((text) => text.split("\n")[0]).toSorted())
      .toEqual([
        "Find a task",
        "Hold live updates",
        "Run with parameters",
        "Show the whole graph",
        "Switch between graph and outline",
        "Zoom in",
        "Zoom out",
      ]);
  });
});

describe("shortcuts", () => {
  test("U51: are listed, do what they say, not while typing, and can be switched off", async () => {
    const page = await openPage();
    await page.goto(`${mock.url}/flows`);
    await page.locator("tbody tr").first().waitFor();
    await page.keyboard.press("?");
    await expect
      .poll(() => page.locator(".key-list dd").allInnerTexts())
      .toEqual(
        expect.arrayContaining([
          "Search or go to",
          "Show the shortcuts",
          "Filter this list",
          "Go to: Flows",
          "Hold live updates",
        ]),
      );
    await page.keyboard.press("Escape");
    await page.locator(".key-list").waitFor({ state: "detached" });

    for (const [letter, title] of [
      ["h", "Overview"],
      ["s", "Schedules"],
      ["o", "Settings"],
      ["f", "Flows"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(letter);
      await expect.poll(() => heading(page)).toBe(title);
    }
    await page.getByRole("searchbox").fill("");
    await page.getByRole("searchbox").press("g");
    await page.getByRole("searchbox").press("h");
    await expect.poll(() => page.url()).toContain("?q=gh");
    expect(await heading(page)).toBe("Flows");
    await page.locator("h1").focus();
    await page.keyboard.press("?");
    await page.getByRole("switch", { name: "Single-key shortcuts" }).click();
    await page.keyboard.press("Escape");
    await page.locator(".key-list").waitFor({ state: "detached" });
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    expect(await heading(page)).toBe("Flows");
  });
});

describe("the theme", () => {
  test("U53: follows the system, and a choice survives a reload from the first frame on", async () => {
    const page = await openPage({ colorScheme: "dark" });
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.goto(`${mock.url}/flows`);
    await expect.poll(() => ground()).toBe("rgb(20, 23, 28)");

    await page.getByRole("button", { name: "Switch to the light theme" }).click();
    await expect.poll(() => ground()).toBe("rgb(255, 255, 255)");
    // The script that draws the page never comes: what is there is what the first frame shows.
    await page.route(/assets\/main-.*\.js/, (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    await page.reload();

    await expect.poll(() => ground()).toBe("rgb(255, 255, 255)");
  });
});

describe("freshness", () => {
  test("is told: live, paused, offline since a time, and live again", async () => {
    const page = await openPage({ expected: [/ERR_/, /Failed to load/] });
    await page.goto(`${mock.url}/flows`);
    const chip = page.locator(".freshness");
    await expect.poll(() => chip.innerText()).toBe("Live");

    await page.keyboard.press(".");
    await expect.poll(() => chip.innerText()).toBe("Paused");
    await page.keyboard.press(".");
    await page.context().setOffline(true);
    await tellMock(mock.url, "streams", { broken: true });
    await expect.poll(() => chip.innerText(), { timeout: 30_000 }).toMatch(/^Offline since \d\d:\d\d:\d\d$/);
    await page.locator("tbody tr").first().waitFor();
    await tellMock(mock.url, "streams", { broken: false });
    await page.context().setOffline(false);

    await expect.poll(() => chip.innerText(), { timeout: 30_000 }).toBe("Live");
  });

  test("U38: where no stream gets through it asks instead, and says so", async () => {
    const { url } = await wireTo(mock.url, { holdsStreams: true });
    const page = await openPage();
    await page.goto(`${url}/flows`);

    await expect
      .poll(() => page.locator(".freshness").innerText(), { timeout: 30_000, interval: 200 })
      .toBe("Live (polling)");
  });
});

describe("a phone", () => {
  test.each(PLACES)("U54: %s has no horizontal scroll, and the bottom bar hides no focus", async (path) => {
    const page = await openPage({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    await page.goto(`${mock.url}${path}`);
    await drawn(page);

    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(360);
    const bar = await page.locator("nav.menu").boundingBox();
    for (let stop = 0; stop < 25; stop++) {
      await page.keyboard.press("Tab");
      const box = await page.evaluate(() => {
        const focused = document.activeElement;
        if (focused === null || focused === document.body || focused.closest(".menu") !== null) return undefined;
        const { top, bottom, height } = focused.getBoundingClientRect();
        return { top, bottom, height };
      });
      if (box !== undefined && box.height < 600) expect(box.top, `stop ${stop}`).toBeLessThan(bar?.y ?? 0);
    }
  });
});

describe("the policy", () => {
  test("U56: there is no inline script or style, and an injected one is blocked", async () => {
    const { url } = await serve([hello]);
    const page = await openPage({ expected: [/Content Security Policy/] });
    const response = await page.goto(`${url}/flows`);
    const html = (await response?.text()) ?? "";

    const policy = response?.headers()["content-security-policy"] ?? "";
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.__injected = true";
      document.body.append(script);
      return "__injected" in window;
    });

    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(ran).toBe(false);
  });

  test("U55: names, descriptions and warnings with markup in them are shown as text", async () => {
    const page = await openPage();
    for (const path of [
      "/flows",
      `/flows/${encodeURIComponent("hostile <img src=x onerror=window.__pwned=1>")}`,
      "/",
    ]) {
      await page.goto(`${mock.url}${path}`);
      await ready(page);
      expect(await page.evaluate(() => "__pwned" in window)).toBe(false);
    }
    await page.keyboard.press("Control+k");
    await page.keyboard.type("hostile");
    await page.getByRole("option", { name: /hostile <img/ }).waitFor();
    expect(await page.locator("img").count()).toBe(0);
  });
});

describe("below a path", () => {
  test.each([[true], [false]])("U60: behind a proxy (prefix stripped: %s) everything stays below it", async (strip) => {
    const prefix = "/tools/caudal";
    const real = await serve([hello], strip ? {} : { base: prefix });
    const url = await proxied(real.url, prefix, strip);
    const page = await openPage();
    const outside: string[] = [];
    page.on("request", (request) => {
      if (!new URL(request.url()).pathname.startsWith(`${prefix}/`)) outside.push(request.url());
    });

    await page.goto(`${url}/flows/my%20first%20flow!`);
    await page.getByRole("button", { name: "Run now" }).first().click();
    await page.waitForURL(/\/tools\/caudal\/runs\/\w+$/);
    await page.reload();
    await page.locator("h1").waitFor();
    await page.getByRole("link", { name: "Flows", exact: true }).first().click();
    await page.getByRole("link", { name: "my first flow!" }).waitFor();

    expect(outside).toEqual([]);
  });
});

describe("the build", () => {
  const assets = new URL("../../dist/ui/assets/", import.meta.url);
  const files = () => readdirSync(assets).map((name) => ({ name, text: readFileSync(new URL(name, assets), "utf8") }));

  test("U61: asks nobody else for anything", () => {
    // What the libraries name in messages and namespaces is never asked for.
    const loads = /(?:src|href|import\s*\(|fetch\s*\(|url\s*\()\s*=?\s*["'(]?https?:\/\//;

    expect(
      files()
        .filter(({ text }) => loads.test(text))
        .map(({ name }) => name),
    ).toEqual([]);
  });

  test("has at most 150 kB of JavaScript for the first page, and 18 kB of styles", async () => {
    const page = await openPage();
    // What is loaded once there is nothing else to do is not for the first page, however early that moment comes.
    await page.addInitScript(() => Reflect.set(window, "requestIdleCallback", undefined));
    const scripts: string[] = [];
    page.on("response", (response) => {
      const name = /assets\/([^/]+\.js)$/.exec(response.url())?.[1];
      if (name !== undefined) scripts.push(name);
    });
    await page.goto(`${mock.url}/flows`);
    await page.locator("tbody tr").first().waitFor();

    const packed = (name: string) => gzipSync(readFileSync(new URL(name, assets))).length;
    const total = scripts.reduce((sum, name) => sum + packed(name), 0);
    const styles = files().filter(({ name }) => name.endsWith(".css"));

    expect(scripts.length).toBeGreaterThan(1);
    // With the page, its styles, and two questions to the server.
    expect(scripts.length).toBeLessThanOrEqual(7);
    expect(total).toBeLessThanOrEqual(150_000);
    const all = files().filter(({ name }) => name.endsWith(".js"));
    const rest = all.filter(({ name }) => !scripts.includes(name));
    expect(rest.filter(({ name }) => packed(name) > 45_000)).toEqual([]);
    expect(all.reduce((sum, { name }) => sum + packed(name), 0)).toBeLessThanOrEqual(320_000);
    expect(styles.reduce((sum, { name }) => sum + packed(name), 0)).toBeLessThanOrEqual(18_000);
  });
});
