/** The part of the Store port's suite about lines of logs. */
import { beforeEach, describe, expect, test } from "vitest";
import { OF_RUN } from "../../src/engine/run.ts";
import type { Store } from "../../src/ports/store.ts";
import { batch, line, newRun, version } from "./store-rows.ts";

export function describeLogs(store: () => Store): void {
  describe("the log of a run", () => {
    beforeEach(async () => {
      await store().createRun(newRun("run1"), version);
    });

    test("keeps the lines of each task run in order", async () => {
      await store().commit(batch("run1", { logs: [line(0, "one"), line(1, "other"), line(0, "two")] }));
      await store().commit(batch("run1", { logs: [line(0, "three")] }));

      expect((await store().readLogs("run1", 0)).map(({ text }) => text)).toEqual(["one", "two", "three"]);
      expect(await store().readLogs("run1", 7)).toEqual([]);
      expect((await store().readLogs("run1", 0, 2)).map(({ text }) => text)).toEqual(["three"]);
      expect((await store().readLogs("run1", undefined, 1)).map(({ text }) => text)).toEqual(["other", "two", "three"]);
    });

    test("keeps whose lines they are: a body's or a state handler's, of a task run or of the run itself", async () => {
      const body = { ...line(0, "body"), attempt: 2 };
      const handler = { ...line(0, "handler"), attempt: 2, handler: true } as const;
      const before = { ...line(0, "before"), attempt: 0, handler: true } as const;
      const flow = { ...line(OF_RUN, "flow"), attempt: 0, handler: true } as const;

      await store().commit(batch("run1", { logs: [before, body, handler, flow] }));

      expect(await store().readLogs("run1")).toEqual([before, body, handler, flow]);
      expect(await store().readLogs("run1", OF_RUN)).toEqual([flow]);
    });
  });
}
