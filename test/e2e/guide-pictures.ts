/**
 * `npm run screenshots:guide`: the pictures of the guide's chapter on the server, taken in the tutorial's folder and
 * written to docs/images/, to be looked at before they are committed. They show times, so each run makes others.
 */
import { chromium, type Page } from "playwright-core";
import { tutorialFolder } from "./tutorial-folder.ts";

const BROKEN = `import { flow, task } from "caudal";
const parse = task("parse_complaint_data", (raw: { date_received: string }[]) =>
  raw.map(({ date_received }) => date_received.slice(0, 10)));
const get = task("get_complaint_data", () => [{ date_received: "2026-11-24" }, {} as { date_received: string }]);
const store = task("store_complaints", (dates: string[]) => dates.length);
export const broken = flow("etl, first try", () => store(parse(get())));
`;

const reader = await tutorialFolder();
reader.save("first-try.ts", BROKEN);
await reader.caudal("run", "first-try.ts");
await reader.caudal("run", "etl.ts");
const url = await reader.serve("first-try.ts");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--font-render-hinting=none"],
});
const context = await browser.newContext({
  viewport: { width: 1280, height: 800 },
  colorScheme: "light",
  locale: "en-US",
  reducedMotion: "reduce",
});
const page = await context.newPage();

await page.goto(url);
await page.getByRole("link", { name: "etl, first try" }).first().waitFor();
await taken(page, "page-start", 560);
await page.goto(`${url}/flows`);
await page.locator("tbody tr").nth(1).waitFor();
await taken(page, "page-flows", 380);
await page.goto(`${url}/flows/my%20etl%20flow`);
await page.locator(".graph-box").nth(4).waitFor();
await taken(page, "page-flow", 740);
await page.getByRole("button", { name: "Run now" }).click();
await page.waitForURL(/\/runs\/[0-9a-z]{26}/);
await page.locator('.page-title .state-mark[title="Success"]').waitFor();
await page.locator(".toast").waitFor({ state: "detached" });
await page.locator('.graph-box:has-text("get_complaint_data")').click();
await page.locator(".drawer").getByRole("heading", { name: "get_complaint_data" }).waitFor();
await taken(page, "page-run");

await browser.close();
await reader.leave();

/** @param height of the picture: without what is empty below */
async function taken(shown: Page, name: string, height = 800): Promise<void> {
  await shown.setViewportSize({ width: 1280, height });
  await shown.locator(".loading").waitFor({ state: "detached" });
  await shown.evaluate(() => document.fonts.ready);
  await shown.mouse.move(0, 0);
  await shown.screenshot({ path: `docs/images/${name}.png` });
  await shown.setViewportSize({ width: 1280, height: 800 });
  console.log(`docs/images/${name}.png`);
}
