/** A real server for tests: a store in a folder of its own, flows as values, HTTP on a port that is free. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Clock } from "../../src/ports/clock.ts";
import type { LogLevel } from "../../src/ports/logger.ts";
import { realClock, realRandom } from "../../src/runtime/real-clock.ts";
import type { BrokenFile } from "../../src/server/contract.ts";
import { LiveHub } from "../../src/server/live.ts";
import { liveRoutes } from "../../src/server/routes/live.ts";
import { ROUTES } from "../../src/server/routes/routes.ts";
import { schemas } from "../../src/server/schemas.ts";
import { bind, type Listening, type Patience } from "../../src/server/listen.ts";
import type { FlowSource, ServedFlow } from "../../src/server/parts.ts";
import { type CaudalServer, createServer, type ServerSettings } from "../../src/server/server.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { recordingLogger } from "./recording-logger.ts";

type AnyFlow = ServedFlow;

export interface Served {
  readonly server: CaudalServer;
  readonly store: SqliteStore;
  readonly listening: Listening;
  readonly folder: string;
  readonly logger: ReturnType<typeof recordingLogger>;
  /** Below `/api/v1`. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Asks until what it gives is as wanted. */
  until<T>(path: string, wanted: (json: T) => boolean): Promise<T>;
  /** Other flows, broken files, or files that are still being loaded, from now on. */
  change(flows: readonly AnyFlow[], broken?: readonly BrokenFile[], loading?: readonly string[]): void;
  close(): Promise<void>;
}

export interface ServeOptions extends Partial<ServerSettings> {
  readonly folder?: string;
  readonly clock?: Clock;
  readonly logLevel?: LogLevel;
  /** Default true: takes over runs and follows schedules. */
  readonly starts?: boolean;
  /** How long a request may take to arrive. */
  readonly patience?: Patience;
  /** Told of every request that came over the socket, with what it was answered. */
  readonly watch?: (request: Request, response: Response) => void;
}

export async function served(flows: readonly unknown[], options: ServeOptions = {}): Promise<Served> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "caudal-serve-"));
  mkdirSync(folder, { recursive: true });
  const store =
    (options.store as SqliteStore | undefined) ?? new SqliteStore(join(folder, ".caudal"), { durability: "process" });
  const source = changeable(flows as readonly AnyFlow[]);
  const logger = recordingLogger({ level: options.logLevel ?? "info" });
  const bound = await bind({ host: "127.0.0.1", port: 0, patience: options.patience });
  const server = await createServer({
    ...{ store, source, clock: realClock, random: realRandom, logger, version: "0.0.0-test", folder, zone: "UTC" },
    hosts: bound.hosts,
    ...options,
  });
  const { watch } = options;
  const watched = async (request: Request, from?: string) => {
    const response = await server.handler(request, from);
    watch?.(request, response);
    return response;
  };
  const listening = await bound.answer(watched);
  if (options.starts !== false) await server.start();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await server.drain();
    await listening.close();
    store.close();
  };
  onTestFinished(async () => {
    await close();
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  });
  const url = (path: string) => `${listening.address}/api/v1${path}`;
  const ask = async (path: string, options: RequestInit): Promise<Response> => {
    const response = await fetch(url(path), options);
    await holdToContract(options.method ?? "GET", path, response.clone());
    return response;
  };
  const get: Served["get"] = (path, headers = {}) => ask(path, { headers });
  return {
    ...{ server, store, listening, folder, logger, get, close },
    post: (path, body = {}, headers = {}) =>
      ask(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Caudal": "1", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async until(path, wanted) {
      for (let asked = 0; ; asked++) {
        const json = (await (await get(path)).json()) as never;
        if (wanted(json)) return json;
        if (asked > 2_000)
          throw new Error(`${path} never became what was waited for: ${JSON.stringify(json).slice(0, 500)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    change: source.change,
  };
}

const KNOWN = [...ROUTES, ...liveRoutes(new LiveHub())].map((route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replace(/:\w+/g, "[^/]+")}$`),
}));

/** Every answer a test gets is what its schema says, problems too. */
async function holdToContract(method: string, path: string, response: Response): Promise<void> {
  const type = response.headers.get("content-type") ?? "";
  if (type === "text/event-stream") return;
  if (type === "application/problem+json") return void schemas.Problem.parse(await response.json());
  const [name = ""] = path.split("?");
  const route = KNOWN.find((known) => known.method === method && known.pattern.test(name));
  if (route === undefined || "contentTypes" in route.answer || !response.ok) return;
  const read = route.answer.safeParse(await response.json());
  if (!read.success) throw new Error(`${method} ${path} does not answer as it says: ${read.error.message}`);
}

function changeable(flows: readonly AnyFlow[]): FlowSource & { readonly change: Served["change"] } {
  let [now, broken, loading]: [readonly AnyFlow[], readonly BrokenFile[], readonly string[]] = [flows, [], []];
  const callbacks = new Set<() => void>();
  return {
    flows: () => new Map(now.map((flow) => [flow.name, flow])),
    broken: () => broken,
    loading: () => loading,
    files: () => [],
    onChange: (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    change: (other, broke = [], load = []) => {
      [now, broken, loading] = [other, broke, load];
      for (const callback of callbacks) callback();
    },
  };
}
