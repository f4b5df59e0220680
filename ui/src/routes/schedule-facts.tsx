/** One schedule: its rule, what comes next, and what came of the last ticks. */
import type { ScheduleDetail } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { ErrorBox } from "../parts/error-box.tsx";
import { FactList } from "../parts/fact-list.tsx";
import { personText } from "../parts/started-by.ts";
import { Loading } from "../parts/loading.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Link } from "../router.tsx";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";

export function ScheduleFacts({ id }: { readonly id: string }) {
  const { data, trouble, reload } = useSnapshot(resources.schedule(id), { refreshOn: ["flows", "runs"] });
  if (trouble !== undefined) return <ErrorBox trouble={trouble} onRetry={reload} />;
  return data === undefined ? <Loading rows={6} /> : <ScheduleParts schedule={data} />;
}

export function ScheduleParts({ schedule }: { readonly schedule: ScheduleDetail }) {
  const words = useWords();
  const { text, on, changedBy, changedAt, file, overlap, catchUp } = schedule;
  return (
    <div className="schedule-parts">
      <section className="stack">
        <FactList
          facts={[
            [words.schedules.columns.rule, words.rule(text)],
            [
              words.schedules.columns.on,
              <>
                {on ? words.schedules.isOn : words.schedules.offText}
                {changedBy !== undefined && changedAt !== undefined && (
                  <span className="muted">
                    {" "}
                    ({words.schedules.changedBy(personText(words, changedBy))}, <Time at={changedAt} />)
                  </span>
                )}
              </>,
            ],
            [words.schedules.overlap, words.schedules.overlaps[overlap]],
            [words.schedules.catchUp, words.schedules.catchUps[catchUp]],
            [words.schedules.source, file === undefined ? undefined : words.schedules.readOnly(file)],
          ]}
        />
      </section>
      <Upcoming schedule={schedule} />
      <Ticks schedule={schedule} />
    </div>
  );
}

function Upcoming({ schedule: { upcoming } }: { readonly schedule: ScheduleDetail }) {
  const words = useWords();
  const columns: readonly Column<ScheduleDetail["upcoming"][number]>[] = [
    { key: "at", head: words.schedules.instant, isName: true, cell: ({ at }) => <Time at={at} as="both" /> },
    {
      key: "parameters",
      head: words.schedules.parameters,
      cell: ({ parameters }) => <code className="cut">{JSON.stringify(parameters)}</code>,
    },
  ];
  return (
    <section className="stack">
      <h2>{words.schedules.upcoming}</h2>
      {upcoming.length === 0 ? (
        <p className="muted">{words.schedules.noNext}</p>
      ) : (
        <div className="table-frame">
          <Table
            caption={words.schedules.upcoming}
            columns={columns}
            rows={upcoming}
            rowKey={({ at, clock }) => `${at} ${clock}`}
          />
        </div>
      )}
    </section>
  );
}

function Ticks({ schedule: { ticks } }: { readonly schedule: ScheduleDetail }) {
  const words = useWords();
  const columns: readonly Column<ScheduleDetail["ticks"][number]>[] = [
    { key: "at", head: words.schedules.instant, isName: true, cell: ({ at }) => <Time at={at} as="both" /> },
    {
      key: "outcome",
      head: words.schedules.outcome,
      plain: true,
      cell: ({ outcome, run }) =>
        run === undefined ? words.schedules.outcomes[outcome] : <Link to={addresses.run(run)}>{run}</Link>,
    },
  ];
  return (
    <section className="stack">
      <h2>{words.schedules.ticks}</h2>
      {ticks.length === 0 ? (
        <p className="muted">{words.schedules.noTicks}</p>
      ) : (
        <div className="table-frame">
          <Table
            caption={words.schedules.ticks}
            columns={columns}
            rows={ticks}
            rowKey={({ at, clock }) => `${at} ${clock}`}
          />
        </div>
      )}
    </section>
  );
}
