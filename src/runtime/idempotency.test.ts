import { describe, expect, test } from "vitest";
import { flow, task } from "../index.ts";
import { MemoryDisk, memoryStore, memoryStoreOn } from "../store/memory.ts";
import { runProgram } from "./run.ts";

function counted() {
  let calls = 0;
  const count = task("count", async (x: number) => {
    calls++;
    return x;
  });
  const f = flow({ name: "counted", parameters: { x: 1 } }, ({ x }) => count(x));
  return { f, calls: () => calls };
}

describe("two starts with one idempotency key", () => {
  test("are one run, and both get its outcome, while it goes on and after it", async () => {
    const { f, calls } = counted();
    const options = { idempotencyKey: "monday", store: memoryStore(), logLevel: "off" } as const;

    const [first, second] = await Promise.all([f.run(options), f.run(options)]);
    const third = await f.run(options);

    expect(calls()).toBe(1);
    expect([second.id, third.id]).toEqual([first.id, first.id]);
    expect(third.result).toBe(1);
  });

  test("are refused when their parameters differ, and nothing runs", async () => {
    const { f, calls } = counted();
    const options = { idempotencyKey: "monday", store: memoryStore(), logLevel: "off" } as const;
    await f.run(options);

    await expect(f.run({ ...options, parameters: { x: 2 } })).rejects.toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
    expect(calls()).toBe(1);
  });

  test("are two runs of two flows", async () => {
    const one = counted();
    const other = flow("another", () => task("t", () => 5)());
    const options = { idempotencyKey: "monday", store: memoryStore(), logLevel: "off" } as const;

    const [first, second] = await Promise.all([one.f.run(options), other.run(options)]);

    expect(second.id).not.toBe(first.id);
    expect(second.result).toBe(5);
  });

  test("keep only the newest runs in the process that ran them: what others came to is read from their store", async () => {
    const { f, calls } = counted();
    const store = memoryStoreOn(new MemoryDisk(), "one");
    const start = (key: string) => runProgram(f.program, { idempotencyKey: key, store, logLevel: "off" });
    const first = await start("first");
    const again = await start("first");
    for (let i = 0; i < 50; i++) await start(String(i));

    const later = await start("first");

    expect(again).toBe(first);
    expect(later).not.toBe(first);
    expect([later.id, later.state]).toEqual([first.id, first.state]);
    expect(calls()).toBe(51);
  });
});
