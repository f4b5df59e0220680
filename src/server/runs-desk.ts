/**
 * The runs of this process: begun by a request or a schedule, taken over from processes that are gone. Each goes on by
 * itself; whoever wants to know reads the store.
 */
import { CaudalError, isCaudalError } from "../base/errors.ts";
import { type Instant, isoUtc } from "../base/time.ts";
import type { Clock, Random, Timer } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Ask, Origin, RunRow, Store } from "../ports/store.ts";
import { answered, comesTrue } from "../runtime/kept/answered.ts";
import { isOfTheMoment } from "../runtime/kept/commit-patiently.ts";
import { isNobodys } from "../runtime/kept/in-hand.ts";
import { type MarkOrder, markProgram } from "../runtime/kept/mark.ts";
import { type Parent, parentOf, withoutParts } from "../runtime/kept/parent-run.ts";
import { resumeRun } from "../runtime/kept/resume.ts";
import { type RetryOptions, retryProgram } from "../runtime/kept/retry.ts";
import { type RunExtra, runProgram } from "../runtime/run.ts";
import { beginsAt, keepForLater } from "../runtime/kept/scheduled-run.ts";
import { atTimeOfDay } from "../runtime/time-of-day.ts";
import { recordOf } from "../state/error-text.ts";
import { staysPaused } from "../state/reason.ts";
import type { FlowSource, ServedFlow } from "./parts.ts";

export interface StartOrder {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string | undefined;
  readonly runName?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly origin: Origin;
  readonly scheduledAt?: Instant | undefined;
  /** Begins then, and not at once. */
  readonly at?: Instant | undefined;
  readonly tick?: RunExtra["tick"];
}

export interface Begun {
  readonly row: RunRow;
  readonly created: boolean;
}

export interface RunsDeskParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly source: FlowSource;
}

/** How often runs whose process is gone are looked for. */
const LOOK_MS = 10_000;
const LOST_MAX = 100_000;
/** When a run may be told to begin, from now. */
const FAR_MS = 10 * 366 * 86_400_000;
/** How long an action waits for the process that has the run. */
const ANSWER_MS = 1_500;

export class RunsDesk {
  readonly #parts: RunsDeskParts;
  readonly #active = new Map<string, { readonly cancel: AbortController; ended: Promise<unknown> }>();
  readonly #drain = new AbortController();
  readonly #telling = new Map<string, Promise<unknown>>();
  /** Something is wrong with them: not tried again and again. */
  readonly #refused = new Set<string>();
  /** Could not be had just now, and that was said. */
  readonly #told = new Set<string>();
  #looking: NodeJS.Timeout | undefined;
  #look: Promise<number> = Promise.resolve(0);
  #nextLook: Promise<number> | undefined;
  /** For the first of the runs that wait for their time. */
  #due: { readonly at: Instant; readonly timer: Timer } | undefined;

  constructor(parts: RunsDeskParts) {
    this.#parts = parts;
  }

  get draining(): boolean {
    return this.#drain.signal.aborted;
  }

  get active(): number {
    return this.#active.size;
  }

  /**
   * Resolves as soon as the run is in the store.
   * @throws CaudalError PARAMETER_INVALID, SECRET_MISSING, IDEMPOTENCY_CONFLICT, TICK_TAKEN, SERVER_DRAINING,
   * FIELD_INVALID where it is to begin years from now: nothing was written
   */
  async start(flow: ServedFlow, order: StartOrder): Promise<Begun> {
    this.#refuseWhenDraining();
    const { store, clock, random, logger } = this.#parts;
    refuseFarAway(order.at, clock.now());
    if (order.at !== undefined && order.at > clock.now()) return this.#startAt(order.at, flow, order);
    const { program } = flow;
    const { parameters, idempotencyKey, runName, tags, origin, scheduledAt, tick } = order;
    const cancel = new AbortController();
    return new Promise((resolve, reject) => {
      const begun = (row: RunRow, created: boolean) => {
        if (created) this.#keep(row.id, ended, cancel);
        resolve({ row, created });
      };
      const ended = runProgram(
        program,
        { store, parameters, idempotencyKey, runName, tags, signal: cancel.signal, wait: true },
        { ports: { clock, random, logger }, origin, scheduledAt, tick, begun, drain: this.#drain.signal },
      );
      ended.catch(reject); // before it began; afterwards nobody listens, and #keep has logged it
    });
  }

  async #startAt(startAt: Instant, { program }: ServedFlow, order: StartOrder): Promise<Begun> {
    const { store, clock, random, logger } = this.#parts;
    const { parameters, idempotencyKey, runName, tags, origin } = order;
    const options = { store, parameters, idempotencyKey, runName, tags };
    const begun = await keepForLater({ program, options, ports: { clock, random, logger }, startAt, origin });
    this.#wakeAt(startAt);
    return begun;
  }

