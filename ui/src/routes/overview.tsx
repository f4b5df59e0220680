/** Three questions: is anything broken, what is happening, what comes next? */
import type { ReactNode } from "react";
import type { FlowList, RunSummary, ScheduleSummary } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import type { RouteProps } from "../app.tsx";
import { useListen, useProgress, useRun } from "../live/live.ts";
import { groupOf } from "../look.ts";
import { Empty } from "../parts/empty.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/loading.tsx";
import { Name } from "../parts/name.tsx";
import { Page } from "../parts/page.tsx";
import { ProgressBar } from "../parts/progress-bar.tsx";
import { RunState, Took } from "../parts/run-table.tsx";
import { StateGlyph, StateMark } from "../parts/state-mark.tsx";
import { Link } from "../router.tsx";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";
import { FirstFlow } from "./first-flow.tsx";

const RUNNING_MAX = 12;
const NEXT_MAX = 10;
const LATEST_MAX = 8;
/** Progress is asked for so many runs; more are listed without. */
const WATCHED_MAX = 5;

const ON = ["runs", "flows"] as const;

export function OverviewPage(_props: RouteProps) {
  const words = useWords();
  const flows = useSnapshot(resources.flows({ limit: 200 }), { refreshOn: ON });
  const paused = useSnapshot(resources.runs({ state: "Paused", limit: 20 }), { refreshOn: ON });
  const running = useSnapshot(resources.runs({ state: "Running,Cancelling,Queued,Pending", limit: 50 }), {
    refreshOn: ON,
  });
  const schedules = useSnapshot(resources.schedules(), { refreshOn: ON });
  const later = useSnapshot(resources.runs({ state: "Scheduled", limit: NEXT_MAX }), { refreshOn: ON });
  const latest = useSnapshot(resources.runs({ limit: LATEST_MAX }), { refreshOn: ["runs"] });
  const trouble = flows.trouble ?? running.trouble;
  return (
    <Page title={words.overview.title}>
      {trouble !== undefined && <ErrorBox trouble={trouble} onRetry={flows.reload} />}
      {flows.data === undefined || running.data === undefined ? (
        trouble === undefined && <Loading rows={6} />
      ) : flows.data.flows.length + flows.data.broken.length + (latest.data?.runs.length ?? 0) === 0 ? (
        <FirstFlow />
      ) : (
        <div className="overview">
          <NeedsYou
            flows={flows.data}
            paused={paused.data?.runs ?? []}
            interrupted={running.data.runs.filter(({ ownership }) => ownership === "none" || ownership === "gone")}
          />
          <div className="overview-column">
            <RunningNow
              runs={running.data.runs.filter(({ ownership }) => ownership === "here" || ownership === "alive")}
            />
            <LatestRuns runs={latest.data?.runs ?? []} />
          </div>
          <ComesNext schedules={schedules.data?.schedules ?? []} once={later.data?.runs ?? []} />
        </div>
      )}
    </Page>
  );
}

interface Need {
  readonly key: string;
  readonly mark: ReactNode;
  readonly text: string;
  readonly to: string;
  readonly at: number | undefined;
}

function useNeeds(flows: FlowList, paused: readonly RunSummary[], interrupted: readonly RunSummary[]): readonly Need[] {
  const words = useWords();
  const failed = flows.flows.flatMap(({ name, lastRuns }): Need[] => {
    const last = lastRuns.at(-1);
    if (last === undefined || groupOf(last.state) !== "failed") return [];
    return [
      {
        key: last.id,
        mark: <StateMark state={last.state} />,
        text: words.overview.lastFailed(name),
        to: addresses.run(last.id),
        at: last.startedAt,
      },
    ];
  });
  const of = (runs: readonly RunSummary[], say: (flow: string) => string): readonly Need[] =>
    runs.map(({ id, flow, state, startedAt, createdAt }) => ({
      key: id,
      mark: <StateMark state={state} />,
      text: say(flow),
      to: addresses.run(id),
      at: startedAt ?? createdAt,
    }));
  const broken = flows.broken.map(
    ({ file, since }): Need => ({
      key: file,
      mark: (
        <span className="need-mark">
          <Icon name="warning" />
          {words.overview.file}
        </span>
      ),
      text: words.overview.broken(file),
      to: addresses.flows(),
      at: since,
    }),
  );
  return [...broken, ...of(paused, words.overview.waits), ...of(interrupted, words.overview.interrupted), ...failed];
}

