/** A server put together: a store, the flows of some files, and one function that answers requests. */
import type { Clock, Random } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Store } from "../ports/store.ts";
import { CaudalError } from "../base/errors.ts";
import { appOf, type Handler } from "./app.ts";
import { LiveHub } from "./live.ts";
import { Metrics } from "./metrics.ts";
import { PageFiles } from "./page-files.ts";
import type { FlowSource, ServerParts } from "./parts.ts";
import type { Rates } from "./rate.ts";
import { RunsDesk } from "./runs-desk.ts";
import { ScheduleDesk } from "./schedule-desk.ts";
import { Shapes } from "./shapes.ts";

export interface ServerSettings {
  readonly store: Store;
  readonly source: FlowSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly version: string;
  /** What paths of files are shown against. */
  readonly folder: string;
  readonly zone: string;
  /** Names it answers to, with their ports; undefined: any. */
  readonly hosts: ReadonlySet<string> | undefined;
  readonly token?: string | undefined;
  readonly base?: string | undefined;
  /** Undefined: none. */
  readonly rates?: Rates | undefined;
  /** Of the built page. */
  readonly pageFolder?: string | undefined;
}

export interface CaudalServer {
  readonly handler: Handler;
  readonly parts: ServerParts;
  /** Takes over what others left, and follows schedules. */
  start(): Promise<void>;
  /** Ends streams and schedules, gives what is in flight its grace. Runs go on when the next server takes them over. */
  drain(): Promise<void>;
}

/** @throws CaudalError SERVE_IN_MEMORY */
export async function createServer(settings: ServerSettings): Promise<CaudalServer> {
  const { store, source, clock, random, logger, version, folder, zone, token, hosts } = settings;
  const queries = await store.queries?.();
  if (queries === undefined) throw new CaudalError("SERVE_IN_MEMORY", undefined);
  const desk = new RunsDesk({ store, clock, random, logger, source });
  const schedules = new ScheduleDesk({ store, queries, clock, logger, source, desk });
  const hub = new LiveHub();
  const metrics = new Metrics();
  let revision = 1;
  const parts: ServerParts = {
    ...{ version, store, queries, source, desk, schedules, clock, logger, folder, zone, token },
    shapes: new Shapes(store, source),
    startedAt: clock.now(),
    revision: () => revision,
    openStreams: () => hub.size,
    draining: () => desk.draining,
    changed: () => hub.flowsChanged(++revision),
  };
  const forget = source.onChange(() => {
    parts.changed();
    void schedules.refresh();
    void desk.takeOverLost();
  });
  const page = new PageFiles(settings.pageFolder);
  const { rates, base = "" } = settings;
  return {
    handler: appOf(parts, { guards: { hosts, token }, rates, base, page, hub, metrics }),
    parts,
    async start() {
      await desk.watchOver();
      await schedules.follow();
    },
    async drain() {
      forget();
      schedules.stop();
      hub.close();
      await desk.drain();
      metrics.close();
    },
  };
}
