/** One flow: its graph before any run, its runs, its schedule, its versions, and starting it. */
import { type ReactNode, Suspense } from "react";
import type { FlowDetail } from "../../../src/server/contract.ts";
import { addresses, type FlowTab } from "../addresses.ts";
import { ApiProblem } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import type { RouteProps } from "../app.tsx";
import { useShortcut } from "../keys.ts";
import { Button, LinkButton } from "../parts/button.tsx";
import { Clamped } from "../parts/clamped.tsx";
import { nearest } from "../nearest.ts";
import { ErrorBox } from "../parts/error-box.tsx";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/loading.tsx";
import { MenuButton } from "../parts/menu-button.tsx";
import { Markdown } from "../parts/markdown.tsx";
import { Page } from "../parts/page.tsx";
import { RunStrip } from "../parts/run-strip.tsx";
import { Switch } from "../parts/switch.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Link, navigate } from "../router.tsx";
import { visible } from "../visible.ts";
import { useWords } from "../words/words.tsx";
import { FlowGraphTab } from "./flow-graph.tsx";
import { FlowRuns } from "./flow-runs.tsx";
import { FlowSchedules } from "./flow-schedules.tsx";
import { FlowVersionsTab } from "./flow-versions.tsx";
import { NotFoundPage } from "./not-found.tsx";
import { useRunNow } from "./start-run.ts";
import { useScheduleSwitch } from "./switch-schedule.ts";
import { later } from "../later.tsx";

/** A form of any schema is a program of its own. */
const { Part: FlowForm } = later(async () => (await import("./flow-form.tsx")).FlowForm);

const TABS = ["graph", "runs", "schedules", "versions", "run"] as const;

export function FlowPage({ parameters: { flow: name = "", tab } }: RouteProps) {
  const words = useWords();
  const { data, trouble, reload } = useSnapshot(resources.flow(name), { refreshOn: ["runs", "flows"] });
  const isTab = tab === undefined || TABS.slice(1).some((one) => one === tab);
  if (!isTab) return <NotFoundPage />;
  if (trouble instanceof ApiProblem && trouble.problem.status === 404) return <NoSuchFlow name={name} />;
  const crumbs = [{ text: words.flows.title, to: addresses.flows() }];
  return (
    <Page
      title={name}
      crumbs={crumbs}
      marks={data === undefined ? undefined : <FlowMarks flow={data} />}
      actions={data === undefined ? undefined : <FlowActions flow={data} />}
      about={data?.description === undefined ? undefined : <Description text={data.description} />}
    >
      {trouble !== undefined && <ErrorBox trouble={trouble} onRetry={reload} />}
      <Tabs
        label={words.flow.tabsLabel}
        tabs={TABS.map((key) => ({
          to: addresses.flow(name, key === "graph" ? undefined : key),
          text: words.flow.tabs[key],
          current: key === (tab ?? "graph"),
        }))}
      />
      {data === undefined ? trouble === undefined && <Loading rows={6} /> : partOf(data, tab as FlowTab | undefined)}
    </Page>
  );
}

function Description({ text }: { readonly text: string }) {
  return (
    <Clamped>
      <Markdown text={visible(text)} />
    </Clamped>
  );
}

function NoSuchFlow({ name }: { readonly name: string }) {
  const words = useWords();
  const flows = useSnapshot(resources.flows({ limit: 200 }), { refreshOn: ["flows"] }).data?.flows ?? [];
  const near = nearest(
    name,
    flows.map((flow) => flow.name),
  );
  return (
    <NotFoundPage
      text={words.notFound.flow(name)}
      suggestions={near.map((text) => ({ text, to: addresses.flow(text) }))}
    >
      <p>{words.notFound.flowText}</p>
    </NotFoundPage>
  );
}

function partOf(flow: FlowDetail, tab: FlowTab | undefined): ReactNode {
  switch (tab) {
    case undefined:
      return <FlowGraphTab flow={flow} />;
    case "runs":
      return <FlowRuns flow={flow} />;
    case "schedules":
      return <FlowSchedules flow={flow} />;
    case "versions":
      return <FlowVersionsTab flow={flow} />;
    case "run":
      return (
        <Suspense fallback={<Loading rows={6} />}>
          <FlowForm flow={flow} />
        </Suspense>
      );
  }
}

function FlowMarks({ flow }: { readonly flow: FlowDetail }) {
  const words = useWords();
  return (
    <>
      {flow.lastRuns.length > 0 && <RunStrip runs={flow.lastRuns} />}
      {flow.tags.map((tag) => (
        <Link key={tag} to={addresses.flows({ tag })} className="tag">
          {tag}
        </Link>
      ))}
      {!flow.loaded && <span className="tag warn">{words.flows.notLoadedShort}</span>}
    </>
  );
}

function FlowActions({ flow }: { readonly flow: FlowDetail }) {
  const words = useWords();
  const { run, starting } = useRunNow();
  const switching = useScheduleSwitch();
  const cannot = flow.loaded ? undefined : words.flow.cannotRun;
  const { schedule } = flow;
  const isOn = schedule === undefined ? false : (switching.pending.get(schedule.id) ?? schedule.on);
  const toggle = (on: boolean) => {
    if (schedule !== undefined) switching.switchTo(schedule, on);
  };
  useShortcut("r", words.keys.run, () => run(flow.name), cannot !== undefined);
  useShortcut("R", words.keys.runWith, () => navigate(addresses.flow(flow.name, "run")));
  useShortcut("s", words.keys.toggleSchedule, () => toggle(!isOn), schedule === undefined);
  return (
    <>
      {schedule !== undefined && (
        <span className="schedule-switch">
          <Switch
            on={isOn}
            busy={switching.pending.has(schedule.id)}
            label={isOn ? words.flows.switchOff(flow.name) : words.flows.switchOn(flow.name)}
            onChange={toggle}
          />
          <span className="small-text muted">{words.rule(schedule.text)}</span>
        </span>
      )}
      <LinkButton to={addresses.flow(flow.name, "run")} aria-keyshortcuts="Shift+R">
        {words.flow.runWith}
      </LinkButton>
      <span className="split-button">
        <Button
          kind="primary"
          keys="r"
          busy={starting === flow.name}
          disabledBecause={cannot}
          onPress={() => run(flow.name)}
        >
          <Icon name="play" />
          {starting === flow.name ? words.flow.running : words.flow.runNow}
        </Button>
        <MenuButton primary label={words.flow.runMore} face={<Icon name="down" />}>
          <li>
            <Link to={addresses.flow(flow.name, "run")}>{words.flow.runWith}</Link>
          </li>
          <li>
            <Link to={addresses.flow(flow.name, "run", { begins: "later" })}>{words.flow.scheduleOnce}</Link>
          </li>
        </MenuButton>
      </span>
    </>
  );
}