function NeedsYou({
  flows,
  paused,
  interrupted,
}: {
  readonly flows: FlowList;
  readonly paused: readonly RunSummary[];
  readonly interrupted: readonly RunSummary[];
}) {
  const words = useWords();
  const needs = useNeeds(flows, paused, interrupted);
  return (
    <section className="overview-part" aria-labelledby="needs">
      <h2 id="needs">
        {words.overview.needsYou} {needs.length > 0 && <span className="count">{words.number(needs.length)}</span>}
      </h2>
      {needs.length === 0 ? (
        <p className="all-well">
          <Icon name="check" />
          <span>
            <strong>{words.overview.allWell}</strong> <span className="muted">{words.overview.allWellText}</span>
          </span>
        </p>
      ) : (
        <ul className="card-list">
          {needs.map(({ key, mark, text, to, at }) => (
            <li key={key}>
              {mark}
              <Link to={to}>{text}</Link>
              {at !== undefined && (
                <span className="muted small-text end">
                  <Time at={at} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function RunningNow({ runs }: { readonly runs: readonly RunSummary[] }) {
  const words = useWords();
  return (
    <section className="overview-part" aria-labelledby="running">
      <h2 id="running">
        {words.overview.running} {runs.length > 0 && <span className="count">{words.number(runs.length)}</span>}
      </h2>
      {runs.length === 0 ? (
        <p className="muted">{words.overview.nothingRunning}</p>
      ) : (
        <ul className="card-list">
          {runs.slice(0, RUNNING_MAX).map((run, at) => (
            <li key={run.id}>
              <RunState run={run} />
              <span className="run-of">
                <Link to={addresses.run(run.id)}>{run.name}</Link>
                <span className="muted small-text">{run.flow}</span>
              </span>
              {at < WATCHED_MAX && <Watched run={run.id} />}
              <span className="muted small-text end">
                <Took run={run} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Watched({ run }: { readonly run: string }) {
  useListen(`run:${run}`);
  useSnapshot(resources.run(run));
  const progress = useProgress(run);
  return progress === undefined ? null : <ProgressBar progress={progress} />;
}

function LatestRuns({ runs }: { readonly runs: readonly RunSummary[] }) {
  const words = useWords();
  if (runs.length === 0) return null;
  return (
    <section className="overview-part" aria-labelledby="latest">
      <h2 id="latest">{words.overview.latest}</h2>
      <ul className="card-list">
        {runs.map((run) => (
          <LatestRun key={run.id} run={run} />
        ))}
      </ul>
      <Link to={addresses.runs()}>{words.overview.allRuns}</Link>
    </section>
  );
}

function LatestRun({ run }: { readonly run: RunSummary }) {
  const { id, name, flow, state, startedAt, scheduledAt, createdAt } = useRun(run);
  return (
    <li>
      <StateGlyph state={state} />
      <span className="run-of">
        <Link to={addresses.run(id)}>{name}</Link>
        <span className="muted small-text">{flow}</span>
      </span>
      <span className="muted small-text end">
        <Took run={run} /> · <Time at={startedAt ?? scheduledAt ?? createdAt} />
      </span>
    </li>
  );
}

interface ComesNextProps {
  readonly schedules: readonly ScheduleSummary[];
  /** Runs that wait for their time. */
  readonly once: readonly RunSummary[];
}

function ComesNext({ schedules, once }: ComesNextProps) {
  const words = useWords();
  const ticks = schedules.flatMap(({ flow, text, next: times }) =>
    times.slice(0, 1).map((at) => {
      return {
        key: `${flow} ${text}`,
        flow,
        about: words.rule(text),
        at,
        to: addresses.flow(flow),
      };
    }),
  );
  const runs = once.map(({ id, flow, name, scheduledAt = 0 }) => {
    return { key: id, flow, about: words.overview.once(name), at: scheduledAt, to: addresses.run(id) };
  });
  const next = [...ticks, ...runs].sort((a, b) => a.at - b.at).slice(0, NEXT_MAX);
  return (
    <section className="overview-part" aria-labelledby="next">
      <h2 id="next">{words.overview.next}</h2>
      {next.length === 0 ? (
        <Empty icon="schedules" title={words.overview.nothingNext} level={3}>
          <p>{words.overview.nothingNextText}</p>
        </Empty>
      ) : (
        <ul className="card-list">
          {next.map(({ key, flow, about, at, to }) => (
            <li key={key}>
              <Link to={to}>
                <Name text={flow} />
              </Link>
              <span className="muted small-text">{about}</span>
              <span className="small-text end">
                <Time at={at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
