/** The tab's store and its connection, and the hooks that read them. */
import { createContext, useContext, useEffect, useSyncExternalStore } from "react";
import type { Instant, Progress, RunSummary, TaskRunSummary } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { LiveConnection } from "./live-connection.ts";
import { LiveStore, type Topic } from "./live-store.ts";
import type { Freshness } from "./live-stream.ts";

export const store = new LiveStore();
export const connection = new LiveConnection(store);

export function useFreshness(): Freshness {
  return useSyncExternalStore(connection.subscribe, () => connection.freshness);
}

/** A number that changes when the topic does. */
export function useTopic(topic: Topic): number {
  return useSyncExternalStore(
    (listener) => store.subscribe(topic, listener),
    () => store.version(topic),
  );
}

/** Lets the stream tell of `run:ID` or `logs:ID` while the component is there. `runs` and `flows` are always told. */
export function useListen(topic: string): void {
  useEffect(() => connection.listen(topic), [topic]);
}

/** What is known of a run now: as the stream last told, or else as the list had it. */
export function useRun(listed: RunSummary): RunSummary {
  useTopic(`run:${listed.id}`);
  return store.run(listed.id) ?? listed;
}

export function useTaskRuns(run: string): readonly TaskRunSummary[] {
  useTopic(`tasks:${run}`);
  return store.taskRunsOf(run);
}

export function useTaskRun(run: string, id: string): TaskRunSummary | undefined {
  useTopic(`tasks:${run}`);
  return store.taskRun(run, id);
}

export function useProgress(run: string): Progress | undefined {
  useTopic(`tasks:${run}`);
  return store.progress(run);
}

export function usePaused(): { readonly paused: boolean; readonly waiting: number } {
  useTopic("held");
  return { paused: store.isPaused, waiting: store.heldRuns };
}

/** Seconds of the server's clock as they pass; they stand still while nothing is heard of it, because nobody knows then. */
let second: Instant = client.clock.now();
const clockListeners = new Set<() => void>();
window.setInterval(() => {
  if (connection.freshness.type === "offline" || document.hidden) return;
  second = client.clock.now();
  for (const listener of clockListeners) listener();
}, 1_000);

const everySecond = (listener: () => void) => {
  clockListeners.add(listener);
  return () => clockListeners.delete(listener);
};
const never = () => () => undefined;

/** Around what is shown as it was: there, now is then. */
export const HeldClock = createContext<Instant | undefined>(undefined);

/** The server's time, once a second where `ticking`; once otherwise. */
export function useNow(ticking = true): Instant {
  const held = useContext(HeldClock);
  const now = useSyncExternalStore(ticking && held === undefined ? everySecond : never, () => second);
  return held ?? now;
}

let isSet = false;

/** Takes the server's clock with the first answer, instead of a second later. */
export function setClockOnce(): void {
  if (isSet) return;
  isSet = true;
  second = client.clock.now();
  for (const listener of clockListeners) listener();
}
