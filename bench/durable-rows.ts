/** What the processes of the durable benchmark do, by the names of its rows: yardsticks, our flows, the peer's. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { flow, task } from "caudal";
import { SqliteStore, type OpenOptions } from "../src/store/sqlite/sqlite-store.ts";
import { benchFolder } from "./durable-folder.ts";
import { peerRow } from "./openworkflow.ts";
import { rawWrites } from "./raw-sqlite.ts";
import { resumeFloor, resumeRow } from "./resume.ts";
import type { Work } from "./worker.ts";

export const FAN = 10_000;
export const CHAIN = 1_000;
/** The peer refuses more steps in one run. */
export const PEER_STEPS = 900;
/** What the default executor runs at once, and so what one commit holds of a fan-out. */
const BATCH = 64;

const root = task("root", async () => 1);
const plus = task("plus", async (x: number) => x + 1);
const join_ = task("join", async (xs: readonly number[]) => xs.length);

const fanOut = (width: number) =>
  flow("fan-out", () => {
    const one = root();
    return join_(Array.from({ length: width }, () => plus(one)));
  });

const chain = (length: number) =>
  flow("chain", () => {
    let at = root();
    for (let i = 1; i < length; i++) at = plus(at);
    return at;
  });

function kept(runnable: ReturnType<typeof chain>, tasks: number, options: OpenOptions = {}): Work {
  const store = new SqliteStore(join(benchFolder(), ".caudal"), options);
  return {
    round: async () => {
      const { state } = await runnable.run({ logLevel: "off", store });
      if (state.type !== "Success") throw new Error(`a run of the benchmark ended ${state.type}`);
      return tasks;
    },
  };
}

export const DURABLE_ROWS: Readonly<Record<string, () => Work | Promise<Work>>> = {
  "raw, full, 64 per commit": () => rawWrites({ synchronous: "FULL", rows: FAN, rowsPerCommit: BATCH }),
  "raw, full, 1 per commit": () => rawWrites({ synchronous: "FULL", rows: CHAIN, rowsPerCommit: 1 }),
  "raw, fdatasync, 1 per commit": () => rawWrites({ synchronous: "by hand", rows: CHAIN, rowsPerCommit: 1 }),
  "raw, normal, 100 per commit": () => rawWrites({ synchronous: "NORMAL", rows: FAN, rowsPerCommit: 100 }),
  "fan-out of 10,000, full": () => kept(fanOut(FAN), FAN + 2),
  "chain of 1,000, full": () => kept(chain(CHAIN), CHAIN),
  "fan-out of 10,000, process": () => kept(fanOut(FAN), FAN + 2, { durability: "process" }),
  "chain of 900, full": () => kept(chain(PEER_STEPS), PEER_STEPS),
  "fan-out of 900, full": () => kept(fanOut(PEER_STEPS - 2), PEER_STEPS),
  "openworkflow, chain of 900": () => peerRow("chain", PEER_STEPS),
  "openworkflow, fan-out of 900": () => peerRow("fan-out", PEER_STEPS),
  "resume floor": resumeFloor,
  "resume of 100,000 tasks, half done": () => resumeRow({ isNewFlow: false }),
  "resume of 100,000 tasks, half done, of a new flow": () => resumeRow({ isNewFlow: true }),
};

/** Bytes of the store's file per task of a fan-out, once all of it is in the file. */
export async function bytesPerTask(): Promise<number> {
  const folder = join(benchFolder(), ".caudal");
  const runs = 3;
  const wide = fanOut(FAN);
  const store = new SqliteStore(folder, { durability: "process" });
  for (let i = 0; i < runs; i++) await wide.run({ logLevel: "off", store });
  store.close(); // the last connection moves the log into the file
  return statSync(join(folder, "caudal.db")).size / (runs * (FAN + 2));
}
