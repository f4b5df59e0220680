/**
 * The one live connection of a tab: a stream of frames that goes on where it broke off; where no stream gets through
 * (a proxy that buffers), the same frames are asked for every two seconds, and the page says so.
 *
 * A topic that is added while the stream stands at cursor P is told from P on. Whoever adds it asks for a snapshot
 * afterwards, which is then at P or later: between the two nothing is lost.
 */
import type { Cursor, Instant, LiveFrame, Millis } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { isAbort } from "../api/problem.ts";
import { framesOf } from "./frames.ts";
import type { LiveStore } from "./live-store.ts";

export type Freshness =
  | { readonly type: "connecting" }
  | { readonly type: "live"; readonly by: "stream" | "polling" }
  | { readonly type: "catching-up" }
  | { readonly type: "offline"; readonly since: Instant };

const SILENCE_MS_MAX: Millis = 40_000;
const OPENING_MS_MAX: Millis = 10_000;
const POLL_MS: Millis = 2_000;
const STREAM_AGAIN_MS: Millis = 60_000;
const BACKOFF_MS: readonly Millis[] = [250, 500, 1_000, 2_000, 4_000, 8_000];
/** Several topics that come with one page are one new stream. */
const RETOPIC_MS: Millis = 30;

export class LiveConnection {
  private readonly store: LiveStore;
  private readonly counts = new Map<string, number>();
  private readonly listeners = new Set<() => void>();
  private readonly refetchListeners = new Set<(topics: readonly string[] | "all") => void>();
  private current: Freshness = { type: "connecting" };
  private cursor: Cursor | undefined;
  private revision: number | undefined;
  private heardAt: Instant = Date.now();
  private failures = 0;
  private caughtUpAt: Cursor = 0;
  private polling = false;
  private abort: AbortController | undefined;
  private timer: number | undefined;

