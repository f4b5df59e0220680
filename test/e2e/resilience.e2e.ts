/** What goes wrong around the page: the server goes, comes back, is another; a proxy keeps the stream; a file breaks. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { every, flow, task } from "../../src/index.ts";
import type { RunDetail, TaskRunList } from "../../src/server/contract.ts";
import { drawn, openPage, withBrowser } from "./browser.ts";
import { gate, gatedEtl, talking } from "./run-seeds.ts";
import { etl, hello } from "./seeds.ts";
import { serve, wireTo } from "./servers.ts";

withBrowser();

type Server = Awaited<ReturnType<typeof serve>>;

const GONE = /Failed to load resource|ERR_/;
const etlPath = "/flows/my%20etl%20flow";

const start = async (server: Server, path: string) =>
  ((await (await server.post(`${path}/runs`)).json()) as RunDetail).id;
const live = (page: Page) => page.getByRole("button", { name: "Live", exact: true });
const offline = (page: Page) => page.getByRole("button", { name: /^Offline since/ });

function folderOfItsOwn(): string {
  const folder = mkdtempSync(join(tmpdir(), "caudal-e2e-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("a server that goes and comes back", () => {
  test("U36: is followed by the page alone, and what it shows is what the new one knows", async () => {
    const folder = folderOfItsOwn();
    const [first, second] = [gate(), gate()];
    const before = await serve([gatedEtl(first)], { folder });
    const wire = await wireTo(before.url);
    const id = await start(before, etlPath);
    const page = await openPage({ expected: [GONE] });
    await page.goto(`${wire.url}/runs/${id}`);
    await page.locator('.graph-box[data-state="Running"]:has-text("parse_complaint_data")').waitFor();

    wire.cut();
    await before.close();
    await offline(page).waitFor();
    const after = await serve([gatedEtl(second)], { folder });
    await wire.mend(after.url);
    second.open();

    await live(page).waitFor();
    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    const { taskRuns } = (await (await after.get(`/runs/${id}/tasks`)).json()) as TaskRunList;
    const shown = () =>
      page.locator(".graph-box[data-state]").evaluateAll((boxes) => boxes.map((box) => box.getAttribute("data-state")));
    await expect.poll(async () => (await shown()).toSorted()).toEqual(taskRuns.map(({ state }) => state).toSorted());
    await page.locator(".run-page .page > .facts").getByText("4 of 4").waitFor();
  });

  test("leaves what was known in sight, says what does not work meanwhile, and what was asked for comes later", async () => {
    const server = await serve([hello, etl]);
    const wire = await wireTo(server.url);
    const page = await openPage({ expected: [GONE] });
    await page.goto(`${wire.url}/flows`);
    await page.getByRole("link", { name: "my etl flow" }).waitFor();
    await live(page).waitFor();

    wire.cut();
    await offline(page).waitFor();

    await page.getByRole("link", { name: "my etl flow" }).waitFor();
    await page.getByRole("button", { name: "Run my first flow! now" }).click();
    await page.locator(".toast", { hasText: "does not answer" }).waitFor();
    await page.getByRole("link", { name: "Schedules", exact: true }).click();
    await page.locator(".error-box").waitFor();
    await wire.mend();
    await live(page).waitFor();
    await page.getByRole("link", { name: "my etl flow" }).waitFor();
    await expect.poll(() => page.locator(".error-box").count()).toBe(0);
    // The other flow has a schedule, and a full minute may pass.
    const { runs } = (await (await server.get("/runs?flow=my%20first%20flow!")).json()) as {
      readonly runs: readonly unknown[];
    };
    expect(runs).toEqual([]);
  });

  test("U62: as another version offers to load the page again, and is fine once that was done", async () => {
    const before = await serve([hello]);
    const after = await serve([hello, etl], { version: "9.9.9" });
    const wire = await wireTo(before.url);
    const page = await openPage({ expected: [GONE] });
    await page.goto(`${wire.url}/flows`);
    await live(page).waitFor();
    const banner = page.locator(".banner", { hasText: "another version" });
    expect(await banner.count()).toBe(0);

    wire.cut();
    await wire.mend(after.url);

    await banner.getByRole("button", { name: "Reload" }).click();
    await page.getByRole("link", { name: "my etl flow" }).waitFor();
    await live(page).waitFor();
    expect(await banner.count()).toBe(0);
  });

  test("U62: as another version without the old files says so where a page of them is missing", async () => {
    const server = await serve([hello]);
    const page = await openPage({ expected: [/404|dynamically imported/] });
    await page.route(/assets\/later-.*\.js/, (route) => route.fulfill({ status: 404 }));
    await page.goto(`${server.url}/flows`);

    await page.getByRole("link", { name: "my first flow!" }).click();

    const broken = page.getByRole("alert");
    await broken.waitFor();
    await page.unroute(/assets\/later-.*\.js/);
    await broken.getByRole("button", { name: "Reload" }).click();
    await page.getByRole("heading", { level: 1, name: "my first flow!" }).waitFor();
  });

  test("U62: sends files that never change, and a page that is asked for each time", async () => {
    const server = await serve([hello]);
    const page = await openPage();
    const rules = new Map<string, string>();
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.startsWith("/api/")) rules.set(pathname, response.headers()["cache-control"] ?? "");
    });

    await page.goto(`${server.url}/flows`);
    await drawn(page);

    const files = [...rules].filter(([path]) => path.startsWith("/assets/"));
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter(([, rule]) => rule !== "public, max-age=31536000, immutable")).toEqual([]);
    expect(rules.get("/flows")).toBe("no-cache");
  });
});

describe("a proxy that keeps streams to itself", () => {
  test("U38: is asked instead, the page says so, and a run is followed all the same", async () => {
    const door = gate();
    const server = await serve([gatedEtl(door)]);
    const wire = await wireTo(server.url, { holdsStreams: true });
    const id = await start(server, etlPath);
    const page = await openPage();
    await page.goto(`${wire.url}/runs/${id}`);
    await page.locator('.graph-box[data-state="Running"]:has-text("parse_complaint_data")').waitFor();
    // Until the stream has spoken nobody knows how fresh this is.
    expect(await live(page).count()).toBe(0);

    await page.getByRole("button", { name: "Live (polling)" }).waitFor();
    door.open();

    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
    await page.locator(".log-dock .log-text").getByText("25 rows are stored").waitFor();
  });
});

describe("a flow that changes before the stream has spoken", () => {
  test("is not missed by the page of schedules, which has asked already", async () => {
    const timed = (rule: "1m" | "2h") =>
      flow({ name: "timed", schedule: every(rule) }, () => {
        task("tick", () => 1)();
      });
    const server = await serve([timed("1m")]);
    let speak = (): void => undefined;
    const wire = await wireTo(server.url, { streamsAfter: new Promise<void>((resolve) => (speak = resolve)) });
    const page = await openPage();
    await page.goto(`${wire.url}/schedules`);
    const rule = page.locator('a[href*="/schedules/"]');
    const before = await rule.innerText();

    server.change([timed("2h")] as never);
    speak();

    await expect.poll(() => rule.innerText()).not.toBe(before);
  });
});

describe("a flow file that breaks and is saved again", () => {
  const flowFile = (name: string, body: string) =>
    `import { flow, task } from "caudal";\nexport default flow("${name}", () => {\n  task("${name} task", () => 1)();\n});\n${body}`;

  test("shows what is wrong at its line, serves the others, and heals on the open page", async () => {
    const folder = folderOfItsOwn();
    const whole = join(folder, "whole.ts");
    const half = join(folder, "half.ts");
    writeFileSync(whole, flowFile("whole", ""));
    writeFileSync(half, flowFile("half", "const broken = (;\n"));
    const url = await served(folder, [whole, half]);
    const page = await openPage();
    await page.goto(`${url}/flows`);
    const broken = page.locator(".broken-files");
    await broken.locator("summary", { hasText: "half.ts:5" }).waitFor();
    await page.getByRole("link", { name: "whole", exact: true }).waitFor();
    expect(await page.getByRole("link", { name: "half", exact: true }).count()).toBe(0);
    await live(page).waitFor();

    writeFileSync(half, flowFile("half", ""));

    await page.getByRole("link", { name: "half", exact: true }).waitFor();
    await expect.poll(() => broken.count()).toBe(0);
    await page.getByRole("button", { name: "Run half now" }).click();
    await page.locator('.page-title .state-mark[title="Success"]').waitFor();
  });

  test("that throws, has no flow, or one that is there already is told apart", async () => {
    const folder = folderOfItsOwn();
    const files = {
      "whole.ts": flowFile("whole", ""),
      "throws.ts": flowFile("throws", 'throw new Error("no database today");\n'),
      "none.ts": "export const nothing = 1;\n",
      "again.ts": flowFile("whole", ""),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const url = await served(
      folder,
      Object.keys(files).map((name) => join(folder, name)),
    );
    const page = await openPage();

    await page.goto(`${url}/flows`);

    const broken = page.locator(".broken-files");
    await broken.getByRole("heading", { name: "3 files could not be loaded" }).waitFor();
    for (const summary of await broken.locator("summary").all()) await summary.click();
    await broken.locator("p", { hasText: "no database today" }).waitFor();
    await broken.getByRole("link", { name: "FLOW_NONE" }).waitFor();
    await broken.getByRole("link", { name: "FLOW_DUPLICATE" }).waitFor();
    await page.getByRole("link", { name: "whole", exact: true }).waitFor();
  });
});

/** `caudal serve` as a process of its own, on a port that is free. */
async function served(folder: string, files: readonly string[]): Promise<string> {
  const command = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [command, "serve", ...files, "--port", "0"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    });
    child.on("exit", (code) => reject(new Error(`caudal serve ended with ${code}: ${said}`)));
  });
}