  /** Looks for what is due then. */
  #wakeAt(at: Instant): void {
    if (this.draining || (this.#due !== undefined && this.#due.at <= at)) return;
    this.#due?.timer.cancel();
    const look = () => {
      this.#due = undefined;
      void this.takeOverLost().catch(() => undefined);
    };
    this.#due = { at, timer: atTimeOfDay(this.#parts.clock, at, look) };
  }

  /** Goes on with a run that nobody has. Resolves when this process has it, rejects when it cannot be had. */
  resume({ program }: ServedFlow, runId: string, acceptChanges = false): Promise<void> {
    return this.#goOn(runId, (options, extra) => resumeRun(program, runId, { ...options, acceptChanges }, extra));
  }

  /** Runs again what failed in a run that has ended, or from one task run on. */
  retry({ program }: ServedFlow, runId: string, how: Pick<RetryOptions, "from" | "acceptChanges"> = {}): Promise<void> {
    return this.#goOn(runId, (options, extra) => retryProgram(program, runId, { ...options, ...how }, extra));
  }

  /** Says what became of a task run of a run that nobody has, and goes on with it. */
  mark({ program }: ServedFlow, runId: string, mark: MarkOrder): Promise<void> {
    return this.#goOn(runId, (options, extra) => markProgram(program, runId, mark, options, extra));
  }

  async #goOn(
    runId: string,
    go: (
      options: { readonly store: Store; readonly signal: AbortSignal; readonly wait: true },
      extra: RunExtra,
    ) => Promise<unknown>,
  ): Promise<void> {
    this.#refuseWhenDraining();
    const { store, clock, random, logger } = this.#parts;
    const cancel = new AbortController();
    const options = { store, signal: cancel.signal, wait: true } as const;
    const extra = { ports: { clock, random, logger }, drain: this.#drain.signal };
    await new Promise<void>((resolve, reject) => {
      const begun = () => {
        this.#keep(runId, ended, cancel);
        resolve();
      };
      const ended = go(options, { ...extra, begun });
      ended.then(() => resolve(), reject);
    });
  }

  #keep(runId: string, ended: Promise<unknown>, cancel: AbortController): void {
    const { logger, clock } = this.#parts;
    const whole = Promise.resolve(ended)
      .catch((thrown: unknown) => {
        if (!isOfTheMoment(thrown)) this.#refused.add(runId);
        const { message, code } = recordOf(thrown);
        const text = `Run ${runId} left this process: ${code === undefined ? "" : `${code}: `}${message}`;
        logger.write({ at: clock.now(), level: "error", logger: "caudal.serve", message: text, fields: { runId } });
      })
      .finally(() => this.#active.delete(runId));
    this.#active.set(runId, { cancel, ended: whole });
  }

  #refuseWhenDraining(): void {
    if (this.draining) throw new CaudalError("SERVER_DRAINING", undefined);
  }

