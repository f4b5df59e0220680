/** Every schedule: its rule, when it fires next, and the switch. */
import type { ScheduleSummary } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import type { RouteProps } from "../app.tsx";
import { Empty } from "../parts/empty.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Loading } from "../parts/loading.tsx";
import { Name } from "../parts/name.tsx";
import { Page } from "../parts/page.tsx";
import { personText } from "../parts/started-by.ts";
import { Switch } from "../parts/switch.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Link } from "../router.tsx";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";
import { OnceRuns } from "./once-runs.tsx";
import { ScheduleExamples } from "./schedule-examples.tsx";
import { useScheduleSwitch } from "./switch-schedule.ts";

export function SchedulesPage(_props: RouteProps) {
  const words = useWords();
  const { data, trouble, reload } = useSnapshot(resources.schedules(), { refreshOn: ["runs", "flows"] });
  return (
    <Page title={words.schedules.title}>
      {trouble !== undefined && <ErrorBox trouble={trouble} onRetry={reload} />}
      {data === undefined ? trouble === undefined && <Loading /> : <Schedules schedules={data.schedules} />}
    </Page>
  );
}

function Schedules({ schedules }: { readonly schedules: readonly ScheduleSummary[] }) {
  const words = useWords();
  return (
    <div className="schedule-lists">
      {schedules.length === 0 ? (
        <Empty icon="schedules" title={words.schedules.empty}>
          <p>{words.schedules.emptyText}</p>
          <ScheduleExamples />
        </Empty>
      ) : (
        <ScheduleTable schedules={schedules} />
      )}
      <OnceRuns />
    </div>
  );
}

function ScheduleTable({ schedules }: { readonly schedules: readonly ScheduleSummary[] }) {
  const words = useWords();
  const { switchTo, pending } = useScheduleSwitch();
  const heads = words.schedules.columns;
  const columns: readonly Column<ScheduleSummary>[] = [
    {
      key: "flow",
      head: heads.flow,
      isName: true,
      cell: ({ flow }) => (
        <Link to={addresses.flow(flow)}>
          <Name text={flow} />
        </Link>
      ),
    },
    {
      key: "rule",
      head: heads.rule,
      plain: true,
      cell: ({ id, text }) => <Link to={addresses.schedule(id)}>{words.rule(text)}</Link>,
    },
    { key: "next", head: heads.next, cell: (schedule) => <NextRuns schedule={schedule} /> },
    {
      key: "last",
      head: heads.last,
      cell: ({ lastTick }) =>
        lastTick === undefined ? (
          <span className="muted">{words.schedules.never}</span>
        ) : (
          <Link to={addresses.run(lastTick.run)}>
            <Time at={lastTick.at} />
          </Link>
        ),
    },
    {
      key: "on",
      head: heads.on,
      plain: true,
      align: "end",
      cell: ({ id, flow, on }) => {
        const shown = pending.get(id) ?? on;
        return (
          <Switch
            on={shown}
            busy={pending.has(id)}
            label={shown ? words.flows.switchOff(flow) : words.flows.switchOn(flow)}
            onChange={(to) => switchTo({ id, flow }, to)}
          />
        );
      },
    },
  ];
  return (
    <div className="table-frame">
      <Table caption={words.schedules.title} columns={columns} rows={schedules} rowKey={({ id }) => id} />
    </div>
  );
}

/** The first in words, the others as instants. */
function NextRuns({ schedule: { on, next, changedBy } }: { readonly schedule: ScheduleSummary }) {
  const words = useWords();
  const [first, ...rest] = next;
  if (!on)
    return (
      <span className="muted">
        {words.schedules.isOff}
        {changedBy !== undefined && ` · ${words.schedules.changedBy(personText(words, changedBy))}`}
      </span>
    );
  if (first === undefined) return <span className="muted">{words.schedules.noNext}</span>;
  return (
    <span className="next-run">
      <Time at={first} as="both" />
      {rest.length > 0 && (
        <span className="muted small-text later-runs">
          {rest.map((at) => (
            <Time key={at} at={at} as="absolute" />
          ))}
        </span>
      )}
    </span>
  );
}
