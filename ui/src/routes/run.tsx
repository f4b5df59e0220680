/** One run: what it is, what needs somebody, its task runs in four views, its log, and one task run in full. */
import { Suspense, useEffect } from "react";
import type { RunDetail } from "../../../src/server/contract.ts";
import { addresses, type RunView } from "../addresses.ts";
import { ApiProblem } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import type { RouteProps } from "../app.tsx";
import { useShortcut } from "../keys.ts";
import { ErrorBox } from "../parts/error-box.tsx";
import { Loading } from "../parts/loading.tsx";
import { Page } from "../parts/page.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { navigate, useQuery, useSetQuery } from "../router.tsx";
import { ActionsProvider } from "../run/actions.tsx";
import { HeldClock } from "../live/live.ts";
import { LogDock } from "../run/log-dock.tsx";
import { RunBanner } from "../run/run-banner.tsx";
import { RunActions, RunFacts } from "../run/run-head.tsx";
import { RunMore } from "../run/run-more.tsx";
import { RUN_VIEWS, RunViews } from "../run/run-views.tsx";
import { RunVoice } from "../run/run-voice.tsx";
import { Replay, RunScrubber } from "../run/run-scrubber.tsx";
import { useHistory } from "../run/use-history.ts";
import { useMoment, useShownAt, useSpan } from "../run/use-moment.ts";
import { isBad, type RunState, useRunState } from "../run/use-run.ts";
import { useWords } from "../words/words.tsx";
import { NotFoundPage } from "./not-found.tsx";
import { RunEventsPage } from "./run-events.tsx";
import { RunLogsPage } from "./run-logs.tsx";
import { later } from "../later.tsx";

const { Part: TaskDrawer } = later(async () => (await import("../run/task-drawer.tsx")).TaskDrawer);

export function RunPage({ parameters }: RouteProps) {
  const words = useWords();
  const { run: id = "", tab } = parameters;
  const state = useRunState(id);
  const { run, trouble } = state;
  if (trouble instanceof ApiProblem && trouble.problem.status === 404 && run === undefined)
    return (
      <NotFoundPage
        title={words.notFound.run(id)}
        text={words.notFound.runText}
        suggestions={(trouble.problem.suggestions ?? []).map((text) => ({ text, to: addresses.run(text) }))}
      />
    );
  if (run === undefined)
    return (
      <Page title={id} crumbs={[{ text: words.run.crumb, to: addresses.runs() }]}>
        {trouble === undefined ? <Loading rows={6} /> : <ErrorBox trouble={trouble} onRetry={state.reload} />}
      </Page>
    );
  const known = { ...state, run };
  return (
    <>
      <Favicon state={run.state} />
      <RunTab state={known} tab={tab} />
    </>
  );
}

function RunTab({ state: known, tab }: { readonly state: Known; readonly tab: string | undefined }) {
  if (tab === "logs") return <RunLogsPage state={known} />;
  if (tab === "events") return <RunEventsPage state={known} />;
  if (tab !== undefined) return <NotFoundPage />;
  return <WholeRun state={known} />;
}

type Known = RunState & { readonly run: RunDetail };

function WholeRun({ state }: { readonly state: Known }) {
  const words = useWords();
  const query = useQuery();
  const setQuery = useSetQuery();
  const { run, id, progress } = state;
  const task = query.get("task") ?? undefined;
  const view = viewOf(query.get("view"));
  const [at, setAt] = useMoment();
  const [span, setSpan] = useSpan();
  const history = useHistory(id, at !== undefined || view === "gantt");
  const shown = useShownAt(state, history, at);
  const select = (next: string | undefined) => setQuery({ task: next });
  useNextFailure(state, task, select);
  return (
    <ActionsProvider run={run} onDone={state.reload}>
      <div className="run-page" data-drawer={task !== undefined || undefined}>
        <Page
          title={run.name}
          tabTitle={`${words.states[run.state]} · ${run.name}`}
          crumbs={[
            { text: words.run.crumb, to: addresses.runs() },
            { text: run.flow, to: addresses.flow(run.flow) },
          ]}
          marks={<StateMark state={shown.run.state} />}
          actions={<RunActions run={run} />}
        >
          {at === undefined ? (
            <RunBanner state={state} onSelect={select} />
          ) : (
            <RunScrubber run={run} history={history} at={at} onAt={setAt} />
          )}
          {state.trouble !== undefined && !(state.trouble instanceof ApiProblem) && (
            <p className="muted small-text">{words.trouble.noAnswerText}</p>
          )}
          <HeldClock value={at}>
            <RunFacts run={shown.run} progress={shown.progress} />
            <RunViews
              state={shown}
              view={view}
              selected={task}
              history={history}
              at={at}
              endsAt={run.endedAt}
              span={span}
              onSpan={setSpan}
              onView={(next) => setQuery({ view: next })}
              onSelect={select}
              extra={<Replay run={run} at={at} onAt={setAt} />}
            />
          </HeldClock>
          <LogDock key={id} state={state} selected={task} span={at === undefined ? span : { from: 0, to: at }} />
          <RunMore run={run} />
        </Page>
        <Suspense>{task !== undefined && <TaskDrawer key={id} run={id} task={task} onSelect={select} />}</Suspense>
      </div>
      <Neighbours run={run} />
      <RunVoice key={id} run={run} progress={progress} />
    </ActionsProvider>
  );
}

/** On a phone the outline is the first: a graph wants room. */
function viewOf(asked: string | null): RunView {
  const known = RUN_VIEWS.find((view) => view === asked);
  return known ?? (window.matchMedia("(max-width: 719px)").matches ? "outline" : "graph");
}

/** `e` goes from one failure to the next. */
function useNextFailure(
  { taskRuns }: Known,
  selected: string | undefined,
  select: (task: string | undefined) => void,
): void {
  const words = useWords();
  const failures = taskRuns.filter(isBad);
  const next = failures[failures.findIndex(({ id }) => id === selected) + 1] ?? failures[0];
  useShortcut("e", words.run.nextError, () => select(next?.id), next === undefined);
}

/** `[` and `]`: the runs of this flow before and after this one, among the newest. */
function Neighbours({ run }: { readonly run: RunDetail }) {
  const words = useWords();
  const list = useSnapshot(resources.runs({ flow: run.flow, limit: 200 })).data?.runs ?? [];
  const at = list.findIndex(({ id }) => id === run.id);
  const [newer, older] = at === -1 ? [] : [list[at - 1], list[at + 1]];
  const go = (to: { readonly id: string } | undefined) => {
    if (to !== undefined) navigate(addresses.run(to.id));
  };
  useShortcut("[", words.run.previous, () => go(older), older === undefined);
  useShortcut("]", words.run.next, () => go(newer), newer === undefined);
  return null;
}

/** The tab's sign carries how the run is, so that one sees it among twenty tabs. */
function Favicon({ state }: { readonly state: RunDetail["state"] }) {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link === null) return undefined;
    const before = link.href;
    let stale = false;
    void import("../run/favicon.ts").then(({ faviconOf }) => {
      if (!stale) link.href = faviconOf(state);
    });
    return () => {
      stale = true;
      link.href = before;
    };
  }, [state]);
  return null;
}
