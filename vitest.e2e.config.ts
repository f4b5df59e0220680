import { defineConfig } from "vitest/config";
import { fileURLToPath } from "node:url";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** Tests in a real browser: `npm run test:e2e`. One after the other: they share a machine with a browser. */
export default defineConfig({
  resolve: { alias: [{ find: /^caudal$/, replacement: source("index.ts") }] },
  test: {
    include: ["test/e2e/**/*.e2e.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    fileParallelism: false,
  },
});
