/** The input of one field. What it shows is the value; what was typed and is none yet stays as text. */
import { useState } from "react";
import type { Json } from "../../../src/server/contract.ts";
import { instantOf, iso, wallOf, zoneName } from "../format-time.ts";
import { client } from "../api/client.ts";
import { useZone } from "../time.tsx";
import { useSpoken } from "../words/words.tsx";
import type { Field, FieldKind } from "./fields.ts";

export interface FieldInputProps {
  readonly field: Field;
  readonly id: string;
  readonly value: Json | undefined;
  readonly text: string | undefined;
  readonly describedBy: string | undefined;
  readonly isWrong: boolean;
  readonly onChange: (value: Json | undefined, text?: string) => void;
}

export function FieldInput(props: FieldInputProps) {
  const { kind } = props.field;
  switch (kind.type) {
    case "boolean":
      return <ChoiceInput {...props} choices={YES_NO} />;
    case "choice":
      return <ChoiceInput {...props} choices={kind.choices} />;
    case "number":
      return <NumberInput {...props} />;
    case "text":
      return kind.format === "date-time" ? <MomentInput {...props} /> : <TextInput {...props} kind={kind} />;
    default:
      return <JsonInput {...props} />;
  }
}

const YES_NO = [
  { value: true, text: "true" },
  { value: false, text: "false" },
] as const;

function common({ id, field, describedBy, isWrong }: FieldInputProps) {
  return {
    id,
    "aria-describedby": describedBy,
    "aria-invalid": isWrong || undefined,
    "aria-required": field.required || undefined,
  } as const;
}

function ChoiceInput(
  props: FieldInputProps & { readonly choices: readonly { readonly value: Json; readonly text: string }[] },
) {
  const { words } = useSpoken();
  const { choices, value, field, onChange } = props;
  const at = choices.findIndex((choice) => JSON.stringify(choice.value) === JSON.stringify(value));
  return (
    <select
      {...common(props)}
      value={at < 0 ? "" : String(at)}
      onChange={(event) => onChange(choices[Number(event.target.value === "" ? -1 : event.target.value)]?.value)}
    >
      {(at < 0 || !field.required) && <option value="">{words.form.nothing}</option>}
      {choices.map((choice, index) => (
        <option key={choice.text} value={index}>
          {choice.text}
        </option>
      ))}
    </select>
  );
}

function NumberInput(props: FieldInputProps) {
  const { value, text, onChange } = props;
  const change = (typed: string) => {
    if (typed.trim() === "") return onChange(undefined);
    const number = Number(typed.trim());
    if (Number.isFinite(number) && /\d$/.test(typed.trim())) onChange(number);
    else onChange(undefined, typed);
  };
  return (
    <input
      {...common(props)}
      type="text"
      inputMode="decimal"
      autoComplete="off"
      value={text ?? (typeof value === "number" ? String(value) : "")}
      onChange={(event) => change(event.target.value)}
    />
  );
}

const INPUT_TYPES = { date: "date", time: "time", email: "email", uri: "url" } as const;

function TextInput(props: FieldInputProps & { readonly kind: Extract<FieldKind, { type: "text" }> }) {
  const { value, field, kind, onChange } = props;
  const { format, secret } = kind;
  const type = secret
    ? "password"
    : format === undefined
      ? "text"
      : format in INPUT_TYPES
        ? INPUT_TYPES[format as "date"]
        : "text";
  return (
    <input
      {...common(props)}
      type={type}
      autoComplete={secret ? "new-password" : "off"}
      spellCheck={format === undefined && !secret}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => {
        const typed = event.target.value;
        // An empty optional field is one that is not given.
        onChange(typed === "" && (!field.required || format !== undefined) ? undefined : typed);
      }}
    />
  );
}

/** Entered on the wall clock of the zone that is shown; kept as an instant. */
function MomentInput(props: FieldInputProps) {
  const { words, language } = useSpoken();
  const zone = useZone();
  const { value, text, onChange } = props;
  const instant = typeof value === "string" ? Date.parse(value) : Number.NaN;
  const wall = Number.isNaN(instant) ? undefined : wallOf(instant, zone);
  const change = (typed: string) => {
    const at = typed === "" ? undefined : instantOf(typed, zone);
    if (typed === "") onChange(undefined);
    else if (at === undefined) onChange(undefined, typed);
    else onChange(iso(at).replace(".000Z", "Z"));
  };
  return (
    <>
      <input
        {...common(props)}
        type="datetime-local"
        step={1}
        value={text ?? (wall === undefined ? "" : `${wall.date}T${wall.time}`)}
        onChange={(event) => change(event.target.value)}
      />
      <span className="field-zone muted" title={zone}>
        {words.form.zone(zoneName(Number.isNaN(instant) ? client.clock.now() : instant, zone, language))}
      </span>
    </>
  );
}

function JsonInput(props: FieldInputProps) {
  const { value, text, onChange } = props;
  const [typed, setTyped] = useState("");
  const change = (next: string) => {
    setTyped(next);
    if (next.trim() === "") return onChange(undefined);
    const read = readJson(next);
    if (read === undefined) onChange(undefined, next);
    else onChange(read);
  };
  // What was typed stays as it was written while it means the value; a value from elsewhere is written anew.
  const means = JSON.stringify(readJson(typed)) === JSON.stringify(value);
  const written = value === undefined ? "" : JSON.stringify(value, null, 2);
  return (
    <textarea
      {...common(props)}
      className="mono"
      rows={4}
      spellCheck={false}
      value={text ?? (means ? typed : written)}
      onChange={(event) => change(event.target.value)}
    />
  );
}

/** Undefined: it is not JSON. */
export function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
