/** The row of an open run may be behind its history; whoever reads the run sees none of it. */
import { expect, test } from "vitest";
import { batch, newRun, row, running, succeeded, version } from "../../../test/conformance/store-rows.ts";
import { numbersFrom } from "../../../test/support/numbers-from.ts";
import { cleanStoreFolders, storeFolder } from "../../../test/support/store-folder.ts";
import { TAIL } from "./run-rows.ts";
import { SqliteStore } from "./sqlite-store.ts";

cleanStoreFolders();

const open = (folder: string) => new SqliteStore(folder, { durability: "process" });
const done = (slot: number) => row(slot, { type: "Success", result: slot });

test.each([1, 2, 3, 4])("runs that commit in turns are found at their last commit (%i)", (seed) => {
  const folder = storeFolder();
  const [writer, reader] = [open(folder), open(folder)];
  const next = numbersFrom(seed);
  const ids = ["a", "b", "c"];
  const last = new Map<string, { cursor: number; at: number; commits: number }>();
  for (const id of ids) {
    writer.createRun(newRun(id), version);
    last.set(id, { cursor: writer.commit(batch(id, { at: 1, flow: running })), at: 1, commits: 1 });
  }

  for (let at = 2; at < 6 * TAIL; at++) {
    // Long stretches of one run: the others fall far behind.
    const id = ids[Math.floor(at / (TAIL * next())) % ids.length]!;
    const { commits } = last.get(id)!;
    last.set(id, { cursor: writer.commit(batch(id, { at, taskRuns: [done(commits)] })), at, commits: commits + 1 });

    for (const [run, { cursor, at: changedAt }] of last)
      expect(reader.readRun(run)).toMatchObject({ cursor, changedAt });
  }

  for (const [run, { commits, cursor }] of last) {
    expect(reader.readHistory(run)).toHaveLength(commits);
    expect(reader.readHistory(run).at(-1)?.cursor).toBe(cursor);
  }
  writer.close();
  const taken = reader.takeOver("a", 10_000);
  expect(taken).toMatchObject({ epoch: 2, changedAt: 10_000, cursor: last.get("a")!.cursor });
  reader.commit(batch("a", { epoch: 2, at: 10_001, flow: succeeded }));
  expect(reader.readHistory("a")).toHaveLength(last.get("a")!.commits + 1);
  reader.close();
});
