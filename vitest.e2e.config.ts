import { defineConfig } from "vitest/config";
import { fileURLToPath } from "node:url";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** Tests in a real browser: `npm run test:e2e`. One after the other: they share a machine with a browser. */
export default defineConfig({
  resolve: { alias: [{ find: /^caudal$/, replacement: source("index.ts") }] },
  test: {
    // What flows print is shown of tests that fail: some print thousands of lines a second.
    silent: "passed-only",
    include: ["test/e2e/**/*.e2e.ts"],
    // A page shows what happened when its machine gets round to it; on a busy one that takes a while.
    expect: { poll: { timeout: 20_000, interval: 50 } },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: "forks",
    fileParallelism: false,
  },
});
