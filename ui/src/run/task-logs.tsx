/** The last lines of one task run, and the way to all of them. */
import { useEffect, useMemo } from "react";
import { addresses } from "../addresses.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { type LineShow, LogRow } from "../logs/log-line.tsx";
import { LinkButton } from "../parts/button.tsx";
import { Loading } from "../parts/loading.tsx";
import { useZone } from "../time.tsx";
import { useWords } from "../words/words.tsx";

const SHOWN = 40;

export interface TaskLogsProps {
  readonly run: string;
  readonly task: string;
  /** Grows while it prints: the last lines are fetched again then. */
  readonly lines: number;
}

export function TaskLogs({ run, task, lines }: TaskLogsProps) {
  const words = useWords();
  const zone = useZone();
  const page = useSnapshot(resources.logs(run, { task, limit: SHOWN }));
  const { reload } = page;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number of lines is what says that there are more
  useEffect(() => reload(), [reload, lines]);
  const show = useMemo(
    (): LineShow => ({
      zone,
      mode: "clock",
      startedAt: undefined,
      withTask: false,
      addressOf: (line) => addresses.runLogs(run, { task, line: line + 1 }),
      marked: undefined,
    }),
    [zone, run, task],
  );
  // Neither an empty box nor "nothing" before it is known.
  if (page.data === undefined) return <Loading rows={2} />;
  const shown = page.data.lines;
  if (shown.length === 0) return <p className="muted">{words.drawer.noLogs}</p>;
  return (
    <>
      <div className="log-small">
        {shown.map((line, at) => (
          <LogRow
            key={line.line}
            line={line}
            show={show}
            begins={line.attempt > 1 && shown[at - 1]?.attempt !== line.attempt && at > 0}
          />
        ))}
      </div>
      <LinkButton small to={addresses.runLogs(run, { task })}>
        {words.drawer.allLogs}
      </LinkButton>
    </>
  );
}
