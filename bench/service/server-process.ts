/**
 * Servers in processes of their own: ours over a folder, and the bare one that answers with bytes it was given. Both
 * say what they have used and, ours, when a body was called and when a commit was over, by the clock that all
 * processes of a machine share.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Logger } from "../../src/ports/logger.ts";
import type { Batch, Store } from "../../src/ports/store.ts";
import { realClock, realRandom } from "../../src/runtime/real-clock.ts";
import { bind } from "../../src/server/listen.ts";
import type { ServedFlow } from "../../src/server/parts.ts";
import { createServer as createCaudal } from "../../src/server/server.ts";
import { openAside } from "../../src/store/sqlite/commits-aside.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { letters, marked, onBody, orders, quiet, watched } from "./flows.ts";

export interface RawAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Served =
  | {
      readonly kind: "caudal";
      readonly folder: string;
      /** Of each commit, when it is on the disk. */
      readonly tells?: boolean;
      /** A commit blocks its thread until it is on the disk, as in a script. */
      readonly blocks?: boolean;
      /** The built page is served, too. */
      readonly page?: boolean;
    }
  | { readonly kind: "raw"; readonly answers: Readonly<Record<string, RawAnswer>> };

/** What a parent asks; answered with a `Said`. */
export type Asked = "used" | "memory" | "busy" | "rest" | "loop";

export type Said =
  | { readonly kind: "listens"; readonly address: string }
  | { readonly kind: "used"; readonly cpuUs: number }
  /** After a collection; resident memory beside it. */
  | { readonly kind: "memory"; readonly bytes: number; readonly resident: number }
  | { readonly kind: "busy" }
  /** Runs since it was told to be busy. */
  | { readonly kind: "rest"; readonly runs: number }
  /** Since it was asked last: the share of time the event loop was held up, and how late it came at the worst 1 %. */
  | { readonly kind: "loop"; readonly busy: number; readonly lateMs: number }
  | { readonly kind: "body"; readonly mark: string; readonly atMs: number }
  | { readonly kind: "commit"; readonly cursor: number; readonly atMs: number };

/** By a clock that all processes of the machine share. */
export const sharedMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const SILENT: Logger = { writes: () => false, write: () => undefined, print: () => undefined, json: false };

const say = (said: Said) => process.send?.(said);

/** As a process that is told what to serve. */
export async function serveAs(served: Served): Promise<void> {
  process.on("disconnect", () => process.exit(0));
  const { address, busy } = served.kind === "raw" ? await serveRaw(served) : await serveCaudal(served);
  process.on("message", (asked: Asked) => void answer(asked, busy));
  say({ kind: "listens", address });
}

async function answer(asked: Asked, busy: Busy): Promise<void> {
  if (asked === "busy") {
    busy.begin();
    say({ kind: "busy" });
  } else if (asked === "rest") say({ kind: "rest", runs: await busy.end() });
  else if (asked === "memory") say({ kind: "memory", ...memory() });
  else if (asked === "loop") say({ kind: "loop", ...loopSinceLast() });
  else {
    const { user, system } = process.cpuUsage();
    say({ kind: "used", cpuUs: user + system });
  }
}

function memory(): { readonly bytes: number; readonly resident: number } {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { bytes: heapUsed + external, resident: rss };
}

const delay = monitorEventLoopDelay({ resolution: 1 });
let utilisation = performance.eventLoopUtilization();

function loopSinceLast(): { readonly busy: number; readonly lateMs: number } {
  const now = performance.eventLoopUtilization();
  const { utilization } = performance.eventLoopUtilization(now, utilisation);
  const lateMs = delay.percentile(99) / 1e6;
  utilisation = now;
  delay.reset();
  delay.enable();
  return { busy: utilization, lateMs };
}

interface Serving {
  readonly address: string;
  readonly busy: Busy;
}

async function serveRaw({ answers }: Extract<Served, { readonly kind: "raw" }>): Promise<Serving> {
  const bytes = new Map(
    Object.entries(answers).map(([path, { body, headers }]) => [path, { body: Buffer.from(body), headers }]),
  );
  const server = createServer((request, response) => {
    const { body, headers } = bytes.get(request.url ?? "")!;
    response.writeHead(200, { ...headers, "Content-Length": body.byteLength }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    busy: new Busy(async () => undefined),
  };
}

/** As `serve` opens it, unless it is to block. */
function storeOf({ folder, tells, blocks }: Extract<Served, { readonly kind: "caudal" }>): Store {
  const store: Store = blocks === true ? new SqliteStore(folder) : openAside(folder, {});
  if (tells !== true) return store;
  const commit = async (batch: Batch) => {
    const cursor = await store.commit(batch);
    say({ kind: "commit", cursor, atMs: sharedMs() });
    return cursor;
  };
  return { ...store, commit };
}

async function serveCaudal(served: Extract<Served, { readonly kind: "caudal" }>): Promise<Serving> {
  const { folder, page } = served;
  const store = storeOf(served);
  const flows = new Map<string, ServedFlow>();
  for (const flow of [orders, letters, quiet, marked, watched]) flows.set(flow.name, flow as unknown as ServedFlow);
  onBody((mark) => say({ kind: "body", mark, atMs: sharedMs() }));
  const bound = await bind({ host: "127.0.0.1", port: 0 });
  const server = await createCaudal({
    store,
    source: {
      flows: () => flows,
      broken: () => [],
      loading: () => [],
      files: () => [],
      onChange: () => () => undefined,
    },
    clock: realClock,
    random: realRandom,
    logger: SILENT,
    version: "bench",
    folder,
    zone: "UTC",
    hosts: bound.hosts,
    pageFolder: page === true ? "dist/ui" : undefined,
  });
  const listening = await bound.answer(server.handler);
  await server.start();
  return { address: listening.address, busy: new Busy(() => quiet.run({ store, logLevel: "off" })) };
}

/** Runs, one after the other, until it is told to rest. */
class Busy {
  readonly #run: () => Promise<unknown>;
  #goesOn = false;
  #ended: Promise<number> = Promise.resolve(0);

  constructor(run: () => Promise<unknown>) {
    this.#run = run;
  }

  begin(): void {
    this.#goesOn = true;
    this.#ended = this.#work();
  }

  async #work(): Promise<number> {
    let runs = 0;
    for (; this.#goesOn; runs++) {
      await this.#run();
      await realClock.turn(); // requests get their turn
    }
    return runs;
  }

  end(): Promise<number> {
    this.#goesOn = false;
    return this.#ended;
  }
}
