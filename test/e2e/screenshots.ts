/**
 * `npm run screenshots [-- NAME…]`: states of the page × two themes × two widths, as PNGs in screenshots/, to be looked
 * at. The mock's clock stands still, so that two runs give the same pictures.
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { chromium, type Page } from "playwright-core";

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly act?: (page: Page) => Promise<void>;
  readonly empty?: boolean;
}

const long = "import_customer_records_from_the_regional_warehouse_and_reconcile_them_with_the_ledger_of_last_year";

const SHOTS: readonly Shot[] = [
  { name: "overview", path: "/" },
  { name: "flows", path: "/flows" },
  { name: "flows-none", path: "/flows", empty: true },
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
  { name: "flows-slower", path: "/flows?sort=slower" },
  { name: "runs", path: "/runs" },
  { name: "run", path: "/runs/r00134" },
  { name: "run-task", path: "/runs/r00134?task=store_complaints-1" },
  { name: "run-gantt", path: "/runs/r00134?view=gantt" },
  { name: "run-replay", path: "/runs/r00134?view=gantt", act: (page) => replay(page) },
  { name: "run-failures", path: "/runs/r00068?show=failures" },
  { name: "run-mapped", path: "/runs/r00120?view=table&task=double-1" },
  { name: "run-10000", path: "/runs/r00216?view=table&task=double-1" },
  { name: "run-waits", path: "/runs/r00024" },
  {
    name: "run-300",
    path: "/runs/r00192",
    act: (page) => page.locator(".graph-box, .outline-line").first().waitFor(),
  },
  { name: "run-log", path: "/runs/r00134/logs" },
  {
    name: "run-preview",
    path: "/runs/r00134",
    act: async (page) => {
      await page.keyboard.press("t");
      await page.locator(".dialog .preview").waitFor();
    },
  },
  {
    name: "run-export",
    path: "/runs/r00134?view=graph",
    act: (page) => page.locator(".graph-legend summary").click(),
  },
  { name: "schedules", path: "/schedules" },
  { name: "states", path: "/help/states" },
  { name: "unknown-flow", path: "/flows/my%20etl%20flov" },
  { name: "palette", path: "/flows", act: (page) => page.keyboard.press("Control+k") },
  { name: "settings", path: "/settings/general" },
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

const mocks = { full: await startMock(), none: await startMock("--empty") };
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--font-render-hinting=none"],
});
mkdirSync("screenshots", { recursive: true });

async function take({ name, path, act, empty = false }: Shot, colorScheme: "light" | "dark", viewport: Size) {
  const context = await browser.newContext({
    viewport,
    colorScheme,
    locale: "en-US",
    reducedMotion: "reduce",
    bypassCSP: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${empty ? mocks.none.url : mocks.full.url}${path}`);
  await page.locator("main .page").waitFor();
  await page.waitForFunction(() => document.querySelector(".loading") === null);
  await act?.(page);
  // What is not in view is not drawn by the browser; a picture of all of the page has it in view.
  await page.addStyleTag({ content: ".log-block, .gantt-row { content-visibility: visible !important }" });
  await page.waitForTimeout(250);
  const file = `screenshots/${name}-${viewport.width}-${colorScheme}.png`;
  await page.screenshot({ path: file, fullPage: true });
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
}
