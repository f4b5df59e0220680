/** English: why a state is what it is, and what would change it. */
import { enStates } from "./en-states.ts";
import { countingIn } from "./plural.ts";
import type { WhySentences } from "./why-facts.ts";

const { count, number } = countingIn("en");
const and = (items: readonly string[]) => new Intl.ListFormat("en", { type: "conjunction" }).format(items);
/** Who gave no name is called by the way it was asked. */
const UNNAMED: Readonly<Record<string, string>> = { "": "", page: " on the page", api: " over the API" };
const by = (who: string) => UNNAMED[who] ?? ` by ${who}`;
const somebody = (who: string) => (who in UNNAMED ? `A person${UNNAMED[who]}` : who);
const said = (why: string) => (why === "" ? "" : ` It said: “${why}”.`);

const stateName = (code: string) => (enStates.states as Readonly<Record<string, string>>)[code] ?? code;

export const enWhy: WhySentences = {
  "waits-for-upstreams": (f) =>
    `It waits for ${and([...f.names("upstreams"), ...(f.number("more") > 0 ? [`${number(f.number("more"))} more`] : [])])}.`,
  "waits-for-its-turn": () => "Nothing before it is open: it waits for its turn.",
  "process-stopping": () => "The process that ran it is stopping. It goes on when a process takes the run up.",
  limit: (f) => `It could begin, but the limit ${f.text("limit")} is full.`,
  "cache-wait": (f) => `Run ${f.text("runId")} computes the same result just now; it waits for that instead.`,
  "starts-at": (f) => `It begins at ${f.time("at") ?? "a set time"}.`,
  retry: (f) =>
    `The last attempt failed. Attempt ${number(f.number("attempt"))}${f.number("of") > 0 ? ` of ${number(f.number("of"))}` : ""} begins ${f.time("at") === undefined ? "soon" : `at ${f.time("at")}`}.`,
  "not-yet": (f) =>
    `It said “not yet” ${count(f.number("count"), "time", "times")}.${f.time("at") === undefined ? "" : ` It is asked again at ${f.time("at")}.`}`,
  approval: (f) =>
    `It asks a person: “${f.text("question")}”${f.time("until") === undefined ? "" : ` An answer is awaited until ${f.time("until")}.`}`,
  "child-run": (f) =>
    `Its run ${f.text("run")} waits for a person${f.text("question") === "" ? "." : `: “${f.text("question")}”`}${f.time("until") === undefined ? "" : ` An answer is awaited until ${f.time("until")}.`}`,
  "manual-only": () => "Its trigger is manual_only: a person has to let it run.",
  signal: (f) => `Its function decided it by a signal.${said(f.text("why"))}`,
  "code-changed": (f) => `The flow has changed in what remains: ${f.texts("changes").join("; ")}.`,
  "by-person": (f) => `The run was paused${by(f.text("by"))}: nothing of it starts until it is resumed.`,
  pausing: (f) =>
    `The run is being paused${by(f.text("by"))}: what is in flight goes on to its end, and nothing else starts.`,
  interrupted: () => "The run was interrupted: its process ended. What finished is kept, and it can go on.",
  "run-again": () => "A person set it back: it, or what it follows from, is to run again.",
  "value-not-kept": () => "A value it needs was not kept, so what made it runs again.",
  lost: (f) => `Its process ended in the middle of an attempt (${count(f.number("count"), "time", "times")}).`,
  running: (f) =>
    f.number("attempt") > 0
      ? `Its function is being called, attempt ${number(f.number("attempt"))}.`
      : "It is going on.",
  cancelling: () => "A cancel was asked for: what is in flight is being told to stop.",
  "between-rounds": (f) =>
    `One round of its loop ended; the next begins${f.time("at") === undefined ? "" : ` at ${f.time("at")}`}.`,
  "waits-for-a-person": () => "It waits for a person.",
  succeeded: (f) =>
    f.number("attempts") > 1 ? `It returned at attempt ${number(f.number("attempts"))}.` : "It returned.",
  "cache-hit": (f) =>
    `The inputs are those of run ${f.text("runId")}, so its result was taken instead of calling the function.${f.time("expiresAt") === undefined ? " It stays valid." : ` It is valid until ${f.time("expiresAt")}.`}`,
  "cache-stored": (f) =>
    `It returned, and its result was put into the cache${f.time("expiresAt") === undefined ? "" : ` until ${f.time("expiresAt")}`}.`,
  mapped: () => "It ran once for every element, and every child is decided.",
  given: () => "Its result was given, instead of calling its function.",
  handler: () => "A state handler decided it.",
  approved: (f) => `It was approved${by(f.text("by"))}.`,
  marked: (f) =>
    `${somebody(f.text("by"))} marked it${f.time("at") === undefined ? "" : ` at ${f.time("at")}`}; before, its state was ${stateName(f.text("from"))}. Why: “${f.text("why")}”.`,
  failed: (f) =>
    f.number("attempts") > 1
      ? `All of its ${number(f.number("attempts"))} attempts failed.`
      : "It threw an error and has no attempts left.",
  timeout: (f) => `It took longer than its timeout of ${f.duration("afterMs")}.`,
  validation: () => "What went in or came out did not fit its schema.",
  "approval-rejected": (f) => `It was rejected${by(f.text("by"))}.${said(f.text("why"))}`,
  trigger: (f) =>
    `It was not called: its trigger ${f.text("trigger")} asks for more. Of ${count(f.number("total"), "task", "tasks")} before it, ${number(f.number("successful"))} succeeded and ${number(f.number("failed"))} failed.`,
  "trigger-error": () => "Its trigger threw an error, so it was not called.",
  "no-mappable-upstream": () => "There was nothing to map over.",
  "unmappable-result": (f) => `${f.text("upstream")} gave ${f.text("got")}, which cannot be mapped over.`,
  "map-lengths": (f) => `The lists to map over have different lengths: ${f.texts("lengths").join(", ")}.`,
  "ref-path-missing": (f) => `The result it reads from has no ${f.text("path")}.`,
  "handler-failed": (f) => `The handler ${f.text("handler")} threw an error.`,
  "retry-signals-max": (f) => `It asked to be called again more than ${count(f.number("max"), "time", "times")}.`,
  "loop-max": (f) => `Its loop went on for more than ${count(f.number("max"), "round", "rounds")}.`,
  "cache-key-failed": () => "The function that makes its cache key threw an error.",
  poison: (f) =>
    `Its process ended ${count(f.number("count"), "time", "times")} while it ran, so it is not tried again.`,
  "outcome-unknown": () => "Its process ended while it ran, and nobody knows how far it came.",
  resource: (f) => `The resource ${f.text("resource")} could not be set up.`,
  skipped: () => "It skipped itself.",
  "upstream-skipped": (f) => `${f.text("upstream")} before it was skipped, so it was skipped too.`,
  "all-upstreams-skipped": () => "Everything before it was skipped, so it was skipped too.",
  "case-not-taken": (f) =>
    `It belongs to the case ${f.text("key")}; the branch took ${f.text("taken") === "" ? "none" : f.text("taken")}.`,
  "no-case-taken": (f) => `The branch got ${f.text("key")}, and has no case for it.`,
  cancelled: (f) => `It was cancelled${by(f.text("by"))}.`,
  "reference-succeeded": () => "All the tasks that decide the run succeeded.",
  "reference-failed": (f) => `The run is decided by tasks that failed: ${and(f.texts("failed"))}.`,
  "final-state": () => "The flow itself said how it ends.",
};
