/**
 * The one connection to the server's stream: it goes on where it broke off; where no stream gets through (a proxy that
 * buffers), the same frames are asked for every two seconds. Whoever owns it (a tab, or the worker all tabs share) says
 * what to listen to and hears frames. Nothing of it needs a window.
 *
 * A topic that is added while the stream stands at cursor P is told from the cursor its listener names on, which is at
 * most P: the listener asks for its snapshot afterwards, so between the two nothing is lost.
 */
import type { Cursor, Instant, LiveFrame, Millis } from "../../../src/server/contract.ts";
import { framesOf } from "./frames.ts";

export type Freshness =
  | { readonly type: "connecting" }
  | { readonly type: "live"; readonly by: "stream" | "polling" }
  | { readonly type: "catching-up" }
  | { readonly type: "offline"; readonly since: Instant };

export interface LiveStreamOptions {
  /** Below the API. Throws where nobody answers, and on a refusal. */
  readonly send: (path: string, init: RequestInit) => Promise<Response>;
  readonly now: () => Instant;
  readonly onFrame: (frame: LiveFrame) => void;
  readonly onFreshness: (freshness: Freshness) => void;
}

const SILENCE_MS_MAX: Millis = 40_000;
const OPENING_MS_MAX: Millis = 10_000;
const POLL_MS: Millis = 2_000;
const STREAM_AGAIN_MS: Millis = 60_000;
const BACKOFF_MS: readonly Millis[] = [250, 500, 1_000, 2_000, 4_000, 8_000];
/** Several topics that come with one page are one new stream. */
const RETOPIC_MS: Millis = 30;

type Timer = ReturnType<typeof setTimeout>;

export class LiveStream {
  private readonly options: LiveStreamOptions;
  private topics = new Set<string>();
  private current: Freshness = { type: "connecting" };
  private cursor: Cursor | undefined;
  private heardAt: Instant;
  private failures = 0;
  private caughtUpAt: Cursor = 0;
  private polling = false;
  private abort: AbortController | undefined;
  private timer: Timer | undefined;

  constructor(options: LiveStreamOptions) {
    this.options = options;
    this.heardAt = options.now();
  }

  get freshness(): Freshness {
    return this.current;
  }

  /** Listens to these topics, and tells what happened after this cursor, also if it has been told before. */
  listen(topics: ReadonlySet<string>, after: Cursor): void {
    const isNew = this.cursor === undefined || after < this.cursor;
    if (!isNew && Array.from(topics).every((topic) => this.topics.has(topic))) return;
    this.topics = new Set(topics);
    if (isNew) this.cursor = after;
    this.restart(RETOPIC_MS);
  }

  /** At once, instead of after the pause between two attempts. */
  retry(): void {
    if (this.cursor !== undefined) this.restart(0);
  }

  close(): void {
    this.abort?.abort();
    clearTimeout(this.timer);
    this.topics = new Set();
  }

  private restart(inMs: Millis): void {
    this.abort?.abort();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void (this.polling ? this.poll() : this.stream()), inMs);
  }

  private async stream(): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    const watch = this.watch(abort);
    let saidHello = false;
    try {
      const response = await this.options.send(this.path("live"), {
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
    } catch {
      // A stream that was closed to open another is no loss.
      if (!abort.signal.aborted || watch.isDead()) this.lost(saidHello, watch.isDead());
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
    let timer = setTimeout(die, OPENING_MS_MAX);
    return {
      heard: () => {
        this.heardAt = this.options.now();
        clearTimeout(timer);
        timer = setTimeout(die, SILENCE_MS_MAX);
      },
      isDead: () => dead,
      stop: () => clearTimeout(timer),
    };
  }

  private lost(saidHello: boolean, wasSilent = false): void {
    this.failures++;
    // No stream gets through, whoever holds it back: ask instead.
    if (!saidHello && (wasSilent || this.failures > 1)) void this.poll();
    else {
      if (wasSilent || this.failures > 1) this.become({ type: "offline", since: this.heardAt });
      this.restart(this.backoffMs());
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
        const response = await this.options.send(this.path("changes"), { signal: inTime });
        const frame = (await response.json()) as LiveFrame;
        if (abort.signal.aborted) return;
        this.heardAt = this.options.now();
        this.takeFrame(frame, "polling");
        await pause(POLL_MS, abort.signal);
      }
      this.polling = false;
      if (!abort.signal.aborted) this.restart(0);
    } catch {
      if (abort.signal.aborted) return;
      this.polling = false;
      this.failures++;
      this.become({ type: "offline", since: this.heardAt });
      this.restart(this.backoffMs());
    }
  }

  private backoffMs(): Millis {
    return BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length) - 1] ?? 0;
  }

  private path(name: "live" | "changes"): string {
    const query = new URLSearchParams({ topics: Array.from(this.topics).join(",") });
    if (this.cursor !== undefined) query.set("after", String(this.cursor));
    return `${name}?${query}`;
  }

  private takeFrame(frame: LiveFrame, by: "stream" | "polling"): void {
    if (frame.type === "hello") {
      this.cursor ??= frame.cursor;
      this.caughtUpAt = frame.cursor;
    } else if ("cursor" in frame) this.cursor = frame.cursor;
    this.options.onFrame(frame);
    if (frame.type === "bye") return;
    const behind = by === "stream" && (this.cursor ?? 0) < this.caughtUpAt;
    this.become(behind ? { type: "catching-up" } : { type: "live", by });
  }

  private become(next: Freshness): void {
    if (JSON.stringify(next) === JSON.stringify(this.current)) return;
    this.current = next;
    this.options.onFreshness(next);
  }
}

function pause(ms: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
