import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^caudal$/, replacement: source("index.ts") },
      { find: /^caudal\/notify$/, replacement: source("notify.ts") },
      { find: /^caudal\/tasks\/(\w+)$/, replacement: `${source("tasks/")}$1.ts` },
    ],
  },
  test: {
    include: ["src/**/*.test.ts", "sim/**/*.test.ts", "ui/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Runs that name no store keep nothing while tests run; those about the store name theirs.
    env: { CAUDAL_STORE: "memory" },
  },
});
