import { expect, test } from "vitest";
import { flow, task } from "../index.ts";
import { context } from "./context.ts";

test("a context that is copied still has what is worked out when it is asked for", async () => {
  const copied = task("copied", () => {
    const { signal, idempotencyKey, runId } = { ...context() };
    return [signal.aborted, idempotencyKey === context().idempotencyKey, runId === context().runId];
  });
  const run = await flow("copies", () => copied()).run({ logLevel: "off" });

  expect(run.result).toEqual([false, true, true]);
});