describe("a log of 100,000 lines", () => {
  test("leaves nothing behind in the page, however often one goes from end to end", async () => {
    const server = await serve([talking(100_000)]);
    const id = await start(server, "/flows/talking");
    await server.until<RunDetail>(`/runs/${id}`, ({ endedAt }) => endedAt !== undefined);
    const page = await openPage();
    await page.goto(`${server.url}/runs/${id}/logs`);
    await page.getByText("the end").waitFor();
    const devtools = await page.context().newCDPSession(page);
    const used = async () => {
      await devtools.send("HeapProfiler.collectGarbage");
      return ((await devtools.send("Runtime.getHeapUsage")) as { readonly usedSize: number }).usedSize;
    };
    const walk = async () => {
      await page.locator(".log-view").focus();
      await page.keyboard.press("Home");
      await page.getByText("line 1", { exact: true }).waitFor();
      for (const part of [0.25, 0.5, 0.75]) {
        await page.locator(".log-view").evaluate((view, to) => view.scrollTo(0, view.scrollHeight * to), part);
        await page.locator(`.log-line[data-line="${part * 100_000}"]`).waitFor();
      }
      await page.keyboard.press("End");
      await page.getByText("the end").waitFor();
    };

    await walk();
    const once = await used();
    for (let round = 0; round < 5; round++) await walk();

    expect((await used()) - once).toBeLessThan(5_000_000);
    expect(await page.locator(".log-line").count()).toBeLessThanOrEqual(400);
  });
});
