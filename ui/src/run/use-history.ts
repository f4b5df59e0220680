/** The commits of a run, read page by page while somebody looks, and on from the last page when more happened. */
import { useEffect, useRef, useState } from "react";
import { client } from "../api/client.ts";
import { resources } from "../api/resources.ts";
import { useTopic } from "../live/live.ts";
import type { History } from "./gantt-rows.ts";

export interface HistoryRead {
  readonly events: History;
  readonly isComplete: boolean;
  /** It is longer than is read here. */
  readonly isCut: boolean;
}

const PAGE = 200;
const PAGES_MAX = 50;
const AGAIN_MS = 700;

interface Page {
  readonly after: string | undefined;
  readonly events: History;
}

/** `wanted`: nothing is read while nobody looks at it. */
export function useHistory(run: string, wanted = true): HistoryRead {
  const version = useTopic(`tasks:${run}`);
  const pages = useRef<{ run: string; list: Page[] }>({ run, list: [] });
  const [read, setRead] = useState<HistoryRead>({ events: [], isComplete: false, isCut: false });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that there is more to read
  useEffect(() => {
    if (!wanted) return undefined;
    const abort = new AbortController();
    if (pages.current.run !== run) pages.current = { run, list: [] };
    const known = pages.current.list;
    const timer = window.setTimeout(
      () => readOn(run, known, abort.signal, setRead).catch(() => undefined),
      known.length === 0 ? 0 : AGAIN_MS,
    );
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [run, version, wanted]);
  return read;
}

/** The last page is read again: it had room left. */
async function readOn(
  run: string,
  pages: Page[],
  signal: AbortSignal,
  tell: (read: HistoryRead) => void,
): Promise<void> {
  let after = pages.pop()?.after;
  for (;;) {
    const page = await client.get(
      resources.events(run, { limit: PAGE, ...(after === undefined ? {} : { after }) }),
      signal,
    );
    pages.push({ after, events: page.events });
    const isCut = pages.length >= PAGES_MAX && page.next !== undefined;
    const isComplete = page.next === undefined || isCut;
    tell({ events: pages.flatMap(({ events }) => events), isComplete, isCut });
    if (isComplete) return;
    after = page.next;
  }
}
