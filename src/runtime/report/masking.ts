/**
 * Takes the secrets of a run out of text before it is printed or kept: what bodies log, and what errors say. Results
 * are data of the author's and stay as they are; a `Secret` itself cannot be kept as one.
 */
import type { AttemptEnd } from "../../ports/executor.ts";
import type { ErrorRecord } from "../../state/error-record.ts";

/** Shorter ones would take ordinary words out of ordinary text. */
const LENGTH_MIN = 6;

export interface Mask {
  text(text: string): string;
  error(error: ErrorRecord): ErrorRecord;
  end(end: AttemptEnd): AttemptEnd;
}

export function maskOf(secrets: Readonly<Record<string, string>>): Mask {
  const hidden = Object.entries(secrets).flatMap(([name, value]) =>
    value.length < LENGTH_MIN ? [] : formsOf(value).map((form) => [form, `[secret ${name}]`] as const),
  );
  hidden.sort(([a], [b]) => b.length - a.length); // a secret that holds another is found first
  const text = (from: string) => hidden.reduce((masked, [form, name]) => masked.replaceAll(form, name), from);
  const error = (from: ErrorRecord): ErrorRecord => ({
    ...from,
    message: text(from.message),
    ...(from.stack !== undefined && { stack: text(from.stack) }),
    ...(from.thrown !== undefined && { thrown: text(from.thrown) }),
    ...(from.cause !== undefined && { cause: error(from.cause) }),
  });
  return { text, error, end: (end) => maskedEnd(end, text, error) };
}

/** As it is, and as it stands in addresses, JSON and base64. */
function formsOf(value: string): readonly string[] {
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString("base64").replace(/=+$/, ""),
  ];
  return [...new Set(forms)];
}

function maskedEnd(
  end: AttemptEnd,
  text: (from: string) => string,
  error: (from: ErrorRecord) => ErrorRecord,
): AttemptEnd {
  if (end.kind === "threw" || end.kind === "timed-out") return { ...end, error: error(end.error) };
  if (end.kind !== "signalled") return end;
  const { signal } = end;
  if (!("why" in signal) || signal.why === undefined) return end;
  return { ...end, signal: { ...signal, why: text(signal.why) } as typeof signal };
}
