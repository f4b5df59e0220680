/** The runs of one flow, the newest first. */
import { useState } from "react";
import type { FlowDetail, RunSummary } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { Button } from "../parts/button.tsx";
import { Empty } from "../parts/empty.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Loading } from "../parts/loading.tsx";
import { RunTable } from "../parts/run-table.tsx";
import { addresses } from "../addresses.ts";
import { Link } from "../router.tsx";
import { useWords } from "../words/words.tsx";

const PAGE = 50;

export function FlowRuns({ flow: { name } }: { readonly flow: FlowDetail }) {
  const words = useWords();
  const query = { flow: name, limit: PAGE };
  const first = useSnapshot(resources.runs(query), { refreshOn: ["runs"] });
  const [older, setOlder] = useState<{ readonly runs: readonly RunSummary[]; readonly next: string | undefined }>();
  if (first.trouble !== undefined) return <ErrorBox trouble={first.trouble} onRetry={first.reload} />;
  if (first.data === undefined) return <Loading rows={6} />;
  const newest = new Set(first.data.runs.map(({ id }) => id));
  const runs = [...first.data.runs, ...(older?.runs ?? []).filter(({ id }) => !newest.has(id))];
  const next = older === undefined ? first.data.next : older.next;
  const more = async (after: string) => {
    const page = await client.get(resources.runs({ ...query, after }));
    setOlder((was) => ({ runs: [...(was?.runs ?? first.data?.runs ?? []), ...page.runs], next: page.next }));
  };
  if (runs.length === 0)
    return (
      <Empty icon="runs" title={words.flow.neverRun}>
        <p>{words.flow.neverRunText}</p>
      </Empty>
    );
  return (
    <section className="stack" aria-label={words.flow.tabs.runs}>
      <RunTable caption={words.flow.tabs.runs} runs={runs} />
      <div className="row">
        {next !== undefined && <Button onPress={() => void more(next)}>{words.common.more}</Button>}
        <Link className="alone-link" to={addresses.runs({ flow: name })}>
          {words.flow.allRuns}
        </Link>
      </div>
    </section>
  );
}
