import { expect, test } from "vitest";
import { branch, flow, task } from "../index.ts";

const fetchAll = task({ name: "fetch", retries: 3, cacheFor: "1d", timeout: "30s" }, (size: number) =>
  Array.from({ length: size }, () => "a"),
);
const table = task("table", () => undefined);
const store = task("store", (rows: string[]) => rows.length);
const kind = task("kind", (_rows: string[]): "big" | "small" => "big");
const upper = task("upper", (row: string) => row.toUpperCase());

test("explain says what waits for what, in the order things can run", () => {
  const made = flow({ name: "plan", parameters: { size: 10 } }, ({ size }) => {
    const rows = fetchAll(size);
    const done = store(upper.map(rows)).setUpstream(table());
    branch(kind(rows), { big: () => store(rows), small: () => done });
  });

  expect(made.explain()).toBe(
    [
      "flow 'plan': 8 task runs; parameters size = 10",
      "  1. fetch-1 runs at once; up to 4 attempts, at most 30s each, cached for 1d",
      "  2. table-1 runs at once",
      "  3. upper-1 once per element after fetch-1 (each of row)",
      "  4. kind-1 runs after fetch-1 (_rows)",
      "  5. store-1 runs after upper-1 (rows), table-1 (order only)",
      "  6. branch-1 chooses after kind-1 (value)",
      '  7. store-2 runs after fetch-1 (rows); only if branch-1 says "big"',
      "  8. choose-1 runs after store-2 (big), store-1 (small); trigger not_all_skipped",
      "The flow's state is decided by choose-1.",
    ].join("\n"),
  );
});
