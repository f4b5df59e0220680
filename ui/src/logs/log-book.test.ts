/** What a view of a log keeps: of a large one, filtered or not, a part; the rest is asked for again when it is needed. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ChangesFrame, LogLine, LogPage } from "../../../src/server/contract.ts";
import { LogBook } from "./log-book.ts";

/** The run's lines: every second one of task `load-1`. */
let lines: LogLine[] = [];
let asked: URLSearchParams[] = [];

function answer(path: string): LogPage {
  const query = new URL(path, "http://localhost").searchParams;
  asked.push(query);
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  const [before, after, limit = 50] = [number("before"), number("after"), number("limit")];
  for (const at of [before, after]) if (at !== undefined && at < 0) throw new Error("FIELD_INVALID");
  const task = query.get("task");
  const fitting = lines.filter((line) => task === null || line.task === task);
  const open = fitting.filter(({ line }) => line < (before ?? Infinity) && line > (after ?? -1));
  const page = after === undefined ? open.slice(-limit) : open.slice(0, limit);
  return {
    lines: page,
    total: lines.length,
    ...(task !== null && { matching: fitting.length }),
    hasBefore: (page[0]?.line ?? 0) > (fitting[0]?.line ?? 0),
    hasAfter: false,
    cursor: 1,
  };
}

vi.mock("../api/client.ts", () => ({ client: { get: async ({ path }: { readonly path: string }) => answer(path) } }));

function lineOf(line: number): LogLine {
  const task = line % 2 === 0 ? "load-1" : "other-1";
  return { line, at: line, level: "info", task, name: task, attempt: 1, text: `line ${line}` };
}

/** `more` lines are printed and told by the stream, 500 at a time. */
function print(book: LogBook, more: number): void {
  for (let left = more; left > 0; left -= 500) {
    const told = Array.from({ length: Math.min(500, left) }, (_, at) => lineOf(lines.length + at));
    lines.push(...told);
    book.take({ logs: [{ run: "r1", lines: told, total: lines.length }] } as unknown as ChangesFrame);
  }
}

const kept = (book: LogBook) => Array.from({ length: book.count }, (_, row) => book.at(row)).filter(Boolean).length;
const texts = (found: readonly (LogLine | undefined)[]) => found.map((line) => line?.text);

beforeEach(() => {
  lines = Array.from({ length: 100 }, (_, line) => lineOf(line));
  asked = [];
});

describe.each([
  ["unfiltered", {}, 1],
  ["filtered", { task: "load-1" }, 2],
])("a log of 20,000 lines and more, %s", (_name, filter, step) => {
  const opened = async () => {
    const book = new LogBook("r1", filter);
    await book.open();
    print(book, 10_000 * step);
    book.need(book.count - 30, book.count - 1); // the end is in view
    print(book, 10_000 * step);
    return book;
  };

  test("is kept in part: the lines that came last", async () => {
    const book = await opened();

    expect(book.count).toBe(20_000 + 100 / step);
    expect(kept(book)).toBeLessThanOrEqual(8_000);
    expect(book.at(book.count - 1)?.text).toBe(`line ${(book.count - 1) * step}`);
    expect(book.at(0)).toBeUndefined();
  });

  test("is asked for what is gone when it comes into view, and is as long as before", async () => {
    const book = await opened();
    const { count } = book;

    book.need(1_000, 1_030);
    await vi.waitFor(() => expect(book.at(1_030)).toBeDefined());

    expect(texts([book.at(1_000), book.at(1_030)])).toEqual([`line ${1_000 * step}`, `line ${1_030 * step}`]);
    expect([book.count, book.numberOf(1_000)]).toEqual([count, 1_000 * step]);
    expect(kept(book)).toBeLessThanOrEqual(8_000);
  });

  test("gives all lines of a part to be copied, from the first on", async () => {
    const book = await opened();

    const found = await book.load(0, book.count - 1);

    expect(found.map(({ line }) => line)).toEqual(Array.from({ length: book.count }, (_, row) => row * step));
  });
});

describe("a filtered log that is small", () => {
  test("is kept whole, and takes its earlier lines in order", async () => {
    const book = new LogBook("r1", { task: "load-1" });
    await book.open();
    print(book, 1_000);

    expect([book.count, kept(book), book.matching, book.indexOf(51)]).toEqual([550, 550, 550, 26]);
    expect(asked).toHaveLength(1);
  });
});
