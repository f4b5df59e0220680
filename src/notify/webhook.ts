/** A JSON message to an address of the author's, signed by the rules of standardwebhooks.com where a key is named. */
import { createHash, createHmac } from "node:crypto";
import { type Check, isFilledText } from "../flow/checks/check-options.ts";
import { isPlainObject } from "../base/json.ts";
import type { State } from "../state/task-state.ts";
import { errorLine } from "./error-line.ts";
import { checkNotifyOptions, type News, notifier, type Notifier, type NotifyOptions, secretNamed } from "./notifier.ts";

export interface WebhookOptions extends NotifyOptions {
  /** The name of the secret with the key that signs: `"HOOK_KEY"` reads CAUDAL_SECRET_HOOK_KEY. Default: not signed. */
  readonly signWith?: string | undefined;
  /** Sent with every message. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const areHeaders: Check = (value) => {
  if (!isPlainObject(value)) return "must be a plain object of names and values";
  try {
    new Headers(value as Record<string, string>);
    return undefined;
  } catch {
    return "has a name or value that no header can have"; // the value may be secret
  }
};

const OWN = { signWith: isFilledText, headers: areHeaders };
const KEY_PREFIX = "whsec_";

/**
 * Tells an address of yours with a POST of JSON: `{ type: "run.failed", timestamp, data }`.
 * For `onFailure` of a flow or a task; as a listener or state handler it tells of `states`.
 * @throws CaudalError OPTION_INVALID. What fails when it tells is a warning: NOTIFY_SECRET, NOTIFY_REFUSED, NOTIFY_FAILED
 */
export function webhook(options: WebhookOptions): Notifier {
  checkNotifyOptions("webhook", options, OWN);
  const { signWith, headers = {} } = options;
  const write = (news: News) => {
    const body = JSON.stringify(messageOf(news));
    const id = idOf(news);
    const seconds = Math.floor(Date.now() / 1_000);
    const marks = { "webhook-id": id, "webhook-timestamp": String(seconds) };
    if (signWith === undefined) return { body, headers: { ...headers, ...marks } };
    const signature = signatureOf(secretNamed(signWith), `${id}.${seconds}.${body}`);
    return { body, headers: { ...headers, ...marks, "webhook-signature": signature } };
  };
  return notifier(options, { name: "webhook", write });
}

/** HMAC-SHA256; a key of the standard's own form (`whsec_` and base64) is decoded, any other is taken as it is. */
function signatureOf(key: string, text: string): string {
  const bytes = key.startsWith(KEY_PREFIX) ? Buffer.from(key.slice(KEY_PREFIX.length), "base64") : Buffer.from(key);
  return `v1,${createHmac("sha256", bytes).update(text).digest("base64")}`;
}

/** The same for the same news, so that whoever hears it twice can tell. */
function idOf({ subject, state, info }: News): string {
  const text = JSON.stringify([info.runId, subject.kind, subject.slug, subject.mapIndex, info.attempt, state.type]);
  return `msg_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}

function messageOf({ subject, state, info, link }: News): unknown {
  const what = subject.kind === "flow" ? "run" : "task-run";
  return {
    type: `${what}.${kebab(state.type)}`,
    timestamp: new Date(info.at).toISOString(),
    data: {
      flow: info.flowName,
      run: info.runId,
      ...(subject.kind === "task" && { task: subject.name, slug: subject.slug, attempt: info.attempt }),
      state: shown(state),
      ...("error" in state && subject.kind === "flow" && failuresOf(info)),
      link,
    },
  };
}

function failuresOf(info: News["info"]): object {
  const { count, named } = info.failures();
  return { failed: count, failures: named.map(({ name, slug, state }) => ({ task: name, slug, state: shown(state) })) };
}

function shown(state: State): object {
  if (!("error" in state)) return { type: state.type };
  const { error } = state;
  const code = error.code === undefined ? {} : { code: error.code };
  return { type: state.type, error: { name: error.name, ...code, message: errorLine(error) } };
}

const kebab = (name: string) => name.replaceAll(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
