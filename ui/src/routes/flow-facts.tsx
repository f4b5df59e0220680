/** What is true of a flow as a whole. */
import type { ReactNode } from "react";
import type { FlowDetail } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { span } from "../format-time.ts";
import { FactList } from "../parts/fact-list.tsx";
import { Icon } from "../parts/icon.tsx";
import { Link } from "../router.tsx";
import { visible } from "../visible.ts";
import { useSpoken } from "../words/words.tsx";

export function FlowFacts({ flow }: { readonly flow: FlowDetail }) {
  const { words, language } = useSpoken();
  const missing = flow.secrets.filter(({ there }) => !there);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [words.flow.file, flow.file === undefined ? undefined : <code key="file">{flow.file}</code>],
    [words.flow.version, <code key="version">{flow.version ?? flow.fingerprint.slice(0, 12)}</code>],
    [words.flow.tasks, words.number(flow.tasks)],
    [words.flow.parameters, <ParameterList key="parameters" flow={flow} />],
    [words.flow.schedule, flow.schedule === undefined ? words.schedules.byHand : words.rule(flow.schedule.text)],
    [words.flow.timeout, flow.timeoutMs === undefined ? undefined : span(flow.timeoutMs, language)],
    [words.flow.concurrency, flow.maxConcurrency === undefined ? undefined : words.number(flow.maxConcurrency)],
    [
      words.flow.secrets,
      flow.secrets.length === 0 ? undefined : (
        <ul key="secrets">
          {flow.secrets.map(({ name, there }) => (
            <li key={name}>
              <code>{name}</code> {there && <span className="muted">{words.flow.secretThere}</span>}
            </li>
          ))}
        </ul>
      ),
    ],
  ];
  return (
    <>
      <h2>{words.flow.aboutFlow}</h2>
      {missing.map(({ name }) => (
        <p key={name} className="warning-line">
          <Icon name="warning" />
          <span>{words.flow.secretMissing(name)}</span>
        </p>
      ))}
      {flow.warnings.map((warning) => (
        <p key={warning} className="warning-line" lang="en">
          <Icon name="warning" />
          <span>{warning}</span>
        </p>
      ))}
      <FactList facts={facts} />
      <p className="muted small-text">{words.flow.pick}</p>
    </>
  );
}

const DEFAULT_LENGTH_MAX = 120;

/** The form has the whole of it. */
function shortened(text: string): string {
  return text.length > DEFAULT_LENGTH_MAX ? `${visible(text.slice(0, DEFAULT_LENGTH_MAX))}…` : visible(text);
}

function ParameterList({ flow: { name, parameters } }: { readonly flow: FlowDetail }) {
  const { words } = useSpoken();
  if (parameters.length === 0) return <>{words.flow.noParameters}</>;
  return (
    <ul>
      {parameters.map((parameter) => (
        <li key={parameter.name} title={parameter.description}>
          <Link to={addresses.flow(name, "run")}>
            <code>{parameter.name}</code>
          </Link>{" "}
          <span className="muted">
            {parameter.default === undefined ? (
              words.common.required
            ) : (
              <>
                {words.flow.defaultIs} <code>{shortened(JSON.stringify(parameter.default))}</code>
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
