/** Asks before an action: shows what the server says it would do, and is armed only when that is there. */
import { useEffect, useId, useState } from "react";
import type { ActionPreview, Json, RunAction, RunDetail, StateType } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { ApiProblem, type Trouble, troubleOf } from "../api/problem.ts";
import { type ActionBodies, resources } from "../api/resources.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { ErrorBox } from "../parts/error-box.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import type { Words } from "../words/en.ts";
import { useWords } from "../words/words.tsx";
import type { Asked, DialogAction } from "./actions.tsx";

export interface ActionDialogProps {
  readonly run: RunDetail;
  readonly asked: Asked;
  readonly onClose: () => void;
  readonly onDone: (after: RunDetail) => void;
}

export function ActionDialog({ run, asked, onClose, onDone }: ActionDialogProps) {
  const words = useWords();
  const { action } = asked;
  const input = useAnswer(run, asked);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const preview = usePreview(run.id, action, bodyOf(asked, {}));
  useFirstFocus(action);
  const send = async () => {
    const body = input.read();
    if (body === undefined) return;
    setBusy(true);
    try {
      onDone(await client.post(resources.act(run.id, action), bodyOf(asked, body) as never));
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setBusy(false);
    }
  };
  const name = asked.task?.name ?? run.name;
  const begins = action === "resume" && run.state === "Scheduled";
  const refused = trouble ?? preview.trouble;
  return (
    <Dialog
      title={begins ? words.actions.beginTitle(name) : words.actions.titles[action](name)}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{words.actions.keep}</Button>
          <Button
            kind={action === "cancel" || action === "reject" ? "danger" : "primary"}
            busy={busy}
            disabledBecause={
              preview.data === undefined && preview.trouble === undefined ? words.actions.asking : undefined
            }
            onPress={() => void send()}
          >
            {begins ? words.actions.begin : words.actions.confirm[action]}
          </Button>
        </>
      }
    >
      <div className="stack">
        {refused !== undefined && <Refused trouble={refused} />}
        {input.field}
        {preview.data !== undefined && <PreviewText preview={preview.data} />}
        {preview.data === undefined && preview.trouble === undefined && (
          <p className="muted" role="status">
            {words.actions.asking}
          </p>
        )}
      </div>
    </Dialog>
  );
}

/** Where something has to be said, there; else on the button that acts, but for a cancel: Enter must not stop a run. */
function useFirstFocus(action: DialogAction): void {
  useEffect(() => {
    const dialog = document.querySelector(".dialog[open]");
    const buttons = dialog?.querySelectorAll<HTMLElement>(".dialog-foot button");
    const field = dialog?.querySelector<HTMLElement>("textarea");
    (field ?? buttons?.[action === "cancel" ? 0 : buttons.length - 1])?.focus();
  }, [action]);
}

function Refused({ trouble }: { readonly trouble: Trouble }) {
  const words = useWords();
  if (!(trouble instanceof ApiProblem) || trouble.problem.state === undefined) return <ErrorBox trouble={trouble} />;
  return (
    <div className="error-box" role="alert">
      <div className="error-box-text">
        <p>{words.actions.refused(words.states[trouble.problem.state])}</p>
        <StateMark state={trouble.problem.state} />
      </div>
    </div>
  );
}

interface Answered {
  readonly input?: Json;
  readonly why?: string;
}

function bodyOf({ action, task }: Asked, { input, why }: Answered): ActionBodies[DialogAction] {
  const one = task === undefined ? {} : { task: task.id };
  switch (action) {
    case "cancel":
    case "pause":
    case "retry":
      return {};
    case "run-from":
      return { task: task?.id ?? "" };
    case "reject":
      return { ...one, ...(why === undefined ? {} : { why }) };
    case "resume":
      return one;
    case "approve":
      return { ...one, ...(input === undefined ? {} : { input }) };
  }
}

/** What has to be said with the action: a reason for a no, an answer for a yes that wants one. */
function useAnswer(run: RunDetail, { action, task }: Asked) {
  const words = useWords();
  const id = useId();
  const waiting = run.waiting.find((one) => task === undefined || one.id === task.id);
  const schema = action === "approve" ? waiting?.input : undefined;
  const [text, setText] = useState(schema === undefined ? "" : exampleOf(schema));
  const [error, setError] = useState<string>();
  if (action !== "reject" && schema === undefined)
    return { field: <Question text={waiting?.question} />, read: () => ({}) };
  const read = (): Answered | undefined => {
    const answer = action === "reject" ? reasonFrom(text) : jsonFrom(text);
    if (answer !== undefined) return answer;
    setError(action === "reject" ? words.actions.reasonNeeded : words.actions.answerBad);
    document.getElementById(id)?.focus();
    return undefined;
  };
  const field = (
    <div className="field">
      <Question text={waiting?.question} />
      <label htmlFor={id}>{action === "reject" ? words.actions.reason : words.actions.answer}</label>
      <textarea
        id={id}
        rows={action === "reject" ? 2 : 4}
        value={text}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={`${id}-help`}
        onChange={({ target }) => {
          setText(target.value);
          setError(undefined);
        }}
      />
      <p id={`${id}-help`} className={error === undefined ? "muted small-text" : "field-error"}>
        {error ?? (action === "reject" ? words.actions.reasonHelp : words.actions.answerHelp)}
      </p>
    </div>
  );
  return { field, read };
}

