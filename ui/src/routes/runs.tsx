/** All runs, the newest first: narrowed by filters, a page at a time, and still where it was while new ones arrive. */
import { useEffect, useState } from "react";
import type { Instant, RunQuery, RunSummary } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { client } from "../api/client.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { useShortcut } from "../keys.ts";
import { store } from "../live/live.ts";
import { LinkButton } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Loading } from "../parts/loading.tsx";
import { Page } from "../parts/page.tsx";
import { RunTable } from "../parts/run-table.tsx";
import { useQuery, useSetQuery } from "../router.tsx";
import { filtersOf, RunFilters, statesOf } from "../run/run-filters.tsx";
import { useSearchOn } from "../run/use-search-on.ts";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";

export function RunsPage() {
  const words = useWords();
  const query = useQuery();
  const setQuery = useSetQuery();
  const filters = filtersOf(query);
  const after = query.get("after") ?? undefined;
  const isFirst = after === undefined;
  const list = useSnapshot(resources.runs({ ...filters, ...(isFirst ? {} : { after }) }), {
    // Later pages stand still: what arrives is counted above them.
    refreshOn: isFirst ? ["runs"] : [],
  });
  const counts = useSnapshot(resources.runCounts(countQuery(filters)), { refreshOn: ["runs"] }).data;
  const newer = useNewer(filters, isFirst);
  useRowKeys();
  const { data } = list;
  const searched = useSearchOn(filters, after, data);
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <Page title={words.runs.title}>
      <RunFilters
        filters={filters}
        counts={counts}
        onChange={(changes) => setQuery({ ...changes, after: undefined }, { replace: "q" in changes })}
      />
      {newer > 0 && (
        <div className="newer-bar" role="status">
          {words.runs.newer(newer)}
          <LinkButton small to={addresses.runs(filters)}>
            {words.runs.showNewer}
          </LinkButton>
        </div>
      )}
      {list.trouble !== undefined && data === undefined && <ErrorBox trouble={list.trouble} onRetry={list.reload} />}
      {data === undefined && list.trouble === undefined && <Loading rows={10} />}
      {searched !== undefined && searched.runs.length > 0 && (
        <RunTable caption={words.runs.title} runs={searched.runs} withFlow />
      )}
      {searched?.searchedTo !== undefined && <SearchedTo at={searched.searchedTo} isSearching={searched.isSearching} />}
      {searched !== undefined && (searched.runs.length > 0 || searched.next !== undefined) && (
        <nav className="row" aria-label={words.runs.page}>
          {!isFirst && <LinkButton to={addresses.runs(filters)}>{words.runs.newest}</LinkButton>}
          {searched.next !== undefined && (
            <LinkButton to={addresses.runs({ ...filters, after: searched.next })}>
              {searched.searchedTo === undefined ? words.runs.older : words.runs.searchOn}
            </LinkButton>
          )}
        </nav>
      )}
      {searched?.runs.length === 0 && searched.next === undefined && <None isFiltered={isFiltered} />}
    </Page>
  );
}

/** How far back the list looked, which is not to the end. */
function SearchedTo({ at, isSearching }: { readonly at: Instant; readonly isSearching: boolean }) {
  const words = useWords();
  return (
    <p role="status">
      {isSearching ? words.runs.searching : words.runs.searchedTo} <Time at={at} as="both" />
    </p>
  );
}

function None({ isFiltered }: { readonly isFiltered: boolean }) {
  const words = useWords();
  if (isFiltered)
    return (
      <Empty icon="filter" title={words.runs.noMatch}>
        <p>{words.runs.noMatchText}</p>
        <LinkButton to={addresses.runs()}>{words.runs.clearAll}</LinkButton>
      </Empty>
    );
  return (
    <Empty icon="runs" title={words.runs.empty}>
      <p>{words.runs.emptyText}</p>
      <LinkButton to={addresses.flows()} kind="primary">
        {words.runs.toFlows}
      </LinkButton>
    </Empty>
  );
}

/** Counts are by state, under every other filter they can be asked with. */
function countQuery({ flow, tag, started, q }: RunQuery) {
  return {
    ...(flow === undefined ? {} : { flow }),
    ...(tag === undefined ? {} : { tag }),
    ...(started === undefined ? {} : { started }),
    ...(q === undefined ? {} : { q }),
  };
}

/** How many runs that fit were made since this page of the list was opened. */
function useNewer(filters: RunQuery, isFirst: boolean): number {
  const [made, setMade] = useState<ReadonlySet<string>>(new Set());
  const text = JSON.stringify(filters);
  useEffect(() => {
    setMade(new Set());
    if (isFirst) return undefined;
    const wanted = JSON.parse(text) as RunQuery;
    const known = new Set<string>();
    const openedAt = client.clock.now();
    return store.onFrame(({ runs }) => {
      const fresh = runs.filter((run) => run.createdAt > openedAt && fits(run, wanted) && !known.has(run.id));
      if (fresh.length === 0) return;
      for (const { id } of fresh) known.add(id);
      setMade(new Set(known));
    });
  }, [text, isFirst]);
  return made.size;
}

function fits({ flow, state, tags, trigger, id, name }: RunSummary, wanted: RunQuery): boolean {
  const text = wanted.q?.toLowerCase();
  return (
    (wanted.flow === undefined || wanted.flow === flow) &&
    (wanted.state === undefined || statesOf(wanted.state).includes(state)) &&
    (wanted.tag === undefined || tags.includes(wanted.tag)) &&
    (wanted.by === undefined || wanted.by === trigger) &&
    (text === undefined || `${id} ${name}`.toLowerCase().includes(text))
  );
}

/** `j` and `k` go from row to row; Enter opens, as on every link. */
function useRowKeys(): void {
  const words = useWords();
  const go = (by: number) => {
    const links = Array.from(document.querySelectorAll<HTMLElement>(".table tbody th a"));
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[at === -1 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  };
  useShortcut("j", words.keys.next, () => go(1));
  useShortcut("k", words.keys.previous, () => go(-1));
}
