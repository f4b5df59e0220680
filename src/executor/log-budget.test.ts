import { describe, expect, test } from "vitest";
import { stage } from "../../test/support/play.ts";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { context, flow, task } from "../index.ts";
import { LINE_BYTES_MAX } from "./log-budget.ts";

const MIB = 1_048_576;

/** What a body that logs these lines leaves in the store. */
async function keptOf(say: (log: (text: string) => void) => void, logger = recordingLogger({ level: "off" })) {
  const on = stage({ logger });
  const talk = task("talk", () => say((text) => context().log.info(text)));
  const run = await on.run(flow("talks", () => talk()));
  return on.store.readLogs(run.id, 0);
}

describe("a line of a body", () => {
  test("of 64 KiB is kept whole", async () => {
    const line = "x".repeat(LINE_BYTES_MAX);

    const [kept] = await keptOf((log) => log(line));

    expect(kept?.text).toBe(line);
  });

  test("that is longer is cut between characters, and says how much is missing", async () => {
    const [kept] = await keptOf((log) => log(`a${"á".repeat(LINE_BYTES_MAX)}`));

    const text = kept?.text ?? "";
    const missing = Number(/… \((\d+) more bytes\)$/.exec(text)?.[1]);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LINE_BYTES_MAX);
    expect(text).not.toContain("\ufffd");
    expect(Buffer.byteLength(text.replace(/… \(\d+ more bytes\)$/, "")) + missing).toBe(1 + 2 * LINE_BYTES_MAX);
  });

  test("is cut where the body printed it, too", async () => {
    const logger = recordingLogger({ json: true });
    const talk = task("talk", () => console.log("x".repeat(3 * LINE_BYTES_MAX)));

    await stage({ logger }).run(flow("prints", () => talk()));

    const printed = logger.records.find((record) => record.logger === "caudal.talk");
    expect(printed?.message).toMatch(/x… \(\d+ more bytes\)$/);
  });
});

describe("an attempt that logs more than 256 MiB", () => {
  test("keeps that much, then one line that says how much was not kept", async () => {
    const line = "x".repeat(LINE_BYTES_MAX);

    const kept = await keptOf((log) => {
      for (let i = 0; i < (256 * MIB) / LINE_BYTES_MAX + 3; i++) log(line);
      log("short");
    });

    expect(kept).toHaveLength((256 * MIB) / LINE_BYTES_MAX + 1);
    expect(kept.at(-1)).toMatchObject({
      level: "warn",
      text: "4 more lines (196613 bytes) were not kept: an attempt keeps 256 MiB of them",
    });
  });
});
