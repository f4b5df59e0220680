/** What becomes of runs a server cannot have, or keep, just now. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { storeWith } from "../../test/support/store-with.ts";
import { CaudalError } from "../base/errors.ts";
import { flow, task } from "../index.ts";
import type { Program } from "../ports/program.ts";
import type { Store } from "../ports/store.ts";
import { programFingerprint } from "../runtime/kept/flow-version.ts";
import { realClock, realRandom } from "../runtime/real-clock.ts";
import { MemoryDisk, memoryStoreOn } from "../store/memory.ts";
import { RunsDesk } from "./runs-desk.ts";

const failure = () => new CaudalError("STORE_FAILED", { store: "test", why: "the disk fails" });

/** A server's desk for one flow, on a store some of whose calls fail. */
function deskFor({ program }: { readonly program: Program }, differs: (store: Store) => Partial<Store>) {
  const inner = memoryStoreOn(new MemoryDisk(), "server");
  const store = storeWith(inner, differs(inner));
  const logger = recordingLogger();
  const served = { name: program.graph.name, program, fingerprint: programFingerprint(program) };
  const source = { flows: () => new Map([[served.name, served]]) } as never;
  const desk = new RunsDesk({ store, clock: realClock, random: realRandom, logger, source });
  onTestFinished(() => desk.drain());
  const start = () => desk.start(served as never, { parameters: {}, origin: "serve" });
  const ended = async (id: string) =>
    vi.waitFor(async () => expect(await inner.readRun(id)).toMatchObject({ state: { type: "Success" } }));
  return { desk, inner, logger, start, ended };
}

describe("a run that left a server because its store failed", () => {
  test("is nobody's, and taken over at the next look", async () => {
    let commits = 0;
    const { desk, inner, start, ended } = deskFor(
      flow("etl", () => task("load", () => 1)()),
      (store) => ({
        commit: (batch) => {
          if (++commits === 2) throw failure();
          return store.commit(batch);
        },
      }),
    );

    const { row } = await start();
    await vi.waitFor(async () => expect(await inner.readRun(row.id)).toMatchObject({ ownership: "none" }));
    const taken = await desk.takeOverLost();

    expect(taken).toBe(1);
    await ended(row.id);
  });

  test("is tried again where it could not be had, which is said once", async () => {
    let commits = 0;
    let refused = 0;
    const { desk, inner, logger, start, ended } = deskFor(
      flow("etl", () => task("load", () => 1)()),
      (store) => ({
        commit: (batch) => {
          if (++commits === 2) throw failure();
          return store.commit(batch);
        },
        takeOver: (...given) => {
          if (++refused <= 2) throw failure();
          return store.takeOver(...given);
        },
      }),
    );

    const { row } = await start();
    await vi.waitFor(async () => expect(await inner.readRun(row.id)).toMatchObject({ ownership: "none" }));
    const taken = [await desk.takeOverLost(), await desk.takeOverLost(), await desk.takeOverLost()];

    expect(taken).toEqual([0, 0, 1]);
    expect(logger.lines().filter((line) => line.includes("cannot be gone on with here")).length).toBe(1);
    await ended(row.id);
  });
});
