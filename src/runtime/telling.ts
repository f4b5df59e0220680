/**
 * Calls listeners and `onFailure`, each after the commit that made true what they are told. What they do changes
 * nothing: an error is logged, and what they print is kept like what state handlers print.
 *
 * A crash between the commit and the call must not lose it. The history has every transition, so nothing is kept of the
 * calls but how far they have come: a commit says after which commit of its run listeners have still to be told
 * (`Batch.untoldAfter`), and whoever takes the run over tells them from there, as `replayed`. A listener that answers
 * with a promise counts as told when that has settled, or its time is up (docs/adr/0022).
 */
import { formatMillis } from "../base/duration.ts";
import { isCaudalError } from "../base/errors.ts";
import { isThenable } from "../base/thenable.ts";
import type { Run } from "../engine/run.ts";
import { stateOf } from "../engine/state-of.ts";
import type { FailureState, HandlerInfo, Program, StateListener, Subject, TaskFunctions } from "../ports/program.ts";
import type { Batch, Cursor } from "../ports/store.ts";
import { recordOf } from "../state/error-text.ts";
import { type FlowState, isFinishedType, type State } from "../state/task-state.ts";
import { flowSubject, handlerInfo, taskSubject } from "./answers/questions.ts";
import { withinTime } from "./answers/within-time.ts";
import type { DriverParts } from "./driver-parts.ts";
import { listening } from "./report/handler-lines.ts";
import { FLOW_RUNNER } from "./report/log-lines.ts";

/** What is told: of a task run, or of the flow run where there is no slot. */
export interface News {
  readonly slot: number | undefined;
  /** `failure` is for `onFailure`, once: it has finally failed. */
  readonly kind: "step" | "failure";
  readonly from: State;
  readonly to: State;
  readonly info: HandlerInfo;
}

/** What the owner before may not have told. */
export interface Untold {
  readonly after: Cursor;
  readonly news: readonly News[];
}

export interface TellerParts extends Pick<DriverParts, "program" | "run" | "about" | "clock" | "logger"> {
  /** The run's, before this owner. */
  readonly lastCommit: Cursor;
  readonly untold?: Untold | undefined;
  readonly flowTold?: FlowState | undefined;
}

type Word = Batch["untoldAfter"];

export interface Teller {
  /** Takes what a commit makes known: told by `tell` after it. Gives what the commit is to say. */
  take(flow: FlowState | undefined, inBetween: ReadonlySet<number> | undefined): Word;
  /** The commit is kept. */
  committed(cursor: Cursor): void;
  tell(): void;
  /** Whether some that were called have not ended; then it calls back once they have. */
  isBusy(ended: () => void): boolean;
  /** What the last commit of this owner is to say. */
  word(): Word;
}

/** Calls that have not ended, and after which commit they come. */
interface Open {
  readonly after: Cursor;
  calls: number;
}

const NO_NEWS: readonly News[] = [];

export function makeTeller(parts: TellerParts): Teller {
  const { run, untold } = parts;
  let last = parts.lastCommit;
  let old = untold?.news ?? NO_NEWS;
  const open: Open[] = untold === undefined || old.length === 0 ? [] : [{ after: untold.after, calls: 1 }];
  let news = NO_NEWS;
  /** Of task runs in between two states: theirs is kept, and told, with the state it leads to. */
  let held: Run["seen"] = [];
  let flowTold = parts.flowTold ?? run.flow;
  /** The last word that was kept names what was told since. */
  let outdated = untold !== undefined;
  let said: Word;
  let ended: (() => void) | undefined;

  const tellAll = (group: Open, all: readonly News[]) => {
    const end = () => {
      if (--group.calls > 0) return;
      open.splice(open.indexOf(group), 1);
      if (open.length === 0) ended?.();
    };
    for (const one of all) {
      for (const call of callsOf(parts, one)) {
        group.calls++;
        call(end);
      }
    }
    end();
  };
  const word = (): Word => open[0]?.after ?? (news.length > 0 ? last : outdated ? "itself" : undefined);

  return {
    take(flow, inBetween) {
      const seen = held.length === 0 ? run.seen : [...held, ...run.seen];
      run.seen = [];
      held = inBetween === undefined ? [] : seen.filter(({ slot }) => inBetween.has(slot));
      const now = held.length === 0 ? seen : seen.filter(({ slot }) => inBetween?.has(slot) !== true);
      news = newsOf(parts, now, flow && { from: flowTold, to: flow });
      flowTold = run.flow;
      return (said = word()); // of a pass that changed nothing there is no commit
    },
    committed(cursor) {
      if (said !== undefined) outdated = said !== "itself";
      if (news.length > 0) open.push({ after: last, calls: 1 });
      last = cursor;
    },
    tell() {
      const [before, now] = [old, news];
      old = news = NO_NEWS;
      if (before.length > 0) tellAll(open[0]!, before);
      if (now.length > 0) tellAll(open.at(-1)!, now);
    },
    isBusy(then) {
      ended = then;
      return open.length > 0;
    },
    word,
  };
}

