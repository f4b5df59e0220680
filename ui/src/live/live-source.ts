/** Where a tab has its frames from: the worker all tabs share or, where there is none, a stream of its own. */
import type { Cursor, LiveFrame } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import type { HubMessage, TabMessage } from "./live-hub.ts";
import { type Freshness, LiveStream } from "./live-stream.ts";

export interface LiveSource {
  /** All topics, and the cursor this tab has been told up to. */
  listen(topics: ReadonlySet<string>, after: Cursor): void;
  retry(): void;
}

export interface SourceListener {
  frame(frame: LiveFrame): void;
  freshness(freshness: Freshness): void;
  /** Says again what it listens to: the source knows nothing any more. */
  again(): void;
}

/** The file of the worker, named by the build. */
declare const LIVE_WORKER: string;

/** A worker that says nothing for so long will not speak: a policy, or a setting, keeps it from running. */
const WORKER_MS_MAX = 3_000;
/** A stream of a tab nobody looks at holds one of six connections. */
const HIDDEN_MS_MAX = 30_000;

export function sourceFor(listener: SourceListener): LiveSource {
  let current = typeof SharedWorker === "undefined" ? ownSource(listener) : undefined;
  current ??= sharedSource(listener, () => {
    current = ownSource(listener);
    listener.again();
  });
  return {
    listen: (topics, after) => current?.listen(topics, after),
    retry: () => current?.retry(),
  };
}

function sharedSource(listener: SourceListener, onBroken: () => void): LiveSource {
  const { token } = client;
  // Tabs with different tokens share no worker: what one may read, another may not.
  const name = `caudal ${token === undefined ? "" : mixed(token)}`;
  const worker = new SharedWorker(new URL(LIVE_WORKER, import.meta.url), { name });
  let broken = false;
  const fail = () => {
    if (broken) return;
    broken = true;
    worker.port.close();
    onBroken();
  };
  let timer: number | undefined;
  worker.onerror = fail;
  worker.port.onmessage = ({ data }: MessageEvent<HubMessage>) => {
    window.clearTimeout(timer);
    if (broken) return;
    if (data.type === "frame") listener.frame(data.frame);
    else listener.freshness(data.freshness);
  };
  const tell = (message: TabMessage) => worker.port.postMessage(message);
  window.addEventListener("pagehide", () => tell({ type: "leave" }));
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted && !broken) listener.again();
  });
  return {
    listen(topics, after) {
      timer ??= window.setTimeout(fail, WORKER_MS_MAX);
      tell({ type: "topics", topics: [...topics], after, ...(token === undefined ? {} : { token }) });
    },
    retry: () => tell({ type: "retry" }),
  };
}

function ownSource({ frame, freshness, again }: SourceListener): LiveSource {
  const stream = new LiveStream({
    send: (path, init) => client.send(path, init),
    now: () => client.clock.now(),
    onFrame: frame,
    onFreshness: freshness,
  });
  let timer: number | undefined;
  let isClosed = false;
  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(timer);
    if (document.hidden)
      timer = window.setTimeout(() => {
        isClosed = true;
        stream.close();
      }, HIDDEN_MS_MAX);
    else if (isClosed) {
      isClosed = false;
      again();
    }
  });
  return {
    listen: (topics, after) => (isClosed ? undefined : stream.listen(topics, after)),
    retry: () => stream.retry(),
  };
}

/** Tells tokens apart without naming one: names of workers are shown by tools. FNV-1a. */
function mixed(text: string): string {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16);
}
