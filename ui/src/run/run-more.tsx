/** What a run gave, and what people did with it. */
import type { AuditLine, RunDetail } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { resources } from "../api/resources.ts";
import { DownloadLink } from "../logs/download-link.tsx";
import { personText, placeText } from "../parts/started-by.ts";
import { Time } from "../time.tsx";
import { useWords } from "../words/words.tsx";
import { type LoadSlice, ValueTree } from "./value-tree.tsx";

export function RunMore({ run }: { readonly run: RunDetail }) {
  const { result, audit } = run;
  const hasResult = result !== undefined && result.type !== "undefined";
  if (!hasResult && audit.length === 0) return null;
  return (
    <div className="run-more">
      {hasResult && <FlowResult run={run.id} result={result} />}
      {audit.length > 0 && <Audit lines={audit} />}
    </div>
  );
}

interface FlowResultProps {
  readonly run: string;
  readonly result: NonNullable<RunDetail["result"]>;
}

function FlowResult({ run, result: { type, bytes, value, kept } }: FlowResultProps) {
  const words = useWords();
  const load: LoadSlice = (at, offset) => client.get(resources.runResult(run, { at, offset, limit: 100 }));
  return (
    <section className="drawer-part">
      <h2>{words.run.result}</h2>
      <p className="input-head">
        <span className="muted">
          {words.drawer.typeOf(type)}
          {bytes !== undefined && ` · ${words.drawer.bytes(bytes)}`}
        </span>
        {kept === "kept" && (
          <DownloadLink
            path={resources.runResultDownload(run).path}
            name={`${run}.json`}
            text={words.drawer.download}
          />
        )}
      </p>
      <ValueTree value={value} load={kept === "kept" ? load : undefined} />
    </section>
  );
}

function Audit({ lines }: { readonly lines: readonly AuditLine[] }) {
  const words = useWords();
  return (
    <section className="drawer-part">
      <h2>{words.run.history}</h2>
      <AuditLines lines={lines} />
    </section>
  );
}

export function AuditLines({ lines }: { readonly lines: readonly AuditLine[] }) {
  const words = useWords();
  return (
    <ul className="audit">
      {lines.map(({ at, by, action, from, task, why }) => (
        <li key={`${at} ${action} ${task ?? ""}`}>
          <span>
            {words.run.audit(words.run.audited[action] ?? action, personText(words, by), placeText(words, by, from))}
            {task !== undefined && ` · ${task}`}
            {why !== undefined && `: “${why}”`}
          </span>
          <span className="muted">
            <Time at={at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
