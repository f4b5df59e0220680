import { describe, expect, test } from "vitest";
import { inTurn } from "./turns.ts";

/** Work that ends when told to, and notes when it begins. */
function work(name: string, seen: string[]) {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    end: () => end(),
    begin: async () => {
      seen.push(name);
      await ended;
      return name;
    },
  };
}

describe("turns on a file", () => {
  test("come one at a time and in order", async () => {
    const seen: string[] = [];
    const [a, b] = [work("a", seen), work("b", seen)];
    b.end();

    const both = Promise.all([inTurn("one", undefined, a.begin), inTurn("one", undefined, b.begin)]);
    await new Promise(setImmediate);
    const before = [...seen];
    a.end();

    expect(before).toEqual(["a"]);
    expect(await both).toEqual(["a", "b"]);
    expect(seen).toEqual(["a", "b"]);
  });

  test("on different files do not wait for each other", async () => {
    const seen: string[] = [];
    const [a, b] = [work("a", seen), work("b", seen)];

    const both = Promise.all([inTurn("one", undefined, a.begin), inTurn("two", undefined, b.begin)]);
    await new Promise(setImmediate);
    const begun = [...seen];
    a.end();
    b.end();
    await both;

    expect(begun).toEqual(["a", "b"]);
  });

  test("that fail let the next begin", async () => {
    const failing = inTurn("one", undefined, () => Promise.reject(new Error("no")));
    const next = inTurn("one", undefined, () => Promise.resolve("next"));

    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("next");
  });

  test("given up while waiting leave the line as it was", async () => {
    const seen: string[] = [];
    const [a, b, c] = [work("a", seen), work("b", seen), work("c", seen)];
    c.end();
    const controller = new AbortController();
    const first = inTurn("one", undefined, a.begin);
    const second = inTurn("one", controller.signal, b.begin);
    const third = inTurn("one", undefined, c.begin);

    controller.abort(new Error("given up"));
    await expect(second).rejects.toThrow("given up");
    const before = [...seen];
    a.end();
    await Promise.all([first, third]);

    expect(before).toEqual(["a"]);
    expect(seen).toEqual(["a", "c"]);
  });
});
