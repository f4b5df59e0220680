/** Calls of bodies: what they do in their world, and the journal of their effects. */
import type { TaskContext } from "../src/executor/context.ts";
import type { Batch, OnceKey } from "../src/ports/store.ts";
import { isFinishedType } from "../src/state/task-state.ts";
import { type End, endOf, msOf, noteEnd } from "./bodies.ts";
import { checkCall } from "./invariants.ts";
import { type Call, placeOf, type RunLedger } from "./ledger.ts";
import type { NodeSpec } from "./scenario.ts";
import type { SimProcess } from "./sim-process.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world.ts";

interface Going {
  readonly process: SimProcess;
  readonly run: RunLedger;
  readonly spec: NodeSpec;
  readonly call: Call;
  /** Nothing could happen any more, so it was told that it never ends: what it held is others'. */
  never: boolean;
}

export class Bodies {
  readonly #world: World;
  readonly #going = new Set<Going>();
  /** Inner steps whose value was kept. */
  readonly #kept = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  isUnderWay(process: SimProcess): boolean {
    for (const going of this.#going) if (going.process === process) return true;
    return false;
  }

  /** Bodies of a task run that go on in a process though their attempts are over. `attempt`: the one that is not. */
  leftBehind(process: SimProcess, runId: string, slot: number, attempt: number | undefined): number {
    let count = 0;
    for (const { process: where, run, call } of this.#going)
      if (where === process && run.id === runId && call.slot === slot && call.attempt !== attempt) count++;
    return count;
  }

  processDied(process: SimProcess): void {
    for (const going of this.#going) if (going.process === process) this.#going.delete(going);
  }

  called(process: SimProcess, node: number, args: readonly unknown[]): unknown {
    if (process.dead) return new Promise(() => undefined);
    const world = this.#world;
    const scope = process.system.currentScope()!;
    const { slot, attempt, about } = scope.order;
    const run = world.runs.get(about.runId)!;
    const spec = run.flow.nodes[node]!;
    const known = run.slot(slot);
    const call: Call = { slot, attempt, epoch: about.fence, at: world.now, value: undefined, ended: false, logged: 0 };
    const isOwner = run.owner === process.name && run.epoch === about.fence;
    world.guarded(() => checkCall(run, call, isOwner, true));
    known.calls.push(call);
    world.mix(slot * 7 + attempt);
    world.say(() => `${process.name}: calls ${spec.name} (slot ${slot}), attempt ${attempt}`);
    for (let line = 0; line < spec.logs; line++) scope.context().log.info(`line ${line}`);
    call.logged = spec.logs;
    const resumed = about.resumed(slot) !== undefined;
    const asksAgain = !resumed && spec.deed.kind === "pauses" && run.goneOn.has(placeOf(known));
    if (isOwner && asksAgain && !world.clients.marked)
      world.fail(new Violation("I37", "it asks again, and a person has let it go on", { runId: run.id, slot }));
    const end = endOf(spec, args, known, { round: about.loop(slot).count, resumed });
    const going: Going = { process, run, spec, call, never: false };
    this.#going.add(going);
    if (spec.limit !== undefined) this.#checkLimit(spec.limit, call, run);
    const ms = msOf(spec, known.child);
    world.bodyBegins(process, ms);
    if (end.kind === "once") return this.#inSteps(going, scope.context());
    if (end.kind !== "hangs" && ms === 0) return this.#ends(going, end);
    return this.#endsLater(going, end, ms, scope.context());
  }

  /** I21: no more bodies go on than a limit has places, whatever became of their attempts and runs. */
  #checkLimit(limit: string, { slot }: Call, run: RunLedger): void {
    let count = 0;
    for (const { process, spec, never } of this.#going)
      if (spec.limit === limit && !never && !process.dead && !process.disowned) count++;
    const max = run.flow.limits[limit]!;
    if (count > max)
      this.#world.fail(
        new Violation("I21", `${count} bodies hold ${limit}, which has ${max} places`, { runId: run.id, slot }),
      );
  }

  /** Those that have not ended by now hang. */
  nothingHappens(process: SimProcess): void {
    for (const going of this.#going) if (going.process === process) going.never = true;
  }

  #ends(going: Going, end: End): unknown {
    this.#going.delete(going);
    noteEnd(going.call, end);
    if (end.kind === "throws") throw end.thrown;
    return end.kind === "returns" ? end.value : undefined;
  }

  #endsLater(going: Going, end: End, ms: number, context: TaskContext): Promise<unknown> {
    const { process, spec, call } = going;
    return new Promise((resolve, reject) => {
      if (end.kind !== "hangs")
        this.#world.later(ms, process, () => {
          if (!this.#going.has(going)) return; // it heeded its signal before
          // A last line, while something else of the run may be on its way to the store. After a timeout it would be late.
          if (spec.logs > 0 && spec.timeoutMs === undefined) {
            call.logged++;
            context.log.info("the last line");
          }
          try {
            resolve(this.#ends(going, end));
          } catch (thrown) {
            reject(thrown);
          }
        });
      if (!spec.heeds) return;
      const { signal } = context;
      signal.addEventListener("abort", () => {
        if (process.dead) return;
        this.#going.delete(going);
        reject(signal.reason);
      });
    });
  }

