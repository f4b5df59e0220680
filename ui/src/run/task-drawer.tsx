/** One task run in full, beside what it belongs to; on a phone it takes the whole page. */
import { type ReactNode, useEffect, useRef } from "react";
import type { Neighbour, StateType, TaskRunDetail, ValuePreview } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { client } from "../api/client.ts";
import { ApiProblem } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { useSnapshot } from "../api/use-snapshot.ts";
import { duration } from "../format-time.ts";
import { useShortcut } from "../keys.ts";
import { isOver } from "../look.ts";
import { useTaskRun } from "../live/live.ts";
import { DownloadLink } from "../logs/download-link.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/loading.tsx";
import { personText } from "../parts/started-by.ts";
import { StateGlyph, StateMark } from "../parts/state-mark.tsx";
import { Link } from "../router.tsx";
import { Duration, DurationText, Time } from "../time.tsx";
import { useSpoken, useWords } from "../words/words.tsx";
import { ActionButton, useActions } from "./actions.tsx";
import { ChildrenTable } from "./children-table.tsx";
import { ErrorView } from "./error-view.tsx";
import { Fact } from "./run-head.tsx";
import { AuditLines } from "./run-more.tsx";
import { TaskLogs } from "./task-logs.tsx";
import { nodeOf } from "./use-run.ts";
import { type LoadSlice, ValueTree } from "./value-tree.tsx";
import { useWhyText } from "./why-text.tsx";

export interface TaskDrawerProps {
  readonly run: string;
  readonly task: string;
  readonly onSelect: (task: string | undefined) => void;
}

export function TaskDrawer({ run, task, onSelect }: TaskDrawerProps) {
  const words = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const detail = useSnapshot(resources.taskRun(run, task), { refreshOn: [`tasks:${run}`] });
  const close = () => onSelect(undefined);
  useShortcut("Escape", words.drawer.close, close);
  useFocus(heading);
  const isUnknown = detail.trouble instanceof ApiProblem && detail.trouble.problem.status === 404;
  const name = detail.data?.name ?? task;
  return (
    <aside className="drawer" aria-label={words.drawer.label(name)}>
      <header className="drawer-head">
        <h2 ref={heading} tabIndex={-1}>
          {isUnknown ? words.drawer.unknown(task) : name}
        </h2>
        <button type="button" className="button quiet icon-only" aria-label={words.drawer.close} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div className="drawer-body">
        {detail.data === undefined && detail.trouble === undefined && <Loading rows={3} />}
        {isUnknown && <p className="muted">{words.drawer.unknownText}</p>}
        {detail.trouble !== undefined && !isUnknown && detail.data === undefined && (
          <ErrorBox trouble={detail.trouble} onRetry={detail.reload} />
        )}
        {detail.data !== undefined && <Details key={task} run={run} detail={detail.data} onSelect={onSelect} />}
      </div>
    </aside>
  );
}

