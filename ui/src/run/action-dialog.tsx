/** Asks before an action: shows what the server says it would do, and is armed only when that is there. */
import { useId, useState } from "react";
import type { Json, RunDetail } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { type Trouble, troubleOf } from "../api/problem.ts";
import { type ActionBodies, resources } from "../api/resources.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { useWords } from "../words/words.tsx";
import { PreviewShown, Refused, useFirstFocus, usePreview } from "./action-preview.tsx";
import type { Asked, DialogAction } from "./actions.tsx";

/** A mark wants more than a word, and has a dialog of its own. */
type ActionHere = Exclude<DialogAction, "mark">;
export type AskedHere = Asked & { readonly action: ActionHere };

export interface ActionDialogProps {
  readonly run: RunDetail;
  readonly asked: AskedHere;
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
        <PreviewShown preview={preview} />
      </div>
    </Dialog>
  );
}

interface Answered {
  readonly input?: Json;
  readonly why?: string;
}

function bodyOf({ action, task }: AskedHere, { input, why }: Answered): ActionBodies[ActionHere] {
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
function useAnswer(run: RunDetail, { action, task }: AskedHere) {
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
