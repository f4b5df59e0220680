/** Which run of a server a word means, where the server looks at so many runs per answer. */
import { describe, expect, test } from "vitest";
import type { RunList, RunSummary } from "../../server/contract.ts";
import type { Client } from "./client.ts";
import { findThere } from "./find-there.ts";

const runOf = (id: string, name: string) => ({ id, name, flow: "etl", state: "Success" }) as RunSummary;

/** Answers a search with these pages, one after the other. */
function server(...pages: readonly (readonly RunSummary[])[]): Client {
  const get = (path: string, query?: Readonly<Record<string, unknown>>): Promise<unknown> => {
    if (path !== "runs") return Promise.resolve({ id: path.slice("runs/".length) });
    const i = Number(query?.["after"] ?? 0);
    const list: RunList = { runs: pages[i]!, cursor: 1, ...(i + 1 < pages.length && { next: String(i + 1) }) };
    return Promise.resolve(list);
  };
  return { get } as unknown as Client;
}

describe("a part of an id", () => {
  test("is looked for until the server has looked at all of its runs", async () => {
    const there = server([], [runOf("a-zzzz-b", "holds it only")], [runOf("long-ago-zzzz", "old")]);

    const run = await findThere(there, "zzzz");

    expect(run.id).toBe("long-ago-zzzz");
  });

  test("that two have is ambiguous, however far apart they are", async () => {
    const there = server([runOf("new-zzzz", "new")], [], [runOf("long-ago-zzzz", "old")]);

    await expect(findThere(there, "zzzz")).rejects.toMatchObject({ code: "RUN_AMBIGUOUS" });
  });
});