  /** Two steps that must not be repeated once their value was kept. */
  async #inSteps(
    going: Going,
    context: { once(name: string, step: () => unknown): Promise<unknown>; readonly taskRunId: string },
  ): Promise<unknown> {
    const { run, spec, call, process } = going;
    const values: unknown[] = [];
    for (const name of ["one", "two"]) {
      const step = () => {
        const known = run.slot(call.slot);
        const id = `${run.id} ${call.slot} ${known.generation} ${name}`;
        const isOwner = run.owner === process.name && run.epoch === call.epoch;
        if (isOwner && !run.moved && this.#kept.has(id))
          this.#world.fail(
            new Violation("I5", `the inner step ${name} is done again after it was kept`, {
              runId: run.id,
              slot: call.slot,
            }),
          );
        return `${spec.name}.${name}`;
      };
      try {
        values.push(await context.once(name, step));
      } catch (thrown) {
        this.#going.delete(going);
        throw thrown;
      }
    }
    if (process.dead) return new Promise(() => undefined);
    return this.#ends(going, { kind: "returns", value: values.join("+") });
  }

  /** The store says that the value of an inner step is kept. */
  keptOnce(key: OnceKey): void {
    const [slug, , generation] = JSON.parse(key.scope) as [string, number, number];
    const run = this.#world.runs.get(key.runId);
    const slot = run === undefined ? undefined : slotOf(run, slug);
    if (run === undefined || slot === undefined) return;
    if (key.epoch !== run.epoch)
      throw new Violation("I8", `an inner step of epoch ${key.epoch} is kept`, { runId: run.id });
    this.#kept.add(`${run.id} ${slot} ${generation} ${key.name}`);
  }

  /** I28: with the end of an attempt all its lines are kept, each once. */
  checkLogs(run: RunLedger, batch: Batch): void {
    for (const { slot, state, attempt } of batch.taskRuns) {
      if (!isFinishedType(state.type) || attempt === 0 || state.reason?.code === "marked") continue;
      const known = run.slot(slot);
      const calls = known.calls.filter((call) => call.attempt === attempt && call.epoch === run.epoch);
      const logged = calls.reduce((sum, call) => sum + call.logged, 0);
      const kept = known.logLines?.get(attempt) ?? 0;
      if (kept !== logged && calls.length === 1)
        throw new Violation("I28", `attempt ${attempt} logged ${logged} lines, ${kept} are kept`, {
          runId: run.id,
          slot,
        });
    }
  }
}

/** `t3-1` or `t3-1[2]`. */
function slotOf(run: RunLedger, slug: string): number | undefined {
  const [, name = slug, child] = /^(.*)-1(?:\[(\d+)\])?$/.exec(slug) ?? [];
  const node = run.flow.nodes.findIndex((spec) => spec.name === name || `${spec.name}b` === name);
  return child === undefined ? node : run.childSlot(node, Number(child));
}