  constructor(store: LiveStore) {
    this.store = store;
    window.addEventListener("online", () => this.restart(0));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.current.type === "offline") this.restart(0);
    });
  }

  get freshness(): Freshness {
    return this.current;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Called when snapshots of these topics have to be fetched again, because the stream cannot tell what happened. */
  onRefetch(listener: (topics: readonly string[] | "all") => void): () => void {
    this.refetchListeners.add(listener);
    return () => this.refetchListeners.delete(listener);
  }

  /** Begins at the cursor of the first snapshot. */
  begin(cursor: Cursor): void {
    if (this.cursor !== undefined) return;
    this.cursor = cursor;
    this.restart(RETOPIC_MS);
  }

  /** Listens to a topic until the returned function is called. */
  listen(topic: string): () => void {
    const before = this.counts.get(topic) ?? 0;
    this.counts.set(topic, before + 1);
    if (before === 0 && this.cursor !== undefined) this.restart(RETOPIC_MS);
    return () => {
      const left = (this.counts.get(topic) ?? 1) - 1;
      if (left > 0) this.counts.set(topic, left);
      else this.counts.delete(topic);
      // The stream goes on with a topic too many until it is opened again: better than opening it twice per page.
    };
  }

  /** Everything shown is fetched again. */
  refetchAll(): void {
    this.refetch("all");
  }

  private restart(inMs: Millis): void {
    this.abort?.abort();
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void (this.polling ? this.poll() : this.stream()), inMs);
  }

  private async stream(): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    const watch = this.watch(abort);
    let saidHello = false;
    try {
      const response = await client.send(this.path("live"), {
        signal: abort.signal,
        headers: { Accept: "text/event-stream" },
      });
      if (response.body === null) throw new Error("an empty stream");
      for await (const frame of framesOf(response.body, watch.heard)) {
        if (abort.signal.aborted) return;
        saidHello = true;
        this.failures = 0;
        this.takeFrame(frame, "stream");
        if (frame.type === "bye") break;
      }
      if (!abort.signal.aborted) this.lost(saidHello);
    } catch (error) {
      if (!(isAbort(error) && !watch.isDead())) this.lost(saidHello, watch.isDead());
    } finally {
      watch.stop();
    }
  }

  /** Ends a stream that says nothing: 10 s until its first byte, 40 s between two. */
  private watch(abort: AbortController) {
    let dead = false;
    const die = () => {
      dead = true;
      abort.abort();
    };
    let timer = window.setTimeout(die, OPENING_MS_MAX);
    return {
      heard: () => {
        this.heardAt = client.clock.now();
        window.clearTimeout(timer);
        timer = window.setTimeout(die, SILENCE_MS_MAX);
      },
      isDead: () => dead,
      stop: () => window.clearTimeout(timer),
    };
  }

  private lost(saidHello: boolean, wasSilent = false): void {
    this.failures++;
    // No stream gets through, whoever holds it back: ask instead.
    if (!saidHello && (wasSilent || this.failures > 1)) void this.poll();
    else {
      if (wasSilent || this.failures > 1) this.become({ type: "offline", since: this.heardAt });
      this.restart(BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length) - 1] ?? 0);
    }
  }

  private async poll(): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.polling = true;
    const until = Date.now() + STREAM_AGAIN_MS;
    try {
      while (!abort.signal.aborted && Date.now() < until) {
        const inTime = AbortSignal.any([abort.signal, AbortSignal.timeout(OPENING_MS_MAX)]);
        const frame = await client.get<LiveFrame>({ path: this.path("changes") }, inTime);
        this.heardAt = client.clock.now();
        this.takeFrame(frame, "polling");
        await pause(POLL_MS, abort.signal);
      }
      this.polling = false;
      if (!abort.signal.aborted) this.restart(0);
    } catch (error) {
      if (abort.signal.aborted && isAbort(error)) return;
      this.polling = false;
      this.become({ type: "offline", since: this.heardAt });
      this.restart(BACKOFF_MS[Math.min(++this.failures, BACKOFF_MS.length) - 1] ?? 0);
    }
  }

  private path(name: "live" | "changes"): string {
    const topics = ["runs", "flows", ...Array.from(this.counts.keys()).filter((topic) => topic.includes(":"))];
    const query = new URLSearchParams({ topics: topics.join(",") });
    if (this.cursor !== undefined) query.set("after", String(this.cursor));
    return `${name}?${query}`;
  }

  private takeFrame(frame: LiveFrame, by: "stream" | "polling"): void {
    switch (frame.type) {
      case "hello":
        this.cursor ??= frame.cursor;
        this.caughtUpAt = frame.cursor;
        this.takeRevision(frame.revision);
        break;
      case "changes":
        this.cursor = frame.cursor;
        this.store.take(frame);
        break;
      case "reset":
        this.cursor = frame.cursor;
        this.refetch("all");
        break;
      case "degraded":
        this.cursor = frame.cursor;
        this.refetch(frame.topics);
        break;
      case "flows":
        this.takeRevision(frame.revision);
        break;
      case "bye":
        return;
    }
    const behind = by === "stream" && (this.cursor ?? 0) < this.caughtUpAt;
    this.become(behind ? { type: "catching-up" } : { type: "live", by });
  }

  private takeRevision(revision: number): void {
    if (this.revision !== undefined && this.revision !== revision) {
      this.store.touch("flows");
      this.refetch(["flows"]);
    }
    this.revision = revision;
  }

  private refetch(topics: readonly string[] | "all"): void {
    for (const listener of this.refetchListeners) listener(topics);
  }

  private become(next: Freshness): void {
    const wasOffline = this.current.type === "offline";
    if (JSON.stringify(next) === JSON.stringify(this.current)) return;
    this.current = next;
    if (wasOffline && next.type !== "offline") this.refetch("all");
    for (const listener of this.listeners) listener();
  }
}

function pause(ms: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      resolve();
    });
  });
}
