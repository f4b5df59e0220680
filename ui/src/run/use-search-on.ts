/**
 * A list that looks further back. The server looks at so many runs per answer where no index knows what is searched
 * for: a page that is not full yet is asked on, for a while; then it says how far it got, and waits to be asked.
 */
import { useEffect, useRef, useState } from "react";
import type { Instant, RunList, RunQuery, RunSummary } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { resources } from "../api/resources.ts";
import { store } from "../live/live.ts";

/** As many as the server gives to who does not say. */
const PAGE = 50;
/** Answers that are waited for before somebody is asked whether to go on. */
const STEPS_MAX = 20;

export interface Searched {
  readonly runs: readonly RunSummary[];
  readonly next: string | undefined;
  /** Older runs were not looked at; undefined when all were, or the page is full. */
  readonly searchedTo: Instant | undefined;
  readonly isSearching: boolean;
}

interface Older extends Omit<Searched, "isSearching"> {
  /** Of the search that it belongs to. */
  readonly of: string;
  readonly isOver: boolean;
}

/** @param first its first answer, which may be fetched again while runs arrive */
export function useSearchOn(
  filters: RunQuery,
  after: string | undefined,
  first: RunList | undefined,
): Searched | undefined {
  const of = JSON.stringify([filters, after]);
  const [kept, setOlder] = useState<Older>();
  // What arrives later stands in the first answer: the search goes back from where it began.
  const begun = useRef(first);
  begun.current = first;
  const older = kept?.of === of ? kept : undefined;
  const wants = first?.next !== undefined && first.runs.length < PAGE;
  useEffect(() => {
    if (!wants || begun.current === undefined) return undefined;
    const away = new AbortController();
    void searchOn(of, begun.current, away.signal, setOlder);
    return () => away.abort();
  }, [of, wants]);
  if (first === undefined) return undefined;
  if (!wants || older === undefined)
    return { runs: first.runs, next: first.next, searchedTo: first.searchedTo, isSearching: wants };
  const newest = new Set(first.runs.map(({ id }) => id));
  const runs = [...first.runs, ...older.runs.filter(({ id }) => !newest.has(id))];
  return { runs, next: older.next, searchedTo: older.searchedTo, isSearching: !older.isOver };
}

async function searchOn(of: string, first: RunList, signal: AbortSignal, tell: (older: Older) => void): Promise<void> {
  const [filters] = JSON.parse(of) as [RunQuery];
  let found = first.runs;
  let page = first;
  for (let steps = 1; page.next !== undefined; steps++) {
    const asked = resources.runs({ ...filters, after: page.next, limit: PAGE - found.length });
    const answer = await client.get(asked).catch(() => undefined); // it goes on from here when somebody presses
    if (signal.aborted) return;
    page = answer ?? page;
    if (answer !== undefined) store.putRuns(answer.runs, answer.cursor);
    found = [...found, ...(answer?.runs ?? [])];
    const isOver = answer?.next === undefined || found.length >= PAGE || steps >= STEPS_MAX;
    tell({ of, runs: found, next: page.next, searchedTo: page.searchedTo, isOver });
    if (isOver) return;
  }
}
