/** One field: its label, what it is for, the input that fits it, and what is wrong with it. */
import type { ReactNode } from "react";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { useWords } from "../words/words.tsx";
import type { Complaints } from "./complaints.ts";
import type { Field } from "./fields.ts";
import { FieldInput } from "./field-input.tsx";
import { at, type Draft, pointerTo } from "./values.ts";
import type { Json } from "../../../src/server/contract.ts";

export interface FormControl {
  readonly draft: Draft;
  readonly complaints: Complaints;
  /** `text`: what was typed, where it is no value yet. */
  readonly change: (pointer: string, value: Json | undefined, text?: string) => void;
}

export interface FieldRowProps {
  readonly field: Field;
  readonly pointer: string;
  readonly control: FormControl;
  /** In a list: without a label of its own. */
  readonly label?: string;
  readonly extra?: ReactNode;
}

export const idOf = (pointer: string) => `field${pointer}`;

export function FieldRow({ field, pointer, control, label, extra }: FieldRowProps) {
  const words = useWords();
  const { kind } = field;
  if (kind.type === "object" || kind.type === "list")
    return <FieldGroup field={field} pointer={pointer} control={control} />;
  const id = idOf(pointer);
  const complaint = control.complaints.get(pointer);
  const described = [
    field.description !== undefined || field.examples.length > 0 || kind.type === "json" ? `${id}-about` : undefined,
    complaint === undefined ? undefined : `${id}-wrong`,
  ].filter((part) => part !== undefined);
  const value = at(control.draft.values, pointer);
  return (
    <div className="field" data-wrong={complaint !== undefined || undefined}>
      <div className="field-head">
        <label htmlFor={id} className={label === undefined ? undefined : "unseen"}>
          {label ?? field.title}
        </label>
        {label === undefined && <FieldMarks field={field} />}
        <FieldReset field={field} pointer={pointer} control={control} />
      </div>
      <div className="field-input">
        <FieldInput
          field={field}
          id={id}
          value={value}
          text={control.draft.texts.get(pointer)}
          describedBy={described.length === 0 ? undefined : described.join(" ")}
          isWrong={complaint !== undefined}
          onChange={(next, text) => control.change(pointer, next, text)}
        />
        {extra}
      </div>
      {field.nullable && (
        <label className="field-null">
          <input
            type="checkbox"
            checked={value === null}
            onChange={(event) => control.change(pointer, event.target.checked ? null : undefined)}
          />
          {words.form.isNull}
        </label>
      )}
      <FieldAbout field={field} id={`${id}-about`} />
      {complaint !== undefined && (
        <p id={`${id}-wrong`} className="field-error">
          {complaint}
        </p>
      )}
    </div>
  );
}

function FieldMarks({ field }: { readonly field: Field }) {
  const words = useWords();
  return (
    <>
      {field.required && <span className="tag">{words.common.required}</span>}
      {field.title !== field.name && field.name !== "" && <code className="muted">{field.name}</code>}
      {field.deprecated && <span className="tag warn">{words.form.deprecated}</span>}
    </>
  );
}

/** Where it differs from its default: the way back. */
function FieldReset({ field, pointer, control }: Omit<FieldRowProps, "label" | "extra">) {
  const words = useWords();
  const value = at(control.draft.values, pointer);
  const isDefault = JSON.stringify(value) === JSON.stringify(field.default) && !control.draft.texts.has(pointer);
  if (field.default === undefined || isDefault) return null;
  return (
    <Button small kind="quiet" onPress={() => control.change(pointer, field.default)}>
      {words.form.reset}
    </Button>
  );
}

function FieldAbout({ field: { description, examples, kind }, id }: { readonly field: Field; readonly id: string }) {
  const words = useWords();
  const parts = [
    description,
    examples.length === 0
      ? undefined
      : `${words.form.examples} ${examples.map((example) => (typeof example === "string" ? example : JSON.stringify(example))).join(", ")}`,
    kind.type === "json" ? words.form.asJson : undefined,
    kind.type === "text" && kind.secret ? words.form.secret : undefined,
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return null;
  return (
    <p id={id} className="field-about">
      {parts.join(" · ")}
    </p>
  );
}

function FieldGroup({ field, pointer, control }: Omit<FieldRowProps, "label" | "extra">) {
  const { kind } = field;
  const complaint = control.complaints.get(pointer);
  const about = `${idOf(pointer)}-about`;
  return (
    <fieldset className="field-group" id={idOf(pointer)} tabIndex={-1} aria-describedby={about}>
      <legend>
        {field.title} <FieldMarks field={field} />
      </legend>
      <FieldAbout field={field} id={about} />
      {kind.type === "object" &&
        kind.members.map((member) => (
          <FieldRow key={member.name} field={member} pointer={pointerTo(pointer, member.name)} control={control} />
        ))}
      {kind.type === "list" && <ListRows field={field} pointer={pointer} control={control} />}
      {complaint !== undefined && <p className="field-error">{complaint}</p>}
    </fieldset>
  );
}

function ListRows({ field, pointer, control }: Omit<FieldRowProps, "label" | "extra">) {
  const words = useWords();
  const { kind } = field;
  if (kind.type !== "list") return null;
  const value = at(control.draft.values, pointer);
  const items = Array.isArray(value) ? (value as readonly Json[]) : [];
  const isFull = items.length >= (kind.maxItems ?? Infinity);
  return (
    <>
      {items.map((_item, index) => (
        <FieldRow
          // biome-ignore lint/suspicious/noArrayIndexKey: an element of a list is known by its place
          key={index}
          field={kind.item}
          pointer={pointerTo(pointer, index)}
          control={control}
          label={words.form.element(index + 1)}
          extra={
            <Button
              kind="quiet"
              className="icon-only"
              aria-label={words.form.remove(index + 1)}
              onPress={() => control.change(pointerTo(pointer, index), undefined)}
            >
              <Icon name="trash" />
            </Button>
          }
        />
      ))}
      <Button
        small
        disabledBecause={isFull ? words.form.errors.more(kind.maxItems ?? 0) : undefined}
        onPress={() => control.change(pointer, [...items, emptyOf(kind.item)])}
      >
        <Icon name="plus" />
        {words.form.add}
      </Button>
    </>
  );
}

function emptyOf({ kind, default: value }: Field): Json {
  if (value !== undefined) return value;
  if (kind.type === "number") return 0;
  if (kind.type === "boolean") return false;
  return kind.type === "choice" ? (kind.choices[0]?.value ?? null) : "";
}
