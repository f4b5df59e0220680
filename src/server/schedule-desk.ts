/**
 * Follows the schedules of the flows that are loaded. Any number of processes may: a tick is taken in the transaction
 * that makes its run, so there is one run for it or none, and whoever comes second does nothing.
 *
 * What a store keeps of a schedule is small: whether it is on, and up to when its ticks were decided. A schedule that
 * nobody has watched before has missed nothing.
 */
import { TickTaken } from "../runtime/run.ts";
import { isCaudalError } from "../base/errors.ts";
import { sha256 } from "../runtime/answers/sha256.ts";
import { type Instant, isoUtc } from "../base/time.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { CatchUp, Overlap } from "../ports/program.ts";
import type { Queries } from "../ports/queries.ts";
import type { Store } from "../ports/store.ts";
import type { Schedule, Tick } from "../schedule/schedule.ts";
import { atTimeOfDay } from "../runtime/time-of-day.ts";
import { recordOf } from "../state/error-text.ts";
import type { FlowSource, ServedFlow } from "./parts.ts";
import type { RunsDesk } from "./runs-desk.ts";

export interface Followed {
  /** In addresses: 16 hexadecimal digits of the key. */
  readonly id: string;
  /** As ticks are kept under. */
  readonly key: string;
  readonly flow: ServedFlow;
  readonly schedule: Schedule;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
}

export interface ScheduleDeskParts {
  readonly store: Store;
  readonly queries: Queries;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: FlowSource;
  readonly desk: RunsDesk;
}

/** Ticks that are made up at most, with `catchUp: "all"`. */
const CAUGHT_UP_MAX = 1_000;
/** Ticks that wait for the run before them, with `overlap: "queue"`. */
const QUEUED_MAX = 1_000;
const QUEUE_LOOK_MS = 500;
/** When a tick that could not be kept, as the store was busy or its disk full, is tried again. */
const AGAIN_MS = 1_000;

export class ScheduleDesk {
  readonly #parts: ScheduleDeskParts;
  #followed: ReadonlyMap<string, Followed> = new Map();
  readonly #timers = new Map<string, Timer>();
  readonly #queued = new Map<string, Tick[]>();
  #following = false;
  /** Files change while others of their changes are looked at: one after the other. */
  #refreshing: Promise<void> = Promise.resolve();

  constructor(parts: ScheduleDeskParts) {
    this.#parts = parts;
    this.#followed = followedOf(parts.source);
  }

  get all(): ReadonlyMap<string, Followed> {
    return this.#followed;
  }

  /** Begins, or looks again at what there is: files have changed. */
  async follow(): Promise<void> {
    this.#following = true;
    await this.refresh();
  }

  refresh(): Promise<void> {
    this.#followed = followedOf(this.#parts.source);
    const turn = this.#refreshing.then(() => this.#followAll());
    this.#refreshing = turn.catch(() => undefined);
    return turn;
  }

  async #followAll(): Promise<void> {
    if (!this.#following) return;
    for (const [id, timer] of this.#timers) {
      if (this.#followed.has(id)) continue;
      timer.cancel();
      this.#timers.delete(id);
    }
    for (const followed of this.#followed.values()) if (!this.#timers.has(followed.id)) await this.#begin(followed);
  }

  async #begin(followed: Followed): Promise<void> {
    const { queries, clock } = this.#parts;
    const now = clock.now();
    const kept = queries.schedule(followed.key);
    if (kept?.watchedUntil === undefined) queries.watchedUntil(followed.key, followed.flow.name, now);
    else if (kept.on) await this.#catchUp(followed, kept.watchedUntil, now);
    this.#arm(followed, now);
  }

  /** What passed while nobody watched. */
  async #catchUp(followed: Followed, since: Instant, now: Instant): Promise<void> {
    const missed = missedTicks(followed, since, now);
    for (const tick of missed) await this.#decide(followed, tick);
    this.#parts.queries.watchedUntil(followed.key, followed.flow.name, now);
  }