  /**
   * Leaves a request for whoever has the run; where nobody has it and the code is here, takes it over to carry it out.
   * Undefined: it waits for whoever resumes the run, and nobody answers before.
   * @throws CaudalError RUN_UNKNOWN, FLOW_NOT_LOADED
   */
  async ask(row: RunRow, ask: Ask, by: string): Promise<number | undefined> {
    const { store, clock, source } = this.#parts;
    const nobody = isNobodys(store, row);
    const takes = nobody && isCarriedOutNow(row, ask);
    if (takes && !source.flows().has(row.flow)) throw new CaudalError("FLOW_NOT_LOADED", { flow: row.flow });
    const { id } = await store.post({ runId: row.id, ask, by, at: clock.now() });
    // It may still wait for its place among the runs of its flow, where it reads no requests.
    if (ask.kind === "cancel" && row.state.type === "Pending") this.#active.get(row.id)?.cancel.abort();
    if (takes) await this.takeFor(row);
    return nobody && !takes ? undefined : id;
  }

  /** Takes a run over that nobody has, for what was asked of it. */
  async takeFor(row: RunRow): Promise<void> {
    const flow = this.#parts.source.flows().get(row.flow);
    if (flow === undefined || this.#active.has(row.id)) return;
    await this.resume(flow, row.id, true);
    const parent = parentOf(row);
    if (parent !== undefined) void this.#active.get(row.id)?.ended.then(() => this.#tellParent(parent));
  }

  /** The run of a flow that is called as a task has come to a point elsewhere: the task run it is a part of looks. */
  async #tellParent({ run, task }: Parent): Promise<void> {
    const { store, clock } = this.#parts;
    try {
      const row = await store.readRun(run);
      if (row?.state.type !== "Paused" || this.draining) return;
      await this.ask(row, { kind: "resume", task, input: undefined }, "its run");
    } catch (thrown) {
      const { message } = recordOf(thrown);
      const text = `Run ${run} could not be told that the run of '${task}' has gone on: ${message}`;
      this.#parts.logger.write({ at: clock.now(), level: "warn", logger: "caudal.serve", message: text });
    }
  }

  /** Resolves when a request was carried out or refused, or has waited long enough: another process may be slow. */
  async answered(runId: string, request: number): Promise<boolean> {
    const { store } = this.#parts;
    return answered(store, { runId, id: request }, ANSWER_MS);
  }

  /** False: it has waited long enough. */
  async comesTrue(check: () => Promise<boolean> | boolean): Promise<boolean> {
    return comesTrue(check, ANSWER_MS);
  }

  /** Takes over what others left, now and from time to time. */
  async watchOver(): Promise<void> {
    await this.takeOverLost();
    this.#looking = setInterval(() => void this.takeOverLost().catch(() => undefined), LOOK_MS).unref();
  }

