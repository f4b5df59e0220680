/** What needs somebody, before anything else: the failure with its first line, the question that waits, the run nobody has. */
import type { Instant, RunDetail, WaitingTask } from "../../../src/server/contract.ts";
import { isOver } from "../look.ts";
import { Button } from "../parts/button.tsx";
import { StateGlyph } from "../parts/state-mark.tsx";
import { Time } from "../time.tsx";
import { visible } from "../visible.ts";
import { useWords } from "../words/words.tsx";
import { ActionButton } from "./actions.tsx";
import type { RunState } from "./use-run.ts";
import { useWhyText } from "./why-text.tsx";

export interface RunBannerProps {
  readonly state: RunState & { readonly run: RunDetail };
  readonly onSelect: (task: string) => void;
}

const WAITING_SHOWN = 5;

export function RunBanner({ state, onSelect }: RunBannerProps) {
  const { run } = state;
  return (
    <>
      {isOver(run.state) && (run.state === "Failed" || run.state === "TimedOut") && (
        <Failure state={state} onSelect={onSelect} />
      )}
      {run.waiting.slice(0, WAITING_SHOWN).map((waiting, at) => (
        <Waits key={waiting.id} waiting={waiting} onSelect={onSelect} withKeys={at === 0} />
      ))}
      <Interrupted run={run} />
      {run.state === "Scheduled" && run.scheduledAt !== undefined && <Begins at={run.scheduledAt} />}
    </>
  );
}

function Failure({ state: { run, byId, progress }, onSelect }: RunBannerProps) {
  const words = useWords();
  const { failedTask } = run;
  const taskRun = failedTask === undefined ? undefined : byId.get(failedTask);
  // The run's own error only says which tasks failed: it is not shown while the task's is on its way.
  const error = taskRun?.error ?? (failedTask === undefined ? (run.error ?? run.errorDetail) : undefined);
  const blocked = progress?.nodes.TriggerFailed ?? 0;
  const name = taskRun?.name ?? failedTask?.replace(/-\d+(\.\d+)?$/, "");
  return (
    <section className="run-banner" data-kind="failed" aria-label={words.banner.failedRun}>
      <StateGlyph state={taskRun?.state ?? run.state} />
      <div className="run-banner-text">
        <h2>{name === undefined ? words.banner.failedRun : words.banner.failed(name)}</h2>
        <p className="run-banner-error">
          <code>{error === undefined ? "\u00a0" : visible(`${error.name}: ${firstLine(error.message)}`)}</code>
        </p>
        {blocked > 0 && <p className="muted">{words.banner.blocked(blocked)}</p>}
      </div>
      <div className="row">
        {failedTask !== undefined && <Button onPress={() => onSelect(failedTask)}>{words.banner.open}</Button>}
        <ActionButton action="retry" kind="primary" withKey={false} />
      </div>
    </section>
  );
}

interface WaitsProps {
  readonly waiting: WaitingTask;
  readonly onSelect: (task: string) => void;
  /** Keys answer the first question. */
  readonly withKeys: boolean;
}

function Waits({ waiting: { id, name, question, until }, onSelect, withKeys }: WaitsProps) {
  const words = useWords();
  const task = { id, name };
  return (
    <section className="run-banner" data-kind="waits" aria-label={words.banner.waits(name)}>
      <StateGlyph state="Paused" />
      <div className="run-banner-text">
        <h2>{question === undefined ? words.banner.waitsFor(name) : words.banner.waits(name)}</h2>
        {question !== undefined && <p>{question}</p>}
        {until !== undefined && (
          <p className="muted">
            {words.banner.until} <Time at={until} as="both" />
          </p>
        )}
      </div>
      <div className="row">
        <Button onPress={() => onSelect(id)}>{words.banner.open}</Button>
        {question === undefined ? (
          <ActionButton action="resume" task={task} kind="primary" withKey={false} />
        ) : (
          <>
            <ActionButton action="reject" task={task} withKey={withKeys} />
            <ActionButton action="approve" task={task} kind="primary" withKey={withKeys} />
          </>
        )}
      </div>
    </section>
  );
}

function Interrupted({ run }: { readonly run: RunDetail }) {
  const words = useWords();
  const whyText = useWhyText();
  const nobody = run.ownership === "none" || run.ownership === "gone";
  const isHeld = run.state === "Paused" && run.why.code === "by-person";
  if (isOver(run.state) || !nobody || run.waiting.length > 0 || run.startedAt === undefined) return null;
  const title = isHeld ? words.banner.paused : words.banner.interrupted;
  return (
    <section className="run-banner" data-kind="waits" aria-label={title}>
      <StateGlyph state="Paused" />
      <div className="run-banner-text">
        <h2>{title}</h2>
        <p>{isHeld ? whyText(run.why) : words.banner.interruptedText}</p>
      </div>
      <ActionButton action="resume" kind="primary" withKey={false} />
    </section>
  );
}

function Begins({ at }: { readonly at: Instant }) {
  const words = useWords();
  return (
    <section className="run-banner" data-kind="later" aria-label={words.banner.begins}>
      <StateGlyph state="Scheduled" />
      <div className="run-banner-text">
        <h2>
          {words.banner.begins} <Time at={at} />
        </h2>
        <p className="muted">
          <Time at={at} as="absolute" />
        </p>
      </div>
      <ActionButton action="resume" kind="primary" />
    </section>
  );
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
