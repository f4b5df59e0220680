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
  { name: "schedules", path: "/schedules" },
  { name: "states", path: "/help/states" },
  { name: "unknown-flow", path: "/flows/my%20etl%20flov" },
  { name: "palette", path: "/flows", act: (page) => page.keyboard.press("Control+k") },
  { name: "settings", path: "/settings/general" },
];

const SIZES = [
  { width: 1280, height: 860 },
  { width: 360, height: 740 },
] as const;
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
for (const { name, path, act, empty = false } of shots)
  for (const colorScheme of THEMES)
    for (const viewport of SIZES) {
      const context = await browser.newContext({ viewport, colorScheme, locale: "en-US", reducedMotion: "reduce" });
      const page = await context.newPage();
      await page.goto(`${empty ? mocks.none.url : mocks.full.url}${path}`);
      await page.locator("main .page").waitFor();
      await page.locator(".loading").waitFor({ state: "detached" });
      await act?.(page);
      await page.waitForTimeout(250);
      const file = `screenshots/${name}-${viewport.width}-${colorScheme}.png`;
      await page.screenshot({ path: file, fullPage: true });
      await context.close();
      console.log(file);
    }
await browser.close();
mocks.full.stop();
mocks.none.stop();
