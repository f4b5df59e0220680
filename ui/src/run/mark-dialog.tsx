/** Asks what became of a task run, and why; shows what that would do, and is armed only when that is there. */
import { useEffect, useId, useState } from "react";
import type { Json, Mark, RunDetail, StateType } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { type Trouble, troubleOf } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { groupOf } from "../look.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { useWords } from "../words/words.tsx";
import { PreviewShown, Refused, useFirstFocus, usePreview } from "./action-preview.tsx";

const MARKS = ["Success", "Failed", "Skipped"] as const;
/** So long nothing may be typed until the server is asked again. */
const PAUSE_MS = 300;

export interface MarkDialogProps {
  readonly run: RunDetail;
  readonly task: { readonly id: string; readonly name: string; readonly state?: StateType | undefined };
  readonly onClose: () => void;
  readonly onDone: (after: RunDetail) => void;
}

export function MarkDialog({ run, task, onClose, onDone }: MarkDialogProps) {
  const words = useWords();
  const [as, setAs] = useState<Mark["as"]>(likelyMark(task.state));
  const reason = useReason();
  const value = useValue();
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const given = as === "Success" ? value.settled : undefined;
  const preview = usePreview(run.id, "mark", { task: task.id, as, ...(given !== undefined && { value: given }) });
  useFirstFocus("mark");
  const send = async () => {
    const why = reason.read();
    const json = as === "Success" ? value.read() : {};
    if (why === undefined || json === undefined) return;
    setBusy(true);
    try {
      onDone(await client.post(resources.act(run.id, "mark"), { task: task.id, as, reason: why, ...json }));
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setBusy(false);
    }
  };
  const isAsked = preview.data !== undefined || preview.trouble !== undefined;
  const refused = trouble ?? preview.trouble;
  return (
    <Dialog
      title={words.actions.titles.mark(task.name)}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{words.actions.keep}</Button>
          <Button
            kind="primary"
            busy={busy}
            disabledBecause={isAsked && value.isSettled ? undefined : words.actions.asking}
            onPress={() => void send()}
          >
            {words.actions.confirm.mark}
          </Button>
        </>
      }
    >
      <div className="stack">
        {refused !== undefined && <Refused trouble={refused} />}
        <MarkChoice as={as} onChange={setAs} />
        {reason.field}
        {as === "Success" && value.field}
        <PreviewShown preview={preview} />
      </div>
    </Dialog>
  );
}

/** What failed went well after all, more often than not; and the other way round. */
function likelyMark(state: StateType | undefined): Mark["as"] {
  return state !== undefined && ["success", "cached"].includes(groupOf(state)) ? "Failed" : "Success";
}

function MarkChoice({ as, onChange }: { readonly as: Mark["as"]; readonly onChange: (as: Mark["as"]) => void }) {
  const words = useWords();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{words.actions.markAs}</label>
      <select id={id} value={as} onChange={({ target }) => onChange(target.value as Mark["as"])}>
        {MARKS.map((mark) => (
          <option key={mark} value={mark}>
            {words.states[mark]}
          </option>
        ))}
      </select>
    </div>
  );
}

interface TextFieldProps {
  readonly id: string;
  readonly label: string;
  readonly help: string;
  readonly error: string | undefined;
  readonly required?: boolean;
  readonly text: string;
  readonly onText: (text: string) => void;
}

function TextField({ id, label, help, error, required, text, onText }: TextFieldProps) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        rows={2}
        maxLength={required ? 2_000 : undefined}
        value={text}
        aria-required={required || undefined}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={`${id}-help`}
        onChange={({ target }) => onText(target.value)}
      />
      <p id={`${id}-help`} className={error === undefined ? "muted small-text" : "field-error"}>
        {error ?? help}
      </p>
    </div>
  );
}

/** `read` gives undefined where it is none, says so at the field, and goes there. */
function useReason() {
  const words = useWords();
  const id = useId();
  const [text, setText] = useState("");
  const [isMissing, setMissing] = useState(false);
  const read = (): string | undefined => {
    const why = text.trim();
    if (why !== "") return why;
    setMissing(true);
    document.getElementById(id)?.focus();
    return undefined;
  };
  const onText = (next: string) => {
    setText(next);
    setMissing(false);
  };
  const error = isMissing ? words.actions.markReasonNeeded : undefined;
  const { reason: label, markReasonHelp: help } = words.actions;
  return { field: <TextField {...{ id, label, help, error, text, onText }} required />, read };
}

/** What a success gives, if anything: JSON. `settled` is what the server is asked with. */
function useValue() {
  const words = useWords();
  const id = useId();
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const [isBad, setBad] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(text), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const read = (): { readonly value?: Json } | undefined => {
    const json = valueFrom(text);
    if (json !== undefined) return json;
    setBad(true);
    document.getElementById(id)?.focus();
    return undefined;
  };
  const onText = (next: string) => {
    setText(next);
    setBad(false);
  };
  const error = isBad ? words.actions.answerBad : undefined;
  const { markValue: label, markValueHelp: help } = words.actions;
  const settled = valueFrom(asked)?.value;
  return {
    field: <TextField {...{ id, label, help, error, text, onText }} />,
    read,
    settled,
    isSettled: asked === text,
  };
}

function valueFrom(text: string): { readonly value?: Json } | undefined {
  if (text.trim() === "") return {};
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
}
