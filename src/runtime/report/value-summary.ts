/**
 * A value in a few words, for a person: the first members, how many there are, never a secret, never a call
 * into a user's getter, `toJSON` or `inspect`. Cost is bounded by what is shown, not by the value's size.
 */

/** How much is shown, from the most to the least: the first that fits is taken. */
const VIEWS: readonly View[] = [
  { depth: 3, members: 4 },
  { depth: 3, members: 2 },
  { depth: 3, members: 1 },
  { depth: 2, members: 4 },
  { depth: 2, members: 1 },
  { depth: 1, members: 1 },
];
const TEXT_MAX = 48;
const HIDDEN = "[secret]";
const SECRET_NAME =
  /pass(?:word|wd|phrase)?$|secret|token|api[-_]?key|private[-_]?key|credential|authorization|cookie/i;

/** Whether a name says that its value is not for everybody's eyes. */
export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name);
}

interface View {
  readonly depth: number;
  readonly members: number;
}

/** At most `widthMax` characters on one line. */
export function valueSummary(value: unknown, widthMax: number): string {
  let text = "";
  for (const view of VIEWS) {
    text = shown(value, view);
    if (text.length <= widthMax) return text;
  }
  return cut(text, widthMax);
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, Math.max(1, max - 1))}…`;
}

function shown(value: unknown, view: View): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "bigint":
      return `${cut(String(value), TEXT_MAX)}n`;
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : shownObject(value, view);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1)}…`);
}

function shownObject(value: object, view: View): string {
  try {
    if (Array.isArray(value)) return shownList(value, view);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
    if (value instanceof Error) return `${value.name}: ${cut(value.message.split("\n", 1)[0] ?? "", TEXT_MAX)}`;
    if (value instanceof Map) return `Map of ${value.size}`;
    if (value instanceof Set) return `Set of ${value.size}`;
    if (ArrayBuffer.isView(value)) return `${className(value) ?? "bytes"} of ${value.byteLength} bytes`;
    return shownMembers(value, view);
  } catch {
    return "a value that cannot be shown"; // a revoked proxy
  }
}

function shownList(list: readonly unknown[], view: View): string {
  if (list.length === 0) return "[]";
  if (view.depth <= 1) return `[${list.length} item${list.length === 1 ? "" : "s"}]`;
  const first = Array.from({ length: Math.min(list.length, view.members) }, (_, i) =>
    shownMember(list, String(i), deeper(view)),
  );
  return `[${[...first, ...more(list.length, view)].join(", ")}]`;
}

function shownMembers(value: object, view: View): string {
  const name = className(value);
  if (
    name === "Secret" ||
    typeof Object.getOwnPropertyDescriptor(Object.getPrototypeOf(value) ?? {}, "reveal")?.value === "function"
  )
    return HIDDEN;
  if (typeof Object.getOwnPropertyDescriptor(value, "reveal")?.value === "function") return HIDDEN;
  const before = name === undefined || name === "Object" ? "" : `${name} `;
  const keys = Object.keys(value);
  if (keys.length === 0) return `${before}{}`;
  if (view.depth <= 1) return `${before}{${keys.length} key${keys.length === 1 ? "" : "s"}}`;
  const first = keys
    .slice(0, view.members)
    .map((key) => `${keyText(key)}: ${namesSecret(key) ? HIDDEN : shownMember(value, key, deeper(view))}`);
  return `${before}{ ${[...first, ...more(keys.length, view)].join(", ")} }`;
}

function shownMember(holder: object, key: string, view: View): string {
  const member = Object.getOwnPropertyDescriptor(holder, key);
  if (member === undefined) return "nothing";
  return member.get === undefined ? shown(member.value, view) : "a getter";
}

function more(count: number, { members }: View): readonly string[] {
  return count > members ? [`… ${count - members} more`] : [];
}

function deeper({ depth, members }: View): View {
  return { depth: depth - 1, members };
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

function className(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== "object" || prototype === null) return undefined;
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof made === "function" && typeof made.name === "string" && made.name !== "" ? made.name : undefined;
}