/** Task runs first, then those that failed for good, then the flow. */
function newsOf(
  { program, run, clock }: TellerParts,
  seen: Run["seen"],
  flow: { readonly from: FlowState; readonly to: FlowState } | undefined,
): readonly News[] {
  const at = clock.now();
  const news: News[] = [];
  const add = (slot: number | undefined, kind: News["kind"], from: State, to: State) =>
    void news.push({ slot, kind, from, to, info: handlerInfo(run, slot, at) });
  for (const { slot, from, to } of seen) if (hears(program, run, slot, "step", to)) add(slot, "step", from, to);
  for (const slot of run.settled) {
    const to = stateOf(run, slot);
    if (hears(program, run, slot, "failure", to)) add(slot, "failure", to, to);
  }
  if (flow === undefined) return news;
  if (isStep(flow.from, flow.to) && hears(program, run, undefined, "step", flow.to))
    add(undefined, "step", flow.from, flow.to);
  if (hears(program, run, undefined, "failure", flow.to)) add(undefined, "failure", flow.from, flow.to);
  return news;
}

/** Whoever goes on with a run is no step of it; that it is being paused, while it goes on, is one. */
export function isStep(from: State, to: State): boolean {
  return from.type !== to.type || (to.type === "Running" && to.reason !== undefined);
}

/** Whether anybody is told. */
export function hears(
  program: Program,
  run: Run,
  slot: number | undefined,
  kind: News["kind"],
  { type, ...rest }: State,
): boolean {
  const { listeners, onFailure } = slot === undefined ? program.flow : functionsOf(program, run, slot);
  if (kind === "step") return listeners.length > 0;
  return onFailure.length > 0 && "error" in rest && isFinishedType(type);
}

function functionsOf(program: Program, run: Run, slot: number): TaskFunctions {
  return program.tasks[program.graph.nodes[run.owner[slot]!]!.task]!;
}

/** One for each listener; it says when it has ended, which a promise does later. */
function callsOf(parts: TellerParts, { slot, kind, from, to, info }: News): readonly ((end: () => void) => void)[] {
  const { program, run } = parts;
  const { listeners, onFailure, handlerTimeoutMs } =
    slot === undefined ? program.flow : functionsOf(program, run, slot);
  const subject = slot === undefined ? flowSubject(run) : taskSubject(run, slot);
  const of = { attempt: info.attempt, subject, timeoutMs: handlerTimeoutMs, ...(slot !== undefined && { slot }) };
  if (kind === "step")
    return listeners.map((listener: StateListener) => {
      const said = () => listener(subject, from, to, info);
      return (end) => call(parts, { what: "onStateChange", said, end, ...of });
    });
  return onFailure.map((listener) => {
    const said = () => listener(subject, to as FailureState, info);
    return (end) => call(parts, { what: "onFailure", said, end, ...of });
  });
}

interface Called {
  readonly slot?: number;
  readonly attempt: number;
  readonly subject: Subject;
  readonly timeoutMs: number;
  readonly what: string;
  readonly said: () => unknown;
  readonly end: () => void;
}

/** A listener's error, now or later, is logged and changes nothing. */
function call(parts: TellerParts, { what, said, end, timeoutMs, ...of }: Called): void {
  const { clock, logger } = parts;
  const complain = (thrown: unknown) => {
    const { name, message } = recordOf(thrown);
    const text = `${what} failed and was ignored: ${name}: ${message}`;
    logger.write({ at: clock.now(), level: "warn", logger: FLOW_RUNNER, message: text });
  };
  try {
    const answer = listening(parts, of, said);
    if (isThenable(answer)) {
      const late = () => new Error(`it did not end within ${formatMillis(timeoutMs)}`);
      const answered = Promise.resolve(answer as PromiseLike<unknown>);
      void withinTime(answered, { clock, timeoutMs }, late).then(undefined, complain).then(end);
      return;
    }
  } catch (thrown) {
    complain(thrown);
  }
  end();
}

/** The run has ended, and its listeners were told: where that cannot be kept they are told again, and nothing else is lost. */
export async function lastWord(
  { store, clock, logger }: Pick<DriverParts, "store" | "clock" | "logger">,
  batch: Batch,
): Promise<void> {
  try {
    await store.commit(batch);
  } catch (thrown) {
    if (!isCaudalError(thrown)) throw thrown;
    if (thrown.code === "STALE_EPOCH") return; // somebody runs it again
    const text = `Listeners of run ${batch.runId} may be told again, as it could not be kept that they were: ${thrown.message}`;
    logger.write({ at: clock.now(), level: "warn", logger: "caudal.store", message: text });
  }
}
