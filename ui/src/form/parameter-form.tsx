/** The parameters of a flow, as fields and as JSON: two views of one value. */
import { type FormEvent, type ReactNode, useState } from "react";
import type { Json, Problem } from "../../../src/server/contract.ts";
import { Segments } from "../parts/tabs.tsx";
import { useWords } from "../words/words.tsx";
import { type Complaints, complaintsAbout } from "./complaints.ts";
import { FieldRow, type FormControl, idOf } from "./field-row.tsx";
import { readJson } from "./field-input.tsx";
import { type Field, fieldsOf, inOrder, isSchema, type Schema } from "./fields.ts";
import { beginning, type Draft, type Values, withValue } from "./values.ts";

export interface ParameterFormProps {
  readonly schema: Schema;
  /** What the address or another run says, over the defaults. */
  readonly given: Values;
  /** Resolves to the server's complaints by field; undefined when it began. */
  readonly onSubmit: (values: Values) => Promise<Problem["fields"]>;
  /** Buttons beside the one that starts; they get what is filled in. */
  readonly extras: (fields: readonly Field[], values: Values) => ReactNode;
  readonly submit: ReactNode;
}

const NO_COMPLAINTS: Complaints = new Map();

export function ParameterForm({ schema, given, onSubmit, extras, submit }: ParameterFormProps) {
  const words = useWords();
  const fields = fieldsOf(schema);
  const [draft, setDraft] = useState<Draft>(() => beginning(fields ?? [], given));
  const [complaints, setComplaints] = useState(NO_COMPLAINTS);
  const [view, setView] = useState<View>(fields === undefined ? "json" : "form");
  const [json, setJson] = useState<string>();

  const complain = (found: Complaints) => {
    setComplaints(found);
    const [first] = found.keys();
    if (first === undefined) return false;
    if (json !== undefined) setJson(undefined);
    setView("form");
    requestAnimationFrame(() => reveal(first));
    return true;
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (json !== undefined) return setComplaints(new Map([["", words.form.errors.json]]));
    if (complain(complaintsAbout(fields ?? [], draft, words.form.errors))) return;
    const refused = await onSubmit(draft.values);
    if (refused !== undefined) complain(fromServer(refused));
  };
  const control: FormControl = {
    draft,
    complaints,
    change: (pointer, value, text) => {
      setDraft((was) => changed(was, pointer, value, text));
      if (complaints.has(pointer)) setComplaints((was) => without(was, pointer));
    },
  };
  const takeJson = (text: string) => {
    const value = readJson(text);
    if (!isSchema(value)) return setJson(text);
    setJson(undefined);
    setDraft({ values: value, texts: new Map() });
    setComplaints(NO_COMPLAINTS);
  };
  return (
    <form className="parameter-form" noValidate onSubmit={(event) => void send(event)}>
      {fields !== undefined && fields.length > 0 && <ViewSwitch view={view} onChange={setView} />}
      {view === "form" ? (
        <FieldList fields={fields ?? []} control={control} />
      ) : (
        <WholeJson
          text={json ?? JSON.stringify(draft.values, null, 2)}
          complaint={json === undefined ? undefined : words.form.errors.json}
          onChange={takeJson}
        />
      )}
      {complaints.size > 0 && (
        <p className="field-error" role="alert">
          {words.form.fix(complaints.size)}
        </p>
      )}
      <div className="form-actions">
        {submit}
        {extras(fields ?? [], draft.values)}
      </div>
    </form>
  );
}

type View = "form" | "json";

function ViewSwitch({ view, onChange }: { readonly view: View; readonly onChange: (view: View) => void }) {
  const words = useWords();
  return (
    <Segments
      label={words.form.tabs}
      value={view}
      onChange={onChange}
      choices={[
        { value: "form", text: words.form.form },
        { value: "json", text: words.form.json },
      ]}
    />
  );
}

function FieldList({ fields, control }: { readonly fields: readonly Field[]; readonly control: FormControl }) {
  const words = useWords();
  const ordered = inOrder(fields);
  const required = ordered.filter((field) => field.required);
  const optional = ordered.filter((field) => !field.required);
  const row = (field: Field) => (
    <FieldRow key={field.name} field={field} pointer={pointerOf(field)} control={control} />
  );
  if (fields.length === 0) return <p className="muted">{words.form.none}</p>;
  if (required.length === 0) return <div className="fields">{optional.map(row)}</div>;
  const isWrong = optional.some((field) =>
    Array.from(control.complaints.keys()).some((at) => at.startsWith(pointerOf(field))),
  );
  return (
    <div className="fields">
      {required.map(row)}
      {optional.length > 0 && (
        <details open={isWrong || undefined}>
          <summary>{words.form.optional(optional.length)}</summary>
          <div className="fields">{optional.map(row)}</div>
        </details>
      )}
    </div>
  );
}

const pointerOf = ({ name }: Field) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;

interface WholeJsonProps {
  readonly text: string;
  readonly complaint: string | undefined;
  readonly onChange: (text: string) => void;
}

/** Written as it was typed while it means the same. */
function WholeJson({ text, complaint, onChange }: WholeJsonProps) {
  const words = useWords();
  const [typed, setTyped] = useState(text);
  const shown = JSON.stringify(readJson(typed)) === JSON.stringify(readJson(text)) ? typed : text;
  return (
    <div className="field">
      <textarea
        className="mono"
        rows={Math.min(24, Math.max(6, text.split("\n").length + 1))}
        spellCheck={false}
        aria-label={words.form.json}
        aria-invalid={complaint !== undefined || undefined}
        aria-describedby={complaint === undefined ? undefined : "json-wrong"}
        value={complaint === undefined ? shown : text}
        onChange={(event) => {
          setTyped(event.target.value);
          onChange(event.target.value);
        }}
      />
      {complaint !== undefined && (
        <p id="json-wrong" className="field-error">
          {complaint}
        </p>
      )}
    </div>
  );
}

function changed({ values, texts }: Draft, pointer: string, value: Json | undefined, text: string | undefined): Draft {
  const left = new Map(Array.from(texts).filter(([at]) => at !== pointer && !at.startsWith(`${pointer}/`)));
  if (text !== undefined) left.set(pointer, text);
  return { values: withValue(values, pointer, value), texts: left };
}

function without(complaints: Complaints, pointer: string): Complaints {
  return new Map(Array.from(complaints).filter(([at]) => at !== pointer));
}

/** `/parameters/since` is the field `/since`. */
function fromServer(fields: NonNullable<Problem["fields"]>): Complaints {
  return new Map(fields.map(({ at, message }) => [at.replace(/^\/parameters(?=\/|$)/, ""), message]));
}

/** Opens what hides the field, and goes there. */
function reveal(pointer: string): void {
  let element: HTMLElement | null = null;
  for (let at = pointer; element === null && at !== ""; at = at.slice(0, at.lastIndexOf("/")))
    element = document.getElementById(idOf(at));
  element?.closest("details")?.setAttribute("open", "");
  element?.focus();
}
