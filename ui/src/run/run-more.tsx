/** What a run gave, and what people did with it. */
import type { AuditLine, RunDetail } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { resources } from "../api/resources.ts";
import { DownloadLink } from "../logs/download-link.tsx";
import { personText, placeText } from "../parts/started-by.ts";
import { Time } from "../time.tsx";
import { visible } from "../visible.ts";
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
  return (
    <ul className="audit">
      {lines.map((line) => (
        <li key={`${line.at} ${line.action} ${line.task ?? ""}`}>
          <AuditText line={line} task />
          <span className="muted">
            <Time at={line.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}

interface AuditTextProps {
  readonly line: AuditLine;
  /** Names it too. */
  readonly task?: boolean;
}

/** What was done, who did it and from where, and why. */
export function AuditText({ line: { by, action, from, task, why }, task: withTask = false }: AuditTextProps) {
  const words = useWords();
  return (
    <span>
      {words.run.audit(words.run.audited[action] ?? action, personText(words, by), placeText(words, by, from))}
      {withTask && task !== undefined && ` · ${visible(task)}`}
      {why !== undefined && `: “${visible(why)}”`}
    </span>
  );
}