  #arm(followed: Followed, after: Instant): void {
    const ticks = followed.schedule.nextAll(after);
    const at = ticks[0]?.at;
    if (at === undefined || !this.#following) return;
    const timer = atTimeOfDay(this.#parts.clock, at, () => void this.#due(followed, ticks, at));
    this.#timers.set(followed.id, timer);
  }

  async #due(followed: Followed, ticks: readonly Tick[], at: Instant): Promise<void> {
    const { queries, clock } = this.#parts;
    const now = clock.now();
    try {
      const kept = queries.schedule(followed.key);
      // A machine that slept past several ticks makes them up by the flow's rule, as after a start.
      const late = missedTicks(followed, at, now);
      if (kept?.on !== false) for (const tick of [...ticks, ...late]) await this.#decide(followed, tick);
      queries.watchedUntil(followed.key, followed.flow.name, Math.max(at, now));
    } catch (thrown) {
      if (!this.#following) return; // the next server makes it up
      const why = recordOf(thrown).message;
      this.#say("error", followed, `The tick of ${isoUtc(at)} could not be carried out yet: ${why}`);
      this.#timers.set(
        followed.id,
        clock.at(now + AGAIN_MS, () => void this.#due(followed, ticks, at)),
      );
      return;
    }
    if (this.#following && this.#followed.has(followed.id)) this.#arm(followed, Math.max(at, now));
  }

  async #decide(followed: Followed, tick: Tick): Promise<void> {
    const { queries } = this.#parts;
    const busy = followed.overlap === "allow" ? [] : queries.unfinishedOf(followed.key);
    if (busy.length > 0 && followed.overlap === "queue") return this.#queue(followed, tick);
    if (busy.length === 0) return this.#run(followed, tick);
    if (queries.skipTick({ schedule: followed.key, clock: tick.clock, at: tick.at }))
      this.#say("info", followed, `The run of ${isoUtc(tick.at)} was skipped: run ${busy[0]} has not ended`);
  }

  async #run(followed: Followed, tick: Tick): Promise<void> {
    const { flow, key } = followed;
    try {
      await this.#parts.desk.start(flow, {
        parameters: tick.parameters,
        origin: "schedule",
        scheduledAt: tick.at,
        tick: { schedule: key, clock: tick.clock, at: tick.at },
      });
    } catch (thrown) {
      if (isCaudalError(thrown, "SERVER_DRAINING")) throw thrown;
      if (thrown instanceof TickTaken || isCaudalError(thrown, "TICK_SKIPPED")) return; // another process watches the same schedule
      if (isCaudalError(thrown) && thrown.code.startsWith("STORE_")) throw thrown; // it may be a matter of time
      this.#say("error", followed, `The run of ${isoUtc(tick.at)} could not begin: ${recordOf(thrown).message}`);
    }
  }

  /** Waits for the run before it, of whichever process. */
  #queue(followed: Followed, tick: Tick): void {
    const waiting = this.#queued.get(followed.id) ?? [];
    this.#queued.set(followed.id, waiting);
    if (waiting.length >= QUEUED_MAX) return;
    waiting.push(tick);
    if (waiting.length === 1) this.#whenFree(followed, waiting);
  }

  #whenFree(followed: Followed, waiting: Tick[]): void {
    const { clock, queries } = this.#parts;
    clock.at(clock.now() + QUEUE_LOOK_MS, () => {
      if (!this.#following) return;
      if (queries.unfinishedOf(followed.key).length > 0) return this.#whenFree(followed, waiting);
      const tick = waiting.shift();
      if (tick === undefined) return;
      void this.#run(followed, tick)
        .catch(() => undefined)
        .finally(() => waiting.length > 0 && this.#whenFree(followed, waiting));
    });
  }

  #say(level: "info" | "error", { flow }: Followed, message: string): void {
    const { logger, clock } = this.#parts;
    logger.write({ at: clock.now(), level, logger: `caudal.${flow.name}`, message });
  }

  stop(): void {
    this.#following = false;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

function followedOf(source: FlowSource): ReadonlyMap<string, Followed> {
  const followed = new Map<string, Followed>();
  for (const flow of source.flows().values()) {
    const { schedule, graph, overlap = "skip", catchUp = "last" } = flow.program;
    if (schedule === undefined) continue;
    const key = JSON.stringify([graph.name, schedule.toJSON()]);
    const id = sha256(key).toString("hex").slice(0, 16);
    followed.set(id, { id, key, flow, schedule, overlap, catchUp });
  }
  return followed;
}

/** By the flow's rule: none, the last, or all of them, the newest 1,000. */
function missedTicks(
  { schedule, catchUp }: Pick<Followed, "schedule" | "catchUp">,
  since: Instant,
  now: Instant,
): readonly Tick[] {
  if (catchUp === "none") return [];
  if (catchUp === "all") return schedule.upcoming(since, CAUGHT_UP_MAX).filter((tick) => tick.at <= now);
  return lastTicks(schedule, since, now);
}

/** Looks back in steps that grow: an every-second schedule of a week ago must not be walked through. */
function lastTicks(schedule: Schedule, since: Instant, now: Instant): readonly Tick[] {
  for (let back = 60_000; ; back *= 8) {
    const from = Math.max(since, now - back);
    let last: readonly Tick[] = [];
    for (let at: Instant | undefined = from; at !== undefined; ) {
      const ticks = schedule.nextAll(at);
      at = ticks[0]?.at;
      if (at === undefined || at > now) break;
      last = ticks;
    }
    if (last.length > 0 || from === since) return last;
  }
}
