/**
 * `npm run screenshots [-- NAME…]`: states of the page × two themes × two widths, as PNGs in screenshots/, to be looked
 * at. The mock's clock stands still, so that two runs give the same pictures.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { CHROMIUM_ARGS, chromiumPath } from "../support/chromium.ts";

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly act?: (page: Page) => Promise<void>;
  readonly of?: "none" | "large";
}

const long = "import_customer_records_from_the_regional_warehouse_and_reconcile_them_with_the_ledger_of_last_year";

const FAILED = "/runs/r00134";

const SHOTS: readonly Shot[] = [
  { name: "overview", path: "/" },
  { name: "overview-none", path: "/", of: "none" },
  { name: "flows", path: "/flows" },
  { name: "flows-none", path: "/flows", of: "none" },
  { name: "flow", path: "/flows/my%20etl%20flow?task=get_complaint_data-1" },
  { name: "flow-never-run", path: "/flows/expenses" },
  { name: "flow-300", path: "/flows/three%20hundred" },
  { name: "flow-long-names", path: `/flows/${long}` },
  { name: "flow-runs", path: "/flows/etl-failing/runs" },
  {
    name: "form",
    path: "/flows/form/run?p.size=7000",
    act: async (page) => {
      await page.locator(".parameter-form details summary").click();
      await page.locator('button[type="submit"]').click();
    },
  },
  { name: "form-later", path: "/flows/my%20etl%20flow/run?begins=later" },
  {
    name: "run-later",
    path: "/flows/my%20etl%20flow/run?begins=later",
    act: async (page) => {
      await page.locator('button[type="submit"]').click();
      await page.locator(".run-banner").waitFor();
    },
  },
  {
    name: "flow-found",
    path: "/flows/my%20etl%20flow?view=graph",
    act: (page) => page.locator(".graph-search input").fill("complaint"),
  },
  { name: "flow-300-folded", path: "/flows/three%20hundred?view=graph&fold=most" },
  {
    name: "flow-run-menu",
    path: "/flows/my%20etl%20flow",
    act: (page) => page.locator(".split-button summary").click(),
  },
  { name: "flows-slower", path: "/flows?sort=slower" },
  { name: "run-replay", path: `${FAILED}?view=gantt`, act: (page) => replay(page) },
  { name: "run-failures", path: "/runs/r00120?show=failures" },
  {
    name: "run-export",
    path: `${FAILED}?view=graph`,
    act: (page) => page.locator(".graph-legend summary").click(),
  },
  { name: "runs", path: "/runs" },
  { name: "runs-no-match", path: "/runs?state=Cancelled&q=nothing" },
  { name: "run-failed", path: FAILED },
  {
    name: "run-edge",
    path: `${FAILED}?view=graph`,
    act: async (page) => {
      await page.locator(".graph-box", { hasText: "get_complaint_data" }).focus();
      for (let edge = 0; edge < 2; edge++) await page.keyboard.press("v");
      await page.locator(".edge-tip").waitFor();
    },
  },
  { name: "run-gantt", path: `${FAILED}?view=gantt` },
  { name: "run-outline", path: `${FAILED}?view=outline` },
  { name: "run-drawer", path: `${FAILED}?view=table&task=parse_complaint_data-1` },
  {
    name: "run-mark",
    path: `${FAILED}?view=table&task=store_complaints-1`,
    act: async (page) => {
      await page.locator(".drawer").getByRole("button", { name: "Mark as…" }).waitFor();
      await page.keyboard.press("m");
      await page.getByRole("dialog").getByLabel("Reason").fill("The rows were loaded by hand.");
    },
  },
  { name: "run-waits", path: "/runs/r00024" },
  { name: "run-retry", path: FAILED, act: (page) => page.keyboard.press("t") },
  { name: "run-logs", path: `${FAILED}/logs` },
  { name: "run-events", path: "/runs/wide/events", of: "large" },
  { name: "run-unknown", path: "/runs/r99999" },
  { name: "mapped-10k", path: "/runs/mapped?view=graph", of: "large" },
  { name: "mapped-10k-table", path: "/runs/mapped?view=table&task=double-1.317", of: "large" },
  { name: "run-300", path: "/runs/wide", of: "large" },
  { name: "run-300-gantt", path: "/runs/wide?view=gantt", of: "large" },
  { name: "logs-long", path: "/runs/wide/logs", of: "large" },
  { name: "schedules", path: "/schedules" },
  {
    name: "schedules-once",
    path: "/flows/my%20etl%20flow/run?begins=later",
    act: async (page) => {
      await page.locator('button[type="submit"]').click();
      await page.locator(".run-banner").waitFor();
      await page.getByRole("link", { name: "Schedules" }).first().click();
      await page.locator("section[aria-labelledby=once] tbody tr").first().waitFor();
    },
  },
  { name: "states", path: "/help/states" },
  { name: "unknown-flow", path: "/flows/my%20etl%20flov" },
  { name: "palette", path: "/flows", act: (page) => page.keyboard.press("Control+k") },
  { name: "settings", path: "/settings/general" },
  { name: "about", path: "/settings/about" },
  { name: "help", path: "/help" },
  { name: "shortcuts", path: FAILED, act: (page) => page.keyboard.press("?") },
];

/** Half way through the run. */
async function replay(page: Page): Promise<void> {
  await page.locator(".gantt-row").first().waitFor();
  await page.keyboard.press("h");
  const slider = page.getByRole("slider");
  await slider.evaluate((input: HTMLInputElement) => {
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
    set?.call(input, String((Number(input.min) + Number(input.max)) / 2));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

/** Flows that are too large to be made up: a server runs them before the pictures are taken. */
const LARGE = `
import { flow, task } from "caudal";
const numbers = task("numbers", () => Array.from({ length: 10_000 }, (_, at) => at));
const double = task("double", (n) => {
  if (n === 317 || n === 4_711) throw new RangeError(n + " cannot be doubled today");
  return n * 2;
});
const sum = task({ name: "sum", trigger: "any_successful" }, (all) => all.length);
flow("mapped", () => {
  sum(double.map(numbers()));
});
const tables = Array.from({ length: 100 }, (_, at) => at);
flow("wide", () => {
  for (const at of tables) {
    const rows = task("extract_table_" + at, () => console.log("table " + at + " has " + at * 1_000 + " rows"))();
    const clean = task("clean_table_" + at, (_) => {
      if (at % 40 === 7) throw new Error("table " + at + " has no key");
      console.warn("two rows of table " + at + " had no date\\n  row 17\\n  row 4711");
    })(rows);
    task("load_table_" + at, (_) => undefined)(clean);
  }
});
`;

const SIZES = [
  { width: 1280, height: 860 },
  { width: 360, height: 740 },
] as const;
type Size = (typeof SIZES)[number];
const THEMES = ["light", "dark"] as const;

const wanted = process.argv.slice(2);
const shots = SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

async function startMock(...options: readonly string[]) {
  const child = spawn(
    process.execPath,
    ["scripts/run-ts.mjs", "ui/mock/main.ts", "--port", "0", "--fixed", ...options],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const url = await new Promise<string>((resolve) => {
    child.stdout.on("data", (bytes: Buffer) => {
      const found = /http:\/\/\S+(?=\/\n)/.exec(bytes.toString());
      if (found !== null) resolve(found[0]);
    });
  });
  return { url, stop: () => child.kill() };
}

/** `caudal serve` with runs of the large flows that are over; addresses name them by their flow. */
async function startLarge() {
  const folder = mkdtempSync(join(tmpdir(), "caudal-pictures-"));
  writeFileSync(join(folder, "large.ts"), LARGE);
  const command = ["dist/cli.js", "serve", join(folder, "large.ts"), "--port", "0"];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise<string>((resolve) => {
    child.stdout.on("data", (bytes: Buffer) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(bytes.toString());
      if (found !== null) resolve(found[0]);
    });
  });
  const headers = { "Content-Type": "application/json", "X-Caudal": "1" };
  const ids = new Map<string, string>();
  for (const name of ["mapped", "wide"]) {
    const made = await fetch(`${url}/api/v1/flows/${name}/runs`, { method: "POST", headers, body: "{}" });
    const { id } = (await made.json()) as { readonly id: string };
    ids.set(name, id);
    for (let ended = false; !ended; )
      ended = "endedAt" in ((await (await fetch(`${url}/api/v1/runs/${id}`)).json()) as object);
  }
  const stop = () => {
    child.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    child.kill("SIGTERM");
  };
  return { url, stop, ids };
}

const mocks = { full: await startMock(), none: await startMock("--empty") };
const large = shots.some(({ of }) => of === "large") ? await startLarge() : undefined;
const addressOf = ({ path, of }: Shot) => {
  if (of !== "large" || large === undefined) return `${mocks[of === "none" ? "none" : "full"].url}${path}`;
  return large.url + path.replace(/(?<=^\/runs\/)\w+/, (name) => large.ids.get(name) ?? name);
};
const browser = await chromium.launch({
  executablePath: chromiumPath ?? "chromium",
  args: [...CHROMIUM_ARGS, "--font-render-hinting=none"],
});
mkdirSync("screenshots", { recursive: true });

async function take(shot: Shot, colorScheme: "light" | "dark", viewport: Size) {
  const context = await browser.newContext({
    viewport,
    colorScheme,
    locale: "en-US",
    reducedMotion: "reduce",
    bypassCSP: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(addressOf(shot));
  await page.locator("main .page").waitFor();
  await page.waitForFunction(() => document.querySelector(".loading") === null);
  await shot.act?.(page);
  // What is not in view is not drawn by the browser; a picture of all of the page has it in view.
  await page.addStyleTag({ content: ".log-block, .gantt-row { content-visibility: visible !important }" });
  // A window as high as the page: what is drawn only where it is seen is seen, and bars stand where they belong.
  const height = await page.evaluate(() => Math.min(3_000, document.documentElement.scrollHeight));
  await page.setViewportSize({ width: viewport.width, height: Math.max(viewport.height, height) });
  await page.waitForTimeout(250);
  const file = `screenshots/${shot.name}-${viewport.width}-${colorScheme}.png`;
  await page.screenshot({ path: file });
  await context.close();
  console.log(file);
}

try {
  for (const shot of shots)
    for (const colorScheme of THEMES) for (const viewport of SIZES) await take(shot, colorScheme, viewport);
} finally {
  // Also after a failure: nothing of this stays behind.
  await browser.close();
  mocks.full.stop();
  mocks.none.stop();
  large?.stop();
}
