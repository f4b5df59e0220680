/** Runs that were told to begin once, at a later time; the next one first. Nothing where there are none. */
import type { RunSummary } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { LinkButton } from "../parts/button.tsx";
import { RunTable } from "../parts/run-table.tsx";
import { useWords } from "../words/words.tsx";

const SHOWN = 100;

/** Of all flows, or of one. */
export function OnceRuns({ flow }: { readonly flow?: string }) {
  const words = useWords();
  const filters = { state: "Scheduled", ...(flow === undefined ? {} : { flow }) };
  const { data } = useSnapshot(resources.runs({ ...filters, limit: SHOWN }), { refreshOn: ["runs"] });
  if (data === undefined || data.runs.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="once">
      <h2 id="once">{words.schedules.once}</h2>
      <RunTable caption={words.schedules.once} runs={data.runs.toSorted(byTime)} withFlow={flow === undefined} begins />
      {data.next !== undefined && (
        <p>
          <LinkButton small to={addresses.runs(filters)}>
            {words.schedules.allOnce}
          </LinkButton>
        </p>
      )}
    </section>
  );
}

function byTime(a: RunSummary, b: RunSummary): number {
  return (a.scheduledAt ?? a.createdAt) - (b.scheduledAt ?? b.createdAt);
}
