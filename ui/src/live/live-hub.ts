/**
 * Many tabs, one stream: HTTP/1.1 has six connections per origin, and a stream per tab would leave none for anything
 * else. Runs in a worker that all tabs of a browser share; each tab is told of its own topics, from its own cursor on.
 */
import type { Cursor, LiveFrame } from "../../../src/server/contract.ts";
import { type Freshness, LiveStream, type LiveStreamOptions } from "./live-stream.ts";

/** What a tab says. `topics`: all it listens to, and the cursor it has been told up to. */
export type TabMessage =
  | { readonly type: "topics"; readonly topics: readonly string[]; readonly after: Cursor; readonly token?: string }
  | { readonly type: "retry" }
  | { readonly type: "leave" };

/** What a tab is told. */
export type HubMessage =
  | { readonly type: "frame"; readonly frame: LiveFrame }
  | { readonly type: "freshness"; readonly freshness: Freshness };

export interface Tab {
  tell(message: HubMessage): void;
}

interface Listening {
  topics: ReadonlySet<string>;
  told: Cursor;
}

type Send = LiveStreamOptions["send"];

export class LiveHub {
  private readonly tabs = new Map<Tab, Listening>();
  private readonly options: { readonly send: (token: string | undefined) => Send; readonly now: () => number };
  private stream: LiveStream | undefined;
  private hello: LiveFrame | undefined;

  constructor(options: LiveHub["options"]) {
    this.options = options;
  }

  hear(tab: Tab, message: TabMessage): void {
    switch (message.type) {
      case "topics":
        return this.listen(tab, message);
      case "retry":
        return this.stream?.retry();
      case "leave":
        return this.leave(tab);
    }
  }

  private listen(tab: Tab, { topics, after, token }: Extract<TabMessage, { type: "topics" }>): void {
    const isNew = !this.tabs.has(tab);
    this.tabs.set(tab, { topics: new Set(topics), told: after });
    const stream = this.stream ?? this.open(token);
    if (isNew) {
      if (this.hello !== undefined) tab.tell({ type: "frame", frame: this.hello });
      tab.tell({ type: "freshness", freshness: stream.freshness });
    }
    stream.listen(new Set(Array.from(this.tabs.values(), (one) => [...one.topics]).flat()), after);
  }

  private leave(tab: Tab): void {
    this.tabs.delete(tab);
    if (this.tabs.size > 0) return;
    this.stream?.close();
    this.stream = undefined;
    this.hello = undefined;
  }

  private open(token: string | undefined): LiveStream {
    this.stream = new LiveStream({
      send: this.options.send(token),
      now: this.options.now,
      onFrame: (frame) => this.pass(frame),
      onFreshness: (freshness) => {
        for (const tab of this.tabs.keys()) tab.tell({ type: "freshness", freshness });
      },
    });
    return this.stream;
  }

  private pass(frame: LiveFrame): void {
    // A tab that joins while the stream is open is told what the others were told first.
    if (frame.type === "hello") this.hello = frame;
    if (frame.type === "flows" && this.hello?.type === "hello")
      this.hello = { ...this.hello, revision: frame.revision };
    for (const [tab, listening] of this.tabs) {
      const own = ownPart(frame, listening);
      if (own === undefined) continue;
      if (own.type !== "hello" && "cursor" in own) listening.told = own.cursor;
      tab.tell({ type: "frame", frame: own });
    }
  }
}

/** What a tab has not been told yet, and listens to; undefined where that is nothing. */
function ownPart(frame: LiveFrame, { topics, told }: Listening): LiveFrame | undefined {
  if (frame.type === "degraded") {
    const own = frame.topics.filter((topic) => topics.has(topic));
    return own.length === 0 ? undefined : { ...frame, topics: own };
  }
  if (frame.type !== "changes") return frame;
  if (frame.cursor <= told) return undefined;
  const hasLog = (run: string) => Array.from(topics).some((topic) => `${topic}:`.startsWith(`logs:${run}:`));
  return {
    ...frame,
    taskRuns: frame.taskRuns.filter(({ run }) => topics.has(`run:${run}`)),
    logs: frame.logs.filter(({ run }) => hasLog(run)),
  };
}
