import { afterEach, describe, expect, test, vi } from "vitest";
import { realClock } from "./real-clock.ts";

const HOUR_MS = 3_600_000;
const now = Date.now;
afterEach(() => vi.restoreAllMocks());

/** How long a wait of 60 ms is when the clock is set right after it began. */
function waitWhileSet(stepMs: number): Promise<number> {
  const from = performance.now();
  const waited = new Promise<number>((resolve) => {
    realClock.at(realClock.now() + 60, () => resolve(performance.now() - from));
  });
  vi.spyOn(Date, "now").mockImplementation(() => now() + stepMs);
  return waited;
}

describe("a wait of 60 ms", () => {
  test.each([
    ["is set an hour forward", HOUR_MS],
    ["is set an hour back", -HOUR_MS],
  ])("is as long when the clock %s", async (_, stepMs) => {
    const waitedMs = await waitWhileSet(stepMs);

    expect(waitedMs).toBeGreaterThan(59);
    expect(waitedMs).toBeLessThan(HOUR_MS / 2);
  });

  test("is over at once where its time has passed", async () => {
    const came = await new Promise((resolve) => {
      realClock.at(realClock.now() - HOUR_MS, () => resolve("came"));
    });

    expect(came).toBe("came");
  });
});