  /**
   * Runs of loaded flows, unchanged since, whose process died; or that a schedule, the API or another server began and
   * somebody let go. One that a person stopped in a script waits for that person, one that is to begin later for that.
   */
  takeOverLost(): Promise<number> {
    // While one look goes on, the next waits for it, and whoever asks meanwhile for that one.
    this.#nextLook ??= this.#look
      .catch(() => 0)
      .then(() => {
        this.#nextLook = undefined;
        return (this.#look = this.#takeOverLost());
      });
    return this.#nextLook;
  }

  async #takeOverLost(): Promise<number> {
    if (this.draining) return 0;
    const { store, source, clock } = this.#parts;
    const flows = source.flows();
    let taken = 0;
    for (const row of await store.listRuns({ untold: true, limit: LOST_MAX })) await this.#tellListeners(row);
    const stopped = await store.listRuns({ interrupted: true, limit: LOST_MAX });
    // Somebody has to be there when the time of a question is up.
    const paused = await store.listRuns({ states: ["Paused"], limit: LOST_MAX });
    const waiting = paused.filter((row) => waitsForAPerson(store, row));
    const scheduled = await store.listRuns({ states: ["Scheduled"], limit: LOST_MAX });
    for (const row of withoutParts([...stopped, ...waiting, ...scheduled])) {
      const flow = flows.get(row.flow);
      const ours = row.ownership === "gone" || row.origin !== "script";
      if (flow === undefined || !ours || this.#active.has(row.id) || this.#refused.has(row.id)) continue;
      const startAt = beginsAt(row);
      if (startAt !== undefined && startAt > clock.now()) this.#wakeAt(startAt);
      if (startAt === undefined ? flow.fingerprint !== row.fingerprint : startAt > clock.now()) continue;
      try {
        if (startAt === undefined) await this.#takeUp(flow, row.id);
        else await this.#begin(flow, row);
        this.#told.delete(row.id);
        taken++;
      } catch (thrown) {
        if (!isOfTheMoment(thrown)) this.#refused.add(row.id);
        const isAnothersNow = isCaudalError(thrown, "RUN_OWNED"); // a server that was faster
        if (!isAnothersNow && !this.#told.has(row.id)) this.#tell(row, thrown);
      }
      await clock.turn(); // there may be thousands: whoever asks for a page meanwhile gets it
      if (this.draining) break;
    }
    return taken;
  }

  /** It ended, and its process died before it had told the listeners: nobody waits for that here. */
  async #tellListeners(row: RunRow): Promise<void> {
    const { store, source, clock, random, logger } = this.#parts;
    const flow = source.flows().get(row.flow);
    if (flow === undefined || this.#telling.has(row.id)) return;
    const { tellRun } = await import("../runtime/kept/tell-ended.ts");
    const { program } = flow;
    const told = tellRun({ program, options: { store }, ports: { clock, random, logger } }, row);
    this.#telling.set(row.id, told);
    void told.catch(() => undefined).then(() => this.#telling.delete(row.id));
  }

  /** Where a person pauses it just then, it stays so. */
  #takeUp({ program }: ServedFlow, runId: string): Promise<void> {
    return this.#goOn(runId, (options, extra) => resumeRun(program, runId, options, { ...extra, unasked: true }));
  }

  /** Of a run that nothing was begun of, the code is what it is now; it has to take the parameters it was given then. */
  async #begin(flow: ServedFlow, row: RunRow): Promise<void> {
    if (flow.fingerprint !== row.fingerprint) await flow.program.readParameters(row.parameters);
    await this.resume(flow, row.id, true);
  }

  #tell(row: RunRow, thrown: unknown): void {
    this.#told.add(row.id);
    const { logger, clock } = this.#parts;
    const { message } = recordOf(thrown);
    const text = `Run ${row.id} of flow '${row.flow}' cannot be gone on with here: ${message}`;
    logger.write({ at: clock.now(), level: "warn", logger: "caudal.serve", message: text, fields: { runId: row.id } });
  }

  /** Nothing new begins; attempts in flight get their signal and their grace. Resolves when nothing is in flight. */
  async drain(): Promise<void> {
    clearInterval(this.#looking);
    this.#due?.timer.cancel();
    this.#drain.abort();
    await Promise.allSettled([...this.#active.values()].map(({ ended }) => ended));
    await Promise.allSettled(this.#telling.values());
  }
}

/** Seconds in place of milliseconds lie in 1970, and microseconds where no run will ever begin. */
function refuseFarAway(at: Instant | undefined, now: Instant): void {
  if (at === undefined || Math.abs(at - now) <= FAR_MS) return;
  const given = `at: ${isoUtc(at)} is more than 10 years from now; it is in milliseconds since 1970`;
  throw new CaudalError("FIELD_INVALID", { complaints: [given] });
}

/** And is nobody's; one that a person paused, or whose code changed, goes on only when the whole of it is resumed. */
function waitsForAPerson(store: Store, row: RunRow): boolean {
  return isNobodys(store, row) && !staysPaused(row.state.reason);
}

/** What is decided in a run that a person paused waits there for whoever resumes the whole of it; a cancel does not. */
function isCarriedOutNow({ state }: RunRow, ask: Ask): boolean {
  return ask.kind === "cancel" || state.type !== "Paused" || state.reason?.code !== "by-person";
}
