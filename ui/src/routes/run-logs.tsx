/** The log of a run as a page of its own: filters and line are in the address. */
import type { RunDetail } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { isOver } from "../look.ts";
import { LogPanel, type LogPlace } from "../logs/log-panel.tsx";
import { LinkButton } from "../parts/button.tsx";
import { Page } from "../parts/page.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import { useQuery, useSetQuery } from "../router.tsx";
import { nodeOf, type RunState } from "../run/use-run.ts";
import { useWords } from "../words/words.tsx";

export function RunLogsPage({ state: { run, graph } }: { readonly state: RunState & { readonly run: RunDetail } }) {
  const words = useWords();
  const query = useQuery();
  const setQuery = useSetQuery();
  const given = (name: string) => query.get(name) ?? undefined;
  const place: LogPlace = {
    level: given("level"),
    task: given("task"),
    attempt: given("attempt"),
    q: given("q"),
    line: given("line"),
  };
  const tasks = (graph?.nodes ?? []).map(({ slug, name }) => ({ id: slug, name }));
  const back = place.task === undefined ? {} : { task: nodeOf(place.task) === place.task ? place.task : place.task };
  return (
    <div className="logs-page">
      <Page
        title={words.logs.titleOf(run.name)}
        tabTitle={`${words.states[run.state]} · ${words.logs.titleOf(run.name)}`}
        crumbs={[
          { text: words.run.crumb, to: addresses.runs() },
          { text: run.name, to: addresses.run(run.id) },
        ]}
        marks={<StateMark state={run.state} />}
        actions={<LinkButton to={addresses.run(run.id, back)}>{words.run.backToRun}</LinkButton>}
      >
        <LogPanel
          run={run.id}
          startedAt={run.startedAt}
          isOver={isOver(run.state)}
          lines={run.logLines}
          place={place}
          onPlace={(changes) => setQuery(changes, { replace: true })}
          tasks={tasks}
        />
      </Page>
    </div>
  );
}
