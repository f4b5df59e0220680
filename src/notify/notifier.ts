/**
 * The function a flow or a task is given to tell somebody else: as `onFailure`, `onStateChange` or a state handler.
 * Whatever goes wrong on the way is a warning in the log: telling of a run never changes or ends it.
 */
import type { Duration } from "../base/duration.ts";
import { toMillis } from "../base/duration.ts";
import { CaudalError } from "../base/errors.ts";
import "../base/task-errors.ts";
import {
  type Check,
  complaintsAbout,
  isDuration,
  isFilledText,
  isListOf,
  isOneOf,
  isYesOrNo,
  refuseIfAny,
} from "../flow/checks/check-options.ts";
import type { FailureState, HandlerInfo, Subject } from "../ports/program.ts";
import { loggerFromEnvironment } from "../runtime/report/console-logger.ts";
import { runsErrand, servedAt } from "../runtime/errands.ts";
import { recordOf } from "../state/error-text.ts";
import { familyOf, type State, STATES } from "../state/task-state.ts";
import { deliver, type DeliveryPorts, realPorts } from "./deliver.ts";

export interface NotifyOptions {
  /** Where the message goes: https. It may hold a key, so better name a secret with `urlFrom`. */
  readonly url?: string | URL | undefined;
  /** The name of the secret that holds the address: `"ALERTS"` reads CAUDAL_SECRET_ALERTS when there is something to tell. */
  readonly urlFrom?: string | undefined;
  /** As `onStateChange` or a state handler: the states it tells of. Default: every failed one. */
  readonly states?: readonly State["type"][] | undefined;
  /** The address of the server whose page shows the runs. Default: that of the `caudal serve` the run is in, if it is in one. */
  readonly page?: string | undefined;
  /** Sends to addresses of this computer and of private networks too, and to `http:`. Default false. */
  readonly allowPrivate?: boolean | undefined;
  /** Of each of at most three attempts; default "10s". */
  readonly timeout?: Duration | undefined;
}

/** Goes into `onFailure`, `onStateChange`, `stateHandlers` and `taskStateHandlers`. */
export interface Notifier {
  /** As `onFailure`. */
  (subject: Subject, state: FailureState, info: HandlerInfo): Promise<void>;
  /** As a listener or state handler: it decides nothing, and nobody waits for it. */
  (subject: Subject, from: State, to: State, info: HandlerInfo): void;
}

/** What there is to tell. */
export interface News {
  readonly subject: Subject;
  readonly state: State;
  readonly info: HandlerInfo;
  /** Of the page of the run. */
  readonly link: string | undefined;
}

interface Letter {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Writer {
  readonly name: string;
  readonly write: (news: News) => Letter;
}

const TIMEOUT: Duration = "10s";

const isAddress: Check = (value) => {
  const isUrl = (typeof value === "string" || value instanceof URL) && URL.canParse(String(value));
  return isUrl && /^https?:/.test(String(value)) ? undefined : "must be a whole address (https://…)"; // it may be secret: not shown
};

const CHECKS: Readonly<Record<keyof NotifyOptions, Check>> = {
  url: isAddress,
  urlFrom: isFilledText,
  states: isListOf("state types", isOneOf(...Object.keys(STATES))),
  page: isAddress,
  allowPrivate: isYesOrNo,
  timeout: isDuration,
};

/** @throws CaudalError OPTION_INVALID */
export function checkNotifyOptions(
  of: string,
  options: NotifyOptions,
  own: Readonly<Record<string, Check>> = {},
): void {
  const complaints = complaintsAbout(options, { ...CHECKS, ...own });
  const given = [options?.url, options?.urlFrom].filter((address) => address !== undefined);
  if (given.length !== 1) complaints.push("give it url, or urlFrom with the name of a secret: one of the two");
  refuseIfAny(of, complaints);
}

/** The value of a secret of this process. @throws CaudalError NOTIFY_SECRET */
export function secretNamed(name: string): string {
  const value = process.env[`CAUDAL_SECRET_${name}`];
  if (value === undefined || value === "") throw new CaudalError("NOTIFY_SECRET", { name });
  return value;
}

export function notifier(options: NotifyOptions, writer: Writer, ports: DeliveryPorts = realPorts): Notifier {
  const told = (state: State) => options.states?.includes(state.type) ?? familyOf(state.type) === "failed";
  const tell = (subject: Subject, state: State, info: HandlerInfo) => {
    const sent = send(options, writer, { subject, state, info, link: linkTo(info, options) }, ports);
    runsErrand(sent);
    return sent;
  };
  const notify = (subject: Subject, first: State, second: State | HandlerInfo, info?: HandlerInfo) => {
    if (info === undefined) return tell(subject, first, second as HandlerInfo);
    if (told(second as State)) tell(subject, second as State, info).catch((thrown) => warn(writer.name, thrown));
    return undefined;
  };
  Object.defineProperty(notify, "name", { value: writer.name });
  return notify as Notifier;
}

function linkTo({ runId }: HandlerInfo, { page = servedAt() }: NotifyOptions): string | undefined {
  return page === undefined ? undefined : `${page.replace(/\/+$/, "")}/runs/${runId}`;
}

/** What is told is read now, before the run goes on. */
async function send(options: NotifyOptions, { write }: Writer, news: News, ports: DeliveryPorts): Promise<void> {
  const { body, headers = {} } = write(news);
  const { allowPrivate = false, timeout = TIMEOUT } = options;
  await deliver({ url: urlOf(options), headers, body, allowPrivate, timeoutMs: toMillis("timeout", timeout) }, ports);
}

/** @throws CaudalError NOTIFY_SECRET */
function urlOf({ url, urlFrom = "" }: NotifyOptions): URL {
  if (url !== undefined) return new URL(url);
  const text = secretNamed(urlFrom);
  if (isAddress(text, "") !== undefined)
    throw new CaudalError("NOTIFY_SECRET", { name: urlFrom, why: "is no address" });
  return new URL(text);
}

function warn(name: string, thrown: unknown): void {
  const { message } = recordOf(thrown);
  const record = { at: Date.now(), level: "warn", logger: "caudal.notify" } as const;
  loggerFromEnvironment(undefined).write({ ...record, message: `${name} failed and was ignored: ${message}` });
}
