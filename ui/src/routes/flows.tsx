/** All flows: what happened last, what comes next, and a button to start each. */
import { type ReactNode, useMemo } from "react";
import type { FlowList, FlowSummary } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import type { RouteProps } from "../app.tsx";
import { Button } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/loading.tsx";
import { Name } from "../parts/name.tsx";
import { Page } from "../parts/page.tsx";
import { RunStrip } from "../parts/run-strip.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { Switch } from "../parts/switch.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Link, navigate, useQuery, useSetQuery } from "../router.tsx";
import { Time } from "../time.tsx";
import type { Words } from "../words/en.ts";
import { visible } from "../visible.ts";
import { useWords } from "../words/words.tsx";
import { BrokenFiles } from "./broken-files.tsx";
import { FirstFlow } from "./first-flow.tsx";
import { LoadingFiles } from "./loading-files.tsx";
import { FLOW_ORDERS, orderOf, sortedFlows } from "./flow-order.ts";
import { useRunNow } from "./start-run.ts";
import { type ScheduleSwitch, useScheduleSwitch } from "./switch-schedule.ts";
import { useLastShown } from "../api/use-last-shown.ts";

const FLOWS_MAX = 200;
const REFRESH_ON = ["runs", "flows"] as const;

export function FlowsPage(_props: RouteProps) {
  const words = useWords();
  const query = useQuery();
  const q = query.get("q") ?? "";
  const tag = query.get("tag") ?? "";
  const all = useSnapshot(resources.flows({ limit: FLOWS_MAX }), { refreshOn: REFRESH_ON });
  const found = useSnapshot(q === "" && tag === "" ? undefined : resources.flows({ q, tag, limit: FLOWS_MAX }), {
    refreshOn: REFRESH_ON,
  });
  const wanted = q === "" && tag === "" ? all : found;
  const shown = useLastShown(wanted.data);
  const { trouble } = wanted;

  return (
    <Page title={words.flows.title}>
      {trouble !== undefined && <ErrorBox trouble={trouble} onRetry={wanted.reload} />}
      {shown === undefined ? trouble === undefined && <Loading rows={8} /> : <Found all={all.data} shown={shown} />}
    </Page>
  );
}

function Found({ all, shown }: { readonly all: FlowList | undefined; readonly shown: FlowList }) {
  const { broken, loading } = all ?? shown;
  const files = (
    <>
      <BrokenFiles broken={broken} />
      <LoadingFiles files={loading} />
    </>
  );
  if (all !== undefined && all.flows.length === 0)
    return (
      <>
        {files}
        {loading.length === 0 && <FirstFlow />}
      </>
    );
  return (
    <>
      {files}
      <Filters flows={all?.flows ?? shown.flows} shown={shown.flows.length} />
      {shown.flows.length === 0 ? <NoMatch /> : <FlowTable flows={shown.flows} />}
    </>
  );
}

function Filters({ flows, shown }: { readonly flows: readonly FlowSummary[]; readonly shown: number }) {
  const words = useWords();
  const query = useQuery();
  const setQuery = useSetQuery();
  const tags = [...new Set(flows.flatMap((flow) => flow.tags))].sort();
  return (
    <search className="filters">
      <SearchField
        label={words.flows.search}
        keyLabel={words.keys.filter}
        value={query.get("q") ?? ""}
        onChange={(q) => setQuery({ q }, { replace: true })}
      />
      {tags.length > 0 && (
        <select
          aria-label={words.flows.tag}
          value={query.get("tag") ?? ""}
          onChange={(event) => setQuery({ tag: event.target.value })}
        >
          <option value="">{words.flows.allTags}</option>
          {tags.map((tag) => (
            <option key={tag}>{tag}</option>
          ))}
        </select>
      )}
      <select
        aria-label={words.flows.sort}
        value={orderOf(query.get("sort"))}
        onChange={({ target }) => setQuery({ sort: target.value === "name" ? undefined : target.value })}
      >
        {FLOW_ORDERS.map((order) => (
          <option key={order} value={order}>
            {words.flows.sorts[order]}
          </option>
        ))}
      </select>
      <span className="muted small-text" role="status">
        {words.flows.shown(shown, flows.length)}
      </span>
    </search>
  );
}

function FlowTable({ flows }: { readonly flows: readonly FlowSummary[] }) {
  const words = useWords();
  const order = orderOf(useQuery().get("sort"));
  const runNow = useRunNow();
  const switching = useScheduleSwitch();
  const sorted = useMemo(() => sortedFlows(flows, order), [flows, order]);
  return (
    <div className="table-frame">
      <Table
        className="flow-table"
        caption={words.flows.title}
        columns={columnsOf(words, runNow, switching)}
        rows={sorted}
        rowKey={({ name }) => name}
      />
    </div>
  );
}

