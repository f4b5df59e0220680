/** What a tab hears of the server: frames go into its store, and what the stream cannot tell is fetched again. */
import type { Cursor, LiveFrame } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { type LiveSource, sourceFor } from "./live-source.ts";
import type { LiveStore } from "./live-store.ts";
import type { Freshness } from "./live-stream.ts";

export class LiveConnection {
  private readonly store: LiveStore;
  private readonly counts = new Map<string, number>();
  private readonly listeners = new Set<() => void>();
  private readonly refetchListeners = new Set<(topics: readonly string[] | "all") => void>();
  private current: Freshness = { type: "connecting" };
  private cursor: Cursor | undefined;
  /** Of the flows, as the stream told it last. */
  private revision: number | undefined;
  /** The lowest of an answer, while the stream has not spoken. */
  private answered: number | undefined;
  private source: LiveSource | undefined;

  constructor(store: LiveStore) {
    this.store = store;
    window.addEventListener("online", () => this.source?.retry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.current.type === "offline") this.source?.retry();
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
    this.source = sourceFor({
      frame: (frame) => this.takeFrame(frame),
      freshness: (freshness) => this.become(freshness),
      again: () => this.tellTopics(),
    });
    this.tellTopics();
  }

  /** The flows or schedules of an answer: those that change before the stream has spoken are not missed. */
  knowsFlows(revision: number): void {
    if (this.revision === undefined) this.answered = Math.min(this.answered ?? revision, revision);
    // It was on its way while the stream told of newer ones.
    else if (revision < this.revision) this.flowsAreOld();
  }

  /** Listens to a topic until the returned function is called. */
  listen(topic: string): () => void {
    const before = this.counts.get(topic) ?? 0;
    this.counts.set(topic, before + 1);
    // Said with the cursor of this moment: the snapshot that is asked for next is at it or later.
    if (before === 0) this.tellTopics();
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

  private tellTopics(): void {
    if (this.cursor === undefined) return;
    const topics = Array.from(this.counts.keys()).filter((topic) => topic.includes(":"));
    this.source?.listen(new Set(["runs", "flows", ...topics]), this.cursor);
  }

  private takeFrame(frame: LiveFrame): void {
    switch (frame.type) {
      case "hello":
        client.sawVersion(frame.version);
        return this.takeRevision(frame.revision);
      case "changes":
        this.cursor = frame.cursor;
        return this.store.take(frame);
      case "reset":
        this.cursor = frame.cursor;
        return this.refetch("all");
      case "degraded":
        this.cursor = frame.cursor;
        return this.refetch(frame.topics);
      case "flows":
        return this.takeRevision(frame.revision);
      case "bye":
        return;
    }
  }

  private takeRevision(revision: number): void {
    const known = this.revision ?? this.answered;
    this.revision = revision;
    if (known !== undefined && known !== revision) this.flowsAreOld();
  }

  private flowsAreOld(): void {
    this.store.touch("flows");
    this.refetch(["flows"]);
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