function Question({ text }: { readonly text: string | undefined }) {
  return text === undefined ? null : <blockquote className="question">{text}</blockquote>;
}

function reasonFrom(text: string): Answered | undefined {
  const why = text.trim();
  return why === "" ? undefined : { why };
}

function jsonFrom(text: string): Answered | undefined {
  try {
    return { input: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
}

/** A first value to change: the schema's default, or the empty value of its type. */
function exampleOf(schema: Json): string {
  const {
    type,
    default: given,
    properties,
  } = (schema ?? {}) as {
    readonly type?: string;
    readonly default?: Json;
    readonly properties?: { readonly [name: string]: Json };
  };
  if (given !== undefined) return JSON.stringify(given, undefined, 2);
  const empty: { readonly [type: string]: Json } = { string: "", number: 0, integer: 0, boolean: true, array: [] };
  if (type !== "object") return JSON.stringify(empty[type ?? ""] ?? null);
  const members = Object.entries(properties ?? {}).map(([name, member]) => [name, JSON.parse(exampleOf(member))]);
  return JSON.stringify(Object.fromEntries(members), undefined, 2);
}

function usePreview(run: string, action: DialogAction, body: ActionBodies[DialogAction]) {
  const [state, setState] = useState<{ readonly data?: ActionPreview; readonly trouble?: Trouble }>({});
  const text = JSON.stringify(body);
  useEffect(() => {
    let stale = false;
    client.post(resources.preview(run, action), JSON.parse(text) as never).then(
      (data) => {
        if (!stale) setState({ data });
      },
      (error: unknown) => {
        if (!stale) setState({ trouble: troubleOf(error) });
      },
    );
    return () => {
      stale = true;
    };
  }, [run, action, text]);
  return state;
}

const NAMED_MAX = 12;
const BECOMES = ["runs", "waits", "depends", "ends"] as const;

function PreviewText({ preview }: { readonly preview: ActionPreview }) {
  const words = useWords();
  const { taskRuns, more, stays, flow, assumes, action } = preview;
  const groups = BECOMES.map((becomes) => ({
    becomes,
    list: taskRuns.filter((one) => one.becomes === becomes),
  })).filter(({ list }) => list.length > 0);
  return (
    <div className="preview">
      {groups.map(({ becomes, list }) => (
        <section key={becomes}>
          <h3>{effectText(action, becomes, words)(list.length)}</h3>
          <ul>
            {list.slice(0, NAMED_MAX).map(({ id, name, from, to, dependsOn }) => (
              <li key={id}>
                <StateMark state={from} />
                <span className="preview-name">{name}</span>
                <Becomes to={to} dependsOn={dependsOn} />
              </li>
            ))}
          </ul>
          {list.length > NAMED_MAX && <p className="muted">{words.actions.more(list.length - NAMED_MAX)}</p>}
        </section>
      ))}
      {groups.length === 0 && <p>{words.actions.nothing}</p>}
      {more > 0 && <p className="muted">{words.actions.more(more)}</p>}
      <p className="muted">
        {action === "pause" && `${words.actions.pauseRest} `}
        {stays > 0 && `${words.actions.stays(stays)} `}
        {flow.to !== undefined && words.actions.runBecomes(words.states[flow.to])}
      </p>
      {assumes.length > 0 && (
        <p className="muted small-text">
          {words.actions.assumes}: {assumes.map(words.actions.assumption).join("; ")}
        </p>
      )}
    </div>
  );
}

function effectText(action: RunAction, becomes: (typeof BECOMES)[number], words: Words): (total: number) => string {
  const { effect, effectRuns, pauseEffect, cancelEffect } = words.actions;
  if (action === "cancel" && becomes === "ends") return cancelEffect;
  if (becomes !== "runs" || action === "retry" || action === "run-from") return effect[becomes];
  return action === "pause" ? pauseEffect : effectRuns;
}

function Becomes({ to, dependsOn }: { readonly to: StateType | undefined; readonly dependsOn: string | undefined }) {
  const words = useWords();
  if (dependsOn !== undefined) return <span className="muted">{words.actions.dependsOn(dependsOn)}</span>;
  if (to === undefined) return null;
  return <span className="muted">{words.actions.becomes(words.states[to])}</span>;
}