function columnsOf(
  words: Words,
  { run, starting }: ReturnType<typeof useRunNow>,
  switching: ScheduleSwitch,
): readonly Column<FlowSummary>[] {
  const heads = words.flows.columns;
  return [
    { key: "name", head: heads.name, isName: true, cell: (flow) => <FlowName flow={flow} /> },
    {
      key: "strip",
      head: heads.lastRuns,
      plain: true,
      cell: ({ lastRuns }) => <RunStrip runs={lastRuns} />,
    },
    { key: "last", head: heads.lastRun, plain: true, cell: (flow) => <LastRun flow={flow} /> },
    { key: "next", head: heads.nextRun, plain: true, cell: (flow) => <NextRun flow={flow} /> },
    {
      key: "schedule",
      head: heads.schedule,
      plain: true,
      cell: ({ schedule }) =>
        schedule === undefined ? null : <ScheduleToggle schedule={schedule} switching={switching} />,
    },
    {
      key: "run",
      head: heads.run,
      plain: true,
      align: "end",
      cell: ({ name, loaded, needsParameters }) => (
        <Button
          small
          aria-label={words.flows.runFlow(name)}
          busy={starting === name}
          disabledBecause={loaded ? undefined : words.flow.cannotRun}
          title={needsParameters ? words.flows.needsParameters : undefined}
          onPress={() => (needsParameters ? navigate(addresses.flow(name, "run")) : run(name))}
        >
          <Icon name="play" />
          {needsParameters ? words.flows.runWith : words.flows.run}
        </Button>
      ),
    },
  ];
}

function FlowName({ flow: { name, description, tags, loaded, warnings } }: { readonly flow: FlowSummary }) {
  const words = useWords();
  return (
    <div className="flow-name">
      <Link to={addresses.flow(name)}>
        <Name text={name} />
      </Link>
      {tags.map((tag) => (
        <Link key={tag} to={addresses.flows({ tag })} className="tag">
          {tag}
        </Link>
      ))}
      {!loaded && (
        <span className="tag" title={words.flows.notLoaded}>
          {words.flows.notLoadedShort}
        </span>
      )}
      {warnings.length > 0 && (
        <span className="tag warn" title={warnings.join("\n")}>
          {words.flows.warnings(warnings.length)}
        </span>
      )}
      {description !== undefined && <span className="flow-about">{visible(description)}</span>}
    </div>
  );
}

function LastRun({ flow: { lastRuns } }: { readonly flow: FlowSummary }): ReactNode {
  const last = lastRuns.at(-1);
  if (last === undefined) return <span className="muted">–</span>;
  return (
    <span className="last-run">
      <Link to={addresses.run(last.id)} className="plain-link">
        <StateMark state={last.state} />
      </Link>
      {last.startedAt !== undefined && (
        <span className="muted small-text">
          <Time at={last.startedAt} />
        </span>
      )}
    </span>
  );
}

function NextRun({ flow: { schedule } }: { readonly flow: FlowSummary }) {
  const words = useWords();
  if (schedule === undefined) return <span className="muted">{words.flows.byHand}</span>;
  const [next] = schedule.next;
  return (
    <span className="next-run">
      {next === undefined ? (
        <span className="muted">{schedule.on ? words.schedules.noNext : words.schedules.isOff}</span>
      ) : (
        <Time at={next} />
      )}
      <span className="muted small-text">{words.rule(schedule.text)}</span>
    </span>
  );
}

function ScheduleToggle({
  schedule: { id, flow, on },
  switching,
}: {
  readonly schedule: NonNullable<FlowSummary["schedule"]>;
  readonly switching: ScheduleSwitch;
}) {
  const words = useWords();
  const shown = switching.pending.get(id) ?? on;
  return (
    <Switch
      on={shown}
      busy={switching.pending.has(id)}
      label={shown ? words.flows.switchOff(flow) : words.flows.switchOn(flow)}
      onChange={(to) => switching.switchTo({ id, flow }, to)}
    />
  );
}

function NoMatch() {
  const words = useWords();
  const query = useQuery();
  const setQuery = useSetQuery();
  const filters = [
    { name: "q", text: words.flows.filterText(query.get("q") ?? "") },
    { name: "tag", text: words.flows.filterTag(query.get("tag") ?? "") },
  ].filter(({ name }) => (query.get(name) ?? "") !== "");
  return (
    <Empty icon="filter" title={words.flows.noMatch}>
      <p>{words.flows.noMatchText(words.common.list(filters.map(({ text }) => text)))}</p>
      <div className="row">
        {filters.map(({ name, text }) => (
          <Button key={name} onPress={() => setQuery({ [name]: undefined })}>
            {words.flows.dropFilter(text)}
          </Button>
        ))}
      </div>
    </Empty>
  );
}
