/**
 * A value as a tree one opens. It was cut by the server where it is large; what was cut is fetched by its JSON pointer
 * when somebody asks for it. Data is text here, whatever it says.
 */
import { useState } from "react";
import type { Json, ValueSlice } from "../../../src/server/contract.ts";
import { visible } from "../visible.ts";
import { useWords } from "../words/words.tsx";

export type LoadSlice = (at: string, offset: number) => Promise<ValueSlice>;

export interface ValueTreeProps {
  readonly value: Json;
  /** Absent: what was cut cannot be had. */
  readonly load?: LoadSlice | undefined;
}

const OPEN_MEMBERS_MAX = 12;
const OPEN_DEPTH_MAX = 2;
const LONG_TEXT = 400;

export function ValueTree({ value, load }: ValueTreeProps) {
  return (
    <div className="value-tree">
      <Value value={value} pointer="" depth={0} load={load} />
    </div>
  );
}

interface PlacedProps extends ValueTreeProps {
  readonly pointer: string;
  readonly depth: number;
  readonly name?: string | undefined;
}

function Value({ value, pointer, depth, load, name }: PlacedProps) {
  const [got, setGot] = useState<Json>();
  const shown = got ?? value;
  if (isCut(shown))
    return (
      <Leaf name={name}>
        <Cut {...{ what: String(shown.$cut), pointer, load }} offset={0} onGot={setGot} />
      </Leaf>
    );
  if (isTyped(shown))
    return <Typed {...{ pointer, depth, load, name }} type={String(shown.$type)} value={shown.value ?? null} />;
  if (Array.isArray(shown) || (typeof shown === "object" && shown !== null))
    return (
      <Branch
        {...{ pointer, depth, load, name }}
        value={shown as readonly Json[] | { readonly [name: string]: Json }}
      />
    );
  return (
    <Leaf name={name}>
      <Scalar value={shown as string | number | boolean | null} />
    </Leaf>
  );
}

function Typed({ type, value, ...rest }: PlacedProps & { readonly type: string }) {
  if (Array.isArray(value)) return <Branch {...rest} value={type === "Map" ? value : value} label={type} />;
  return (
    <Leaf name={rest.name}>
      <span className="value-type">{type}</span> {value === null ? null : <Scalar value={value as string} />}
    </Leaf>
  );
}

interface BranchProps extends Omit<PlacedProps, "value"> {
  readonly value: readonly Json[] | { readonly [name: string]: Json };
  readonly label?: string;
}

function Branch({ value, pointer, depth, load, name, label }: BranchProps) {
  const [more, setMore] = useState<readonly (readonly [string, Json])[]>([]);
  const [rest, setRest] = useState<Json>();
  const { members, cut } = membersOf(value);
  const all = [...members, ...more];
  const left = more.length > 0 ? rest : cut;
  const [open, setOpen] = useState(depth < OPEN_DEPTH_MAX && all.length <= OPEN_MEMBERS_MAX);
  const isList = Array.isArray(value);
  const summary = isList
    ? `[${all.length}${left === undefined ? "" : "+"}]`
    : `{${all.length}${left === undefined ? "" : "+"}}`;
  return (
    <div className="value-branch">
      <button type="button" className="value-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        {name !== undefined && <span className="value-name">{visible(name)}</span>}
        {label !== undefined && <span className="value-type">{label}</span>}
        <span className="muted">{summary}</span>
      </button>
      {open && (
        <div className="value-members">
          {all.map(([key, member]) => (
            <Value
              key={key}
              name={key}
              value={member}
              pointer={`${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`}
              depth={depth + 1}
              load={load}
            />
          ))}
          {left !== undefined && (
            <Cut
              what={String(left)}
              pointer={pointer}
              offset={all.length}
              load={load}
              onGot={(slice) => {
                const next = membersOf(slice as BranchProps["value"], isList ? all.length : 0);
                setMore([...more, ...next.members]);
                setRest(next.cut);
              }}
            />
          )}
        </div>
      )}
    </div>
  );
}

/** The end of a list, or the member `$cut` of an object, says that more were there. */
function membersOf(value: BranchProps["value"], from = 0) {
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    const shown = list.slice(0, list.findLastIndex((item) => !isLeftOut(item)) + 1);
    return {
      members: shown.map((item, at): readonly [string, Json] => [String(from + at), item]),
      cut: shown.length === list.length ? undefined : `${leftOut(list.slice(shown.length))} more`,
    };
  }
  const { $cut: cut, ...members } = value as { readonly [name: string]: Json };
  return { members: Object.entries(members), cut };
}

/** An element for which there was no room, or the word that there were more; not one that was too deep. */
function isLeftOut(item: Json): boolean {
  return isCut(item) && /^…$|more$/.test(String(item.$cut));
}

function leftOut(items: readonly Json[]): number {
  return items.reduce<number>((sum, item) => sum + (isCut(item) ? Number.parseInt(String(item.$cut), 10) || 1 : 1), 0);
}

interface CutProps {
  readonly what: string;
  readonly pointer: string;
  readonly offset: number;
  readonly load: LoadSlice | undefined;
  readonly onGot: (slice: Json) => void;
}

function Cut({ what, pointer, offset, load, onGot }: CutProps) {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  if (load === undefined) return <span className="muted">{words.drawer.cut(what)}</span>;
  const get = async () => {
    setBusy(true);
    try {
      const slice = await load(pointer, offset);
      const { value, length } = slice;
      const end = offset + (Array.isArray(value) ? value.length : Object.keys((value as object | null) ?? {}).length);
      const isMore = length !== undefined && end < length;
      onGot(isMore ? withMore(value, length - end) : value);
    } catch {
      setFailed(true);
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      className="value-more"
      aria-busy={busy || undefined}
      aria-label={words.drawer.expandAt(pointer === "" ? "/" : pointer)}
      onClick={() => void get()}
    >
      {failed ? words.common.tryAgain : words.drawer.cut(what)} · {words.drawer.expand}
    </button>
  );
}

/** A slice ends where its limit was: what follows it is told as in a preview. */
function withMore(value: Json, more: number): Json {
  if (Array.isArray(value)) return [...(value as readonly Json[]), { $cut: `${more} more` }];
  return isRecord(value) ? { ...value, $cut: `${more} more` } : value;
}

function Leaf({ name, children }: { readonly name: string | undefined; readonly children: React.ReactNode }) {
  return (
    <div className="value-leaf">
      {name !== undefined && <span className="value-name">{visible(name)}</span>}
      {children}
    </div>
  );
}

function Scalar({ value }: { readonly value: string | number | boolean | null }) {
  const [open, setOpen] = useState(false);
  const words = useWords();
  if (typeof value !== "string") return <code className="value-scalar">{String(value)}</code>;
  const isLong = value.length > LONG_TEXT && !open;
  return (
    <>
      <code className="value-text">{visible(isLong ? `${value.slice(0, LONG_TEXT)}…` : value)}</code>
      {isLong && (
        <button type="button" className="value-more" onClick={() => setOpen(true)}>
          {words.drawer.expand}
        </button>
      )}
    </>
  );
}

function isCut(value: Json): value is { readonly $cut: Json } {
  return isRecord(value) && "$cut" in value && Object.keys(value).length === 1;
}

function isTyped(value: Json): value is { readonly $type: Json; readonly value?: Json } {
  return isRecord(value) && typeof value.$type === "string" && Object.keys(value).length <= 2;
}

function isRecord(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
