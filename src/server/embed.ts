/** The server without its socket: one function of Fetch, for programs that have a server of their own. */
import { join } from "node:path";
import { refuseIfAny } from "../flow/checks/check-options.ts";
import { loggerFromEnvironment } from "../runtime/report/console-logger.ts";
import { storeFolderOf } from "../runtime/kept/default-store.ts";
import { packageAbout } from "../runtime/report/package-about.ts";
import { realClock, realRandom } from "../runtime/real-clock.ts";
import { openShared } from "../store/sqlite/open-shared.ts";
import type { RegisteredFlow } from "../flow/registry.ts";
import type { FlowSource, ServedFlow } from "./parts.ts";
import { RATES } from "./rate.ts";
import { createServer } from "./server.ts";

export interface HandlerOptions {
  /** Flows as `flow()` gives them. */
  readonly flows: readonly RegisteredFlow[];
  /** Names browsers may ask it by, with their ports: `localhost:3000`. Not needed with a token. */
  readonly hosts?: readonly string[] | undefined;
  /** Wanted with every request of the API, as `Authorization: Bearer …`; 32 characters or more. */
  readonly token?: string | undefined;
  /** The folder runs are kept in. Default: as of a run of the first flow. */
  readonly store?: string | undefined;
  /** The path it is reached under, such as `/tools/caudal`. */
  readonly base?: string | undefined;
  /** Take over what was interrupted, and follow schedules. Default true. */
  readonly follows?: boolean | undefined;
}

export interface CaudalHandler {
  /** Answers a request: the page, the API below `/api/v1`, `/metrics`. Never throws. */
  readonly handler: (request: Request) => Promise<Response>;
  /** Ends streams and schedules, and lets go of runs: they go on with whoever serves them next. */
  close(): Promise<void>;
}

const TOKEN_LENGTH_MIN = 32;

/** @throws CaudalError OPTION_INVALID, SERVE_IN_MEMORY, STORE_CANNOT_OPEN, … */
export async function createHandler(options: HandlerOptions): Promise<CaudalHandler> {
  const { flows, hosts, token, base = "", follows = true } = options;
  refuseIfAny("createHandler()", [
    ...(hosts === undefined && token === undefined ? ["hosts or token must say who may ask"] : []),
    ...(token !== undefined && token.length < TOKEN_LENGTH_MIN
      ? [`token must have ${TOKEN_LENGTH_MIN} characters or more`]
      : []),
  ]);
  const [first] = flows as readonly ServedFlow[];
  const store = openShared(options.store ?? storeFolderOf(first?.file));
  const about = packageAbout();
  const server = await createServer({
    ...{ store, token, clock: realClock, random: realRandom, logger: loggerFromEnvironment(undefined) },
    source: fixed(flows as readonly ServedFlow[]),
    version: about.version,
    folder: process.cwd(),
    zone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    hosts: hosts && new Set(hosts.map((host) => host.toLowerCase())),
    base: base.replace(/\/+$/, ""),
    rates: RATES,
    pageFolder: join(about.folder, "dist", "ui"),
  });
  if (follows) await server.start();
  return { handler: (request) => server.handler(request), close: () => server.drain() };
}

function fixed(flows: readonly ServedFlow[]): FlowSource {
  const byName = new Map(flows.map((flow) => [flow.name, flow]));
  return { flows: () => byName, broken: () => [], loading: () => [], files: () => [], onChange: () => () => undefined };
}
