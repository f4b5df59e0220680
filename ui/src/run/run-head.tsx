/** What a run is, at a glance: how far, since when, of which flow, started by whom, with which parameters. */
import type { Progress, RunDetail } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { countedStates, groupOf } from "../look.ts";
import { Icon } from "../parts/icon.tsx";
import { MenuButton } from "../parts/menu-button.tsx";
import { Name } from "../parts/name.tsx";
import { startedByText } from "../parts/started-by.ts";
import { Link } from "../router.tsx";
import { Duration, Time } from "../time.tsx";
import { visible } from "../visible.ts";
import { useWords } from "../words/words.tsx";
import { ActionButton } from "./actions.tsx";
import { ValueTree } from "./value-tree.tsx";
import { useWhyText } from "./why-text.tsx";

export function RunActions({ run }: { readonly run: RunDetail }) {
  const words = useWords();
  // Of a failed run the banner has it first.
  const isFirst = run.actions.retry.can && run.state === "Success";
  const isOpen = run.actions.cancel.can;
  const showsResume = run.actions.resume.can || run.state === "Paused";
  // Of a run that waits for its time the banner begins it.
  const isLater = run.state === "Scheduled";
  return (
    <fieldset className="row run-actions" aria-label={words.run.actions}>
      {isLater ? null : showsResume ? (
        <ActionButton action="resume" kind={run.waiting.length === 0 ? "primary" : "plain"} />
      ) : (
        run.actions.pause.can && <ActionButton action="pause" />
      )}
      <ActionButton action="retry" kind={isFirst ? "primary" : "plain"} />
      <ActionButton action="again" />
      <ActionButton action="cancel" kind={isOpen ? "danger" : "plain"} />
      <MenuButton label={words.run.more} face={<Icon name="down" />}>
        <li>
          <Link to={addresses.flow(run.flow, "run", { from: run.id })}>{words.actions.againWith}</Link>
        </li>
        <li>
          <Link to={addresses.runLogs(run.id)}>{words.logs.title}</Link>
        </li>
        <li>
          <Link to={addresses.runEvents(run.id)}>{words.events.link}</Link>
        </li>
      </MenuButton>
    </fieldset>
  );
}

export function ProgressText({ progress }: { readonly progress: Progress }) {
  const words = useWords();
  const { total, finished, failed, running, nodes } = progress;
  return (
    <span className="progress">
      <span className="progress-bar" aria-hidden="true">
        {countedStates(nodes)
          .filter(({ state }) => groupOf(state) !== "waiting")
          .map(({ state, count }) => (
            <span key={state} data-group={groupOf(state)} style={{ flexGrow: count }} />
          ))}
        <span
          style={{
            flexGrow: countedStates(nodes).reduce(
              (sum, one) => sum + (groupOf(one.state) === "waiting" ? one.count : 0),
              0,
            ),
          }}
        />
      </span>
      <strong>{words.run.progress(finished, total)}</strong>
      {failed > 0 && <span>· {words.run.failed(failed)}</span>}
      {running > 0 && <span>· {words.run.running(running)}</span>}
    </span>
  );
}

export function RunFacts({ run, progress }: { readonly run: RunDetail; readonly progress: Progress | undefined }) {
  const words = useWords();
  const whyText = useWhyText();
  const { code, startedAt, endedAt, scheduledAt, owner } = run;
  const showsWhy = run.state !== "Success" && run.state !== "Failed" && run.state !== "Running";
  return (
    <dl className="facts">
      <Fact name={words.run.progressLabel}>{progress === undefined ? "–" : <ProgressText progress={progress} />}</Fact>
      <Fact name={words.run.took}>
        <Duration from={startedAt} to={endedAt} />
      </Fact>
      <Fact name={words.run.started}>
        {startedAt === undefined ? words.run.notStarted : <Time at={startedAt} as="both" />}
      </Fact>
      <Fact name={words.run.flow}>
        <Link to={addresses.flow(run.flow)}>
          <Name text={run.flow} />
        </Link>
      </Fact>
      <Fact name={words.run.version}>
        <code>{run.fingerprint.slice(0, 8)}</code>
        {code !== "same" && (
          <span className="tag" title={code === "changed" ? words.run.versionChanged : words.run.versionMissing}>
            {code === "changed" ? words.run.versionChanged : words.run.versionMissing}
          </span>
        )}
      </Fact>
      <Fact name={words.run.by}>{startedByText(words, run.trigger, run.startedBy)}</Fact>
      {scheduledAt !== undefined && (
        <Fact name={run.trigger === "schedule" ? words.run.tick : words.run.asked}>
          <Time at={scheduledAt} as="absolute" />
        </Fact>
      )}
      {owner !== undefined && <Fact name={words.run.owner}>{owner}</Fact>}
      {run.tags.length > 0 && (
        <Fact name={words.run.tags}>
          {run.tags.map((tag) => (
            <Link key={tag} className="tag" to={addresses.runs({ tag })}>
              {tag}
            </Link>
          ))}
        </Fact>
      )}
      <Fact name={words.run.parameters} wide>
        {Object.keys(run.parameters).length === 0 ? (
          <span className="muted">{words.run.noParameters}</span>
        ) : (
          <ParameterList parameters={run.parameters} />
        )}
      </Fact>
      {showsWhy && (
        <Fact name={words.run.why} wide>
          {whyText(run.why)}
        </Fact>
      )}
    </dl>
  );
}

interface FactProps {
  readonly name: string;
  readonly wide?: boolean;
  readonly children: React.ReactNode;
}

export function Fact({ name, wide = false, children }: FactProps) {
  return (
    <div className={wide ? "fact wide" : "fact"}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const INLINE_MAX = 60;

/** Short values beside their name; a long one folded, as a tree. */
function ParameterList({ parameters }: { readonly parameters: RunDetail["parameters"] }) {
  return (
    <ul className="parameters">
      {Object.entries(parameters).map(([name, value]) => {
        const text = visible(JSON.stringify(value) ?? "");
        return (
          <li key={name}>
            {text.length <= INLINE_MAX ? (
              <code>
                <span className="muted">{name}</span> {text}
              </code>
            ) : (
              <details>
                <summary>
                  <code>
                    <span className="muted">{name}</span> {text.slice(0, INLINE_MAX)}…
                  </code>
                </summary>
                <ValueTree value={value} />
              </details>
            )}
          </li>
        );
      })}
    </ul>
  );
}
