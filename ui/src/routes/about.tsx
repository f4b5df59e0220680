/** What the server behind this page is, for people and for bug reports. */
import type { About as AboutServer } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { duration, iso } from "../format-time.ts";
import { useFreshness } from "../live/live.ts";
import { CopyButton } from "../parts/code-block.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { FactList } from "../parts/fact-list.tsx";
import { Loading } from "../parts/loading.tsx";
import { Time } from "../time.tsx";
import { useSpoken } from "../words/words.tsx";

export function About() {
  const { words, language } = useSpoken();
  const freshness = useFreshness();
  const { data, trouble, reload } = useSnapshot(resources.about(), { refreshOn: ["flows"] });
  if (data === undefined)
    return trouble === undefined ? <Loading rows={6} /> : <ErrorBox trouble={trouble} onRetry={reload} />;
  const skew = client.clock.skewMs;
  return (
    <section className="stack">
      {trouble !== undefined && <ErrorBox trouble={trouble} onRetry={reload} />}
      <FactList
        facts={[
          ["Caudal", data.version],
          [words.settings.node, data.node],
          [words.settings.store, <StoreText key="store" about={data} />],
          [words.frame.zone, data.zone],
          [words.settings.since, <Time key="since" at={data.startedAt} as="both" />],
          [words.settings.process, String(data.pid)],
          [words.settings.skew, words.settings.skewText(duration(Math.abs(skew), language), skew >= 0)],
          [words.settings.streams, words.number(data.openStreams)],
          [
            words.settings.files,
            <ul key="files">
              {data.files.map((file) => (
                <li key={file}>
                  <code>{file}</code>
                </li>
              ))}
            </ul>,
          ],
        ]}
      />
      <div className="row">
        <CopyButton label={words.settings.diagnostic} text={() => diagnostic(data, skew, freshness.type)} />
        <a className="alone-link" href="THIRD-PARTY.txt">
          {words.settings.licences}
        </a>
      </div>
    </section>
  );
}

function StoreText({ about }: { readonly about: AboutServer }) {
  const { words } = useSpoken();
  if (!about.durable) return <>{words.frame.notDurable}</>;
  return (
    <>
      <code>{about.store}</code>
      {about.schemaVersion !== undefined && (
        <span className="muted">
          {" "}
          ({words.settings.schema} {about.schemaVersion})
        </span>
      )}
    </>
  );
}

/** In English: it is read by others. */
function diagnostic(about: AboutServer, skewMs: number, stream: string): string {
  return [
    `caudal ${about.version}, Node ${about.node}, pid ${about.pid}`,
    `store ${about.store} (durable: ${about.durable}, schema: ${about.schemaVersion ?? "none"}), cursor ${about.cursor}`,
    `server time ${iso(client.clock.now())}, zone ${about.zone}, skew ${skewMs} ms, stream ${stream}`,
    `browser ${navigator.userAgent}, zone ${Intl.DateTimeFormat().resolvedOptions().timeZone}`,
  ].join("\n");
}
