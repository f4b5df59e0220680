/**
 * Debian's Chromium, driven over its protocol. A page of it fails its test for anything that goes wrong in it: an error
 * or warning on the console, a page error, a request that fails or leaves the server, a policy that was broken.
 */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { CHROMIUM_ARGS, chromiumPath } from "../support/chromium.ts";

let running: Browser | undefined;

/**
 * One browser for the tests of a file.
 * @param names that lead to this machine in it, as if a name server said so
 */
export function withBrowser(...names: readonly string[]): void {
  beforeAll(async () => {
    if (chromiumPath === undefined) throw new Error("no Chromium: npm run test:e2e says what to do");
    running = await chromium.launch({
      executablePath: chromiumPath,
      args: [
        ...CHROMIUM_ARGS,
        ...(names.length === 0 ? [] : [`--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join()}`]),
        // A wall of the browser's own that not every browser has: ours has to hold without it.
        ...(names.length === 0 ? [] : ["--disable-features=LocalNetworkAccessChecks"]),
      ],
    });
  });
  afterAll(() => running?.close());
}

export interface OpenOptions extends BrowserContextOptions {
  /** What may go wrong in it, because the test wants it to. */
  readonly expected?: readonly RegExp[];
}

/** A tab of its own, with nothing stored, that is held to the rules until its test is over. */
export async function openPage(options: OpenOptions = {}): Promise<Page> {
  const { expected = [], ...context } = options;
  if (running === undefined) throw new Error("withBrowser() was not called");
  const own = await running.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-US", ...context });
  const page = await own.newPage();
  const wrong: string[] = [];
  const add = (text: string) => {
    if (!expected.some((pattern) => pattern.test(text))) wrong.push(text);
  };
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      add(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => add(`page error: ${error.message}`));
  page.on("requestfailed", (request) => {
    // A page that is left takes its stream with it.
    const failure = request.failure()?.errorText ?? "";
    if (failure !== "net::ERR_ABORTED") add(`request failed: ${request.url()} ${failure}`);
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== "127.0.0.1" && protocol !== "data:") add(`request elsewhere: ${request.url()}`);
  });
  onTestFinished(async () => {
    await own.close();
    expect(wrong).toEqual([]);
  });
  return page;
}

/** A tab of somebody else's site, where everything may go wrong and nothing is held to a rule. */
export async function strangersPage(): Promise<Page> {
  if (running === undefined) throw new Error("withBrowser() was not called");
  const own = await running.newContext();
  onTestFinished(() => own.close());
  return own.newPage();
}

/** What the page shows, without what only readers hear twice. */
export async function heading(page: Page): Promise<string> {
  return page.locator("h1").innerText();
}

/** Waits until the page has what it asked for when it was opened. */
export async function drawn(page: Page): Promise<void> {
  await page.locator("main .page").waitFor();
  await expect.poll(() => page.locator(".loading").count()).toBe(0);
}

/** Waits until a page that was gone to has come, and has taken the focus: keys pressed before go astray. */
export async function focusedHeading(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.activeElement?.matches("h1"))).toBe(true);
  await expect.poll(() => heading(page)).toBe(text);
}

/** What is read once it reads the same twice: what is laid out anew while the page fills is not measured too early. */
export async function steady<T>(read: () => Promise<T>): Promise<T> {
  let before: T | undefined;
  let now: T | undefined;
  const isSame = async () => {
    before = now;
    now = await read();
    return before !== undefined && JSON.stringify(before) === JSON.stringify(now);
  };
  await expect.poll(isSame, { interval: 150 }).toBe(true);
  return now as T;
}