/** The focus goes into the drawer that was opened, and back to where it was when it closes. Opened by its address, it stays. */
function useFocus(heading: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const before = document.activeElement;
    const wasUsed = before instanceof HTMLElement && before !== document.body && before.tagName !== "H1";
    if (wasUsed) heading.current?.focus({ preventScroll: true });
    return () => {
      if (wasUsed && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [heading]);
}

interface DetailsProps {
  readonly run: string;
  readonly detail: TaskRunDetail;
  readonly onSelect: (task: string) => void;
}

function Details({ run, detail, onSelect }: DetailsProps) {
  const words = useWords();
  const whyText = useWhyText();
  // The stream is ahead of the snapshot: state and header never disagree.
  const live = useTaskRun(run, detail.id);
  const { state } = live ?? detail;
  const why = live !== undefined && live.state !== detail.state ? live.why : detail.why;
  const { errorDetail, cache, children, index } = detail;
  return (
    <>
      <div className="drawer-state">
        <StateMark state={state} />
        {why?.code === "marked" ? <Marked state={state} why={why} /> : <p>{whyText(why)}</p>}
        <Waiting task={detail.id} name={detail.name} />
      </div>
      {errorDetail !== undefined && (live === undefined || live.state === detail.state) && (
        <Part title={words.drawer.error} kind="failed">
          <ErrorView error={errorDetail} />
        </Part>
      )}
      <Acts detail={detail} state={state} />
      <dl className="facts narrow">
        {detail.startedAt !== undefined && (
          <>
            <Fact name={words.run.started}>
              <Time at={detail.startedAt} as="both" />
            </Fact>
            <Fact name={words.run.took}>
              <Duration from={detail.startedAt} to={detail.endedAt ?? (isOver(state) ? detail.startedAt : undefined)} />
            </Fact>
          </>
        )}
        {index !== undefined && (
          <Fact name={words.drawer.parent}>
            <PlaceLink id={nodeOf(detail.id)} onSelect={onSelect}>
              {nodeOf(detail.id)}
            </PlaceLink>
          </Fact>
        )}
      </dl>
      {children !== undefined && (
        <Part title={words.drawer.children}>
          <ChildrenTable run={run} node={detail.id} name={detail.name} counts={children} onSelect={onSelect} />
        </Part>
      )}
      {children === undefined && <Attempts detail={detail} />}
      {cache !== undefined && <CachePart cache={cache} />}
      <Marks task={detail.id} isMarked={why?.code === "marked"} />
      <Inputs detail={detail} onSelect={onSelect} />
      <Result run={run} detail={detail} />
      <Neighbours title={words.drawer.upstreams} list={detail.upstreams} onSelect={onSelect} />
      <Neighbours title={words.drawer.downstreams} list={detail.downstreams} onSelect={onSelect} />
      <Part title={words.drawer.logs}>
        <TaskLogs run={run} task={detail.id} lines={detail.logLines} />
      </Part>
      <Options detail={detail} />
    </>
  );
}

function Waiting({ task, name }: { readonly task: string; readonly name: string }) {
  const { run } = useActions();
  const waiting = run.waiting.find(({ id }) => id === task);
  if (waiting === undefined) return null;
  if (waiting.question === undefined) return <ActionButton action="resume" task={{ id: task, name }} withKey={false} />;
  return (
    <div className="row">
      <ActionButton action="approve" task={{ id: task, name }} kind="primary" withKey={false} />
      <ActionButton action="reject" task={{ id: task, name }} withKey={false} />
    </div>
  );
}

/** A person's word: who, when, what it was before, and why. */
function Marked({
  state,
  why,
}: {
  readonly state: StateType;
  readonly why: NonNullable<TaskRunDetail["why"]> | Because;
}) {
  const words = useWords();
  const { text, at } = markFacts(why);
  const from = words.states[text("from") as StateType] ?? text("from");
  return (
    <div className="marked">
      <p>
        {words.drawer.marked(words.states[state], personText(words, text("by")))}
        {at !== undefined && (
          <>
            , <Time at={at} />
          </>
        )}
        . {words.drawer.wasBefore(from)}
      </p>
      <blockquote className="question">{text("why")}</blockquote>
    </div>
  );
}

type Because = Pick<TaskRunDetail["why"], "code" | "parameters">;

function markFacts({ parameters }: Because) {
  const text = (name: string) => (typeof parameters[name] === "string" ? parameters[name] : "");
  return { text, at: typeof parameters["at"] === "number" ? parameters["at"] : undefined };
}

/** What people said of it, for ever: it may have run again since. */
function Marks({ task, isMarked }: { readonly task: string; readonly isMarked: boolean }) {
  const words = useWords();
  const { run } = useActions();
  const all = run.audit.filter((line) => line.task === task && line.action.startsWith("mark-"));
  const marks = isMarked ? all.slice(1) : all; // the newest stands above
  if (marks.length === 0) return null;
  return (
    <Part title={words.drawer.marks}>
      <AuditLines lines={marks} />
    </Part>
  );
}

function Acts({ detail: { id, name, index, mark }, state }: ActsProps) {
  return (
    <div className="row">
      {index === undefined && <ActionButton action="run-from" task={{ id, name }} small />}
      <ActionButton action="mark" task={{ id, name, state }} allowed={mark} small />
    </div>
  );
}

interface ActsProps {
  readonly detail: TaskRunDetail;
  readonly state: StateType;
}

interface PartProps {
  readonly title: string;
  readonly kind?: string;
  readonly children: ReactNode;
}

function Part({ title, kind, children }: PartProps) {
  return (
    <section className="drawer-part" data-kind={kind}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Attempts({ detail: { attempts } }: { readonly detail: TaskRunDetail }) {
  const { words, language } = useSpoken();
  return (
    <Part title={words.drawer.attempts}>
      {attempts.length === 0 && <p className="muted">{words.drawer.noAttempts}</p>}
      <ol className="attempts">
        {attempts.map(({ attempt, startedAt, endedAt, outcome }, at) => {
          const next = attempts[at + 1];
          return (
            <li key={attempt}>
              <span className="attempt-name">{words.drawer.attempt(attempt)}</span>
              {outcome === "released" || outcome === "lost" ? (
                <span>{words.drawer.outcome[outcome]}</span>
              ) : (
                <span className="row">
                  <StateGlyph state={outcome === "Retrying" ? "Failed" : outcome} labelled />
                  {outcome === "Retrying" ? words.drawer.failed : words.states[outcome]}
                </span>
              )}
              <Duration from={startedAt} to={endedAt} />
              <span className="muted">
                <Time at={startedAt} as="absolute" />
              </span>
              {next !== undefined && endedAt !== undefined && (
                <span className="muted attempt-delay">
                  {words.drawer.delay(duration(next.startedAt - endedAt, language))}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </Part>
  );
}

function CachePart({ cache }: { readonly cache: NonNullable<TaskRunDetail["cache"]> }) {
  const words = useWords();
  const { how, runId, storedAt, expiresAt, target } = cache;
  return (
    <Part title={words.drawer.cache}>
      <p>
        {how === "hit" ? (
          <>
            {words.drawer.cacheHit} <Link to={addresses.run(runId)}>{runId}</Link>, <Time at={storedAt} as="absolute" />
          </>
        ) : (
          words.drawer.cacheStored
        )}
        {expiresAt !== undefined && (
          <>
            {" "}
            · {words.drawer.expires} <Time at={expiresAt} as="absolute" />
          </>
        )}
      </p>
      {target !== undefined && (
        <p>
          {words.drawer.target}: <code>{target}</code>
        </p>
      )}
    </Part>
  );
}

function Inputs({ detail: { inputs }, onSelect }: Pick<DetailsProps, "detail" | "onSelect">) {
  const words = useWords();
  return (
    <Part title={words.drawer.inputs}>
      {inputs.length === 0 && <p className="muted">{words.drawer.noInputs}</p>}
      {inputs.map(({ label, value, from }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: arguments have places, and labels may repeat
        <div key={at} className="input">
          <p className="input-head">
            <strong>{label === "" ? `#${at + 1}` : label}</strong>{" "}
            <span className="muted">{words.drawer.typeOf(value.type)}</span>
            {from !== undefined && (
              <PlaceLink id={from} onSelect={onSelect}>
                {words.drawer.inputFrom(from)}
              </PlaceLink>
            )}
          </p>
          <ValueTree value={value.value} />
        </div>
      ))}
    </Part>
  );
}

function Result({ run, detail: { id, result, state } }: Pick<DetailsProps, "run" | "detail">) {
  const words = useWords();
  if (result === undefined && !["Success", "Cached"].includes(state)) return null;
  const load: LoadSlice = (at, offset) => client.get(resources.taskResult(run, id, { at, offset, limit: 100 }));
  return (
    <Part title={words.drawer.result}>
      {result === undefined ? (
        <p className="muted">{words.drawer.noResult}</p>
      ) : (
        <Shown run={run} id={id} result={result} load={load} />
      )}
    </Part>
  );
}

interface ShownProps {
  readonly run: string;
  readonly id: string;
  readonly result: ValuePreview;
  readonly load: LoadSlice;
}

function Shown({ run, id, result, load }: ShownProps) {
  const words = useWords();
  const { type, bytes, value, kept } = result;
  return (
    <>
      <p className="input-head">
        <span className="muted">
          {words.drawer.typeOf(type)}
          {bytes !== undefined && ` · ${words.drawer.bytes(bytes)}`}
        </span>
        {kept === "kept" && (
          <DownloadLink
            path={resources.taskResultDownload(run, id).path}
            name={`${id}.json`}
            text={words.drawer.download}
          />
        )}
      </p>
      {kept === "not-kept" && <p className="muted">{words.drawer.notKept}</p>}
      {kept === "derived" && <p className="muted">{words.drawer.derived}</p>}
      {kept !== "not-kept" && <ValueTree value={value} load={kept === "kept" ? load : undefined} />}
    </>
  );
}

interface NeighboursProps {
  readonly title: string;
  readonly list: readonly Neighbour[];
  readonly onSelect: (task: string) => void;
}

function Neighbours({ title, list, onSelect }: NeighboursProps) {
  const words = useWords();
  return (
    <Part title={title}>
      {list.length === 0 && <p className="muted">{words.drawer.none}</p>}
      <ul className="neighbours">
        {list.map(({ id, name, state }) => (
          <li key={id}>
            <PlaceLink id={id} onSelect={onSelect}>
              {name}
            </PlaceLink>
            <StateMark state={state} />
          </li>
        ))}
      </ul>
    </Part>
  );
}

interface PlaceLinkProps {
  readonly id: string;
  readonly onSelect: (task: string) => void;
  readonly children: ReactNode;
}

function PlaceLink({ id, onSelect, children }: PlaceLinkProps) {
  return (
    <button type="button" className="link" onClick={() => onSelect(id)}>
      {children}
    </button>
  );
}

function Options({ detail: { options } }: { readonly detail: TaskRunDetail }) {
  const { words, language } = useSpoken();
  return (
    <details className="drawer-part">
      <summary>{words.drawer.options}</summary>
      <dl className="facts narrow">
        <Fact name={words.drawer.trigger}>
          <code>{options.trigger}</code>
        </Fact>
        <Fact name={words.drawer.retries}>{words.number(options.retries)}</Fact>
        {options.timeoutMs !== undefined && (
          <Fact name={words.drawer.timeout}>
            <DurationText ms={options.timeoutMs} language={language} />
          </Fact>
        )}
      </dl>
    </details>
  );
}
