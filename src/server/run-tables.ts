/** One run as its tables are now: its task runs by the names the API gives them. */
import { present } from "../base/assert.ts";
import { CaudalError } from "../base/errors.ts";
import type { GraphNode } from "../graph/graph.ts";
import type { CountsByState, SlotRange, TaskRunGlance, WholeRun } from "../ports/queries.ts";
import { isNobodys } from "../runtime/kept/in-hand.ts";
import type { StateType } from "../state/task-state.ts";
import { isFinishedType, STATES } from "../state/task-state.ts";
import { EMPTY_GLANCE } from "../store/empty-glance.ts";
import type { Progress, TaskRunSummary } from "./contract.ts";
import { errorSummary } from "./error-detail.ts";
import type { ServerParts } from "./parts.ts";
import { type Shape, upstreamsOf } from "./shapes.ts";
import { becauseOf } from "./why.ts";

const CHILD = /^(.*-\d+)\.(\d{1,7})$/;

export interface Found {
  readonly slot: number;
  readonly node: GraphNode;
  /** Of a child. */
  readonly index: number | undefined;
}

export interface Waiting extends Found {
  /** As a request names it. */
  readonly ask: string;
  readonly approval: boolean;
}

export interface Decided {
  readonly verb: "approve" | "reject";
  readonly found: Found;
  readonly state: StateType;
  /** Of a rejection. */
  readonly why?: string | undefined;
}

const DECIDED: ReadonlySet<string> = new Set(["approved", "approval-rejected"]);

/** A mapped node whose children are decided. */
interface Range extends SlotRange {
  readonly node: GraphNode;
}

export class RunTables {
  readonly whole: WholeRun;
  readonly shape: Shape;
  readonly #parts: ServerParts;
  #nodes: readonly TaskRunGlance[] | undefined;
  #ranges: readonly Range[] | undefined;

  private constructor(parts: ServerParts, whole: WholeRun, shape: Shape) {
    this.#parts = parts;
    this.whole = whole;
    this.shape = shape;
  }

  /** Whether nobody does anything about the run. */
  get isNobodys(): boolean {
    return isNobodys(this.#parts.store, this.whole.row);
  }

  /** @throws CaudalError RUN_UNKNOWN */
  static async of(parts: ServerParts, runId: string): Promise<RunTables> {
    const whole = wholeRun(parts, runId);
    return new RunTables(parts, whole, await parts.shapes.of(whole.row.flow, whole.row.fingerprint));
  }

  get runNo(): number {
    return this.whole.runNo;
  }

  /** Of every node, those that never began too. */
  get nodes(): readonly TaskRunGlance[] {
    if (this.#nodes === undefined) {
      const { nodes } = this.shape.graph;
      const known = this.#parts.queries.glances(this.runNo, { from: 0, to: nodes.length });
      const bySlot = new Map(known.map((glance) => [glance.slot, glance]));
      this.#nodes = nodes.map(({ id }) => bySlot.get(id) ?? pending(id));
    }
    return this.#nodes;
  }

  get ranges(): readonly Range[] {
    this.#ranges ??= this.nodes.flatMap(({ slot, state, childBase, children }) =>
      state === "Mapped" && childBase !== undefined
        ? [
            {
              node: present(this.shape.graph.nodes[slot], `node ${slot}`),
              from: childBase,
              to: childBase + (children ?? 0),
            },
          ]
        : [],
    );
    return this.#ranges;
  }

  rangeOf(node: number): SlotRange | undefined {
    return this.ranges.find((range) => range.node.id === node);
  }

  /** `parse-1`, `double-1.317`; undefined for a slot that is no task run any more. */
  idOf(slot: number): string | undefined {
    const { nodes } = this.shape.graph;
    if (slot < nodes.length) return nodes[slot]?.slug;
    const range = this.ranges.find(({ from, to }) => slot >= from && slot < to);
    return range && `${range.node.slug}.${slot - range.from}`;
  }

  /** The name people know it by. */
  nameOf(slot: number): string {
    const { nodes } = this.shape.graph;
    if (slot < nodes.length) return nodes[slot]?.name ?? "?";
    const range = this.ranges.find(({ from, to }) => slot >= from && slot < to);
    return range === undefined ? "?" : `${range.node.name}[${slot - range.from}]`;
  }

  /** @throws CaudalError TASK_RUN_UNKNOWN */
  slotOf(id: string): Found {
    const node = this.shape.bySlug.get(id);
    if (node !== undefined) return { slot: node.id, node, index: undefined };
    const [, slug = "", digits = ""] = CHILD.exec(id) ?? [];
    const parent = this.shape.bySlug.get(slug);
    const range = parent && this.rangeOf(parent.id);
    const index = Number(digits);
    if (parent === undefined || range === undefined || range.from + index >= range.to)
      throw new CaudalError("TASK_RUN_UNKNOWN", { run: this.whole.row.id, task: id });
    return { slot: range.from + index, node: parent, index };
  }

  glanceOf(slot: number): TaskRunGlance {
    if (slot < this.shape.graph.nodes.length) return present(this.nodes[slot], `task run ${slot}`);
    return this.#parts.queries.glances(this.runNo, [slot])[0] ?? pending(slot);
  }

  /**
   * A task run that waits for a person; without an id the only one that does.
   * @throws CaudalError TASK_RUN_UNKNOWN, TASK_NOT_WAITING, TASK_AMBIGUOUS
   */
  waiting(id: string | undefined): Waiting {
    const found = id === undefined ? this.#onlyWaiting() : this.slotOf(id);
    const { state, reason } = this.glanceOf(found.slot);
    if (state !== "Paused") throw new CaudalError("TASK_NOT_WAITING", { task: id ?? found.node.slug, state });
    const ask = found.index === undefined ? found.node.slug : `${found.node.slug}[${found.index}]`;
    const hasQuestion = this.shape.graph.tasks[found.node.task]?.approval !== undefined;
    return { ...found, ask, approval: hasQuestion || reason?.code === "approval" };
  }

  #onlyWaiting(): Found {
    const inChildren = this.ranges.flatMap((range) => this.#parts.queries.glancesIn(this.runNo, range, ["Paused"], 2));
    const paused = [...this.nodes.filter(({ state }) => state === "Paused"), ...inChildren];
    const [only, second] = paused.map(({ slot }) => this.idOf(slot) ?? "");
    const state = this.whole.row.state.type;
    if (only === undefined) throw new CaudalError("TASK_NOT_WAITING", { task: this.whole.row.flow, state });
    if (second !== undefined)
      throw new CaudalError("TASK_AMBIGUOUS", { name: this.whole.row.flow, slugs: [only, second] });
    return this.slotOf(only);
  }

  /** What a person has decided of a task run; without an id, of the only one that was decided while none waits. */
  decided(id: string | undefined): Decided | undefined {
    const found = id === undefined ? this.#onlyDecided() : this.slotOf(id);
    if (found === undefined) return undefined;
    const { reason, state } = this.glanceOf(found.slot);
    if (reason?.code === "approved") return { verb: "approve", found, state };
    return reason?.code === "approval-rejected" ? { verb: "reject", found, state, why: reason.why } : undefined;
  }

  #onlyDecided(): Found | undefined {
    if (this.nodes.some(({ state }) => state === "Paused")) return undefined;
    const decided = this.nodes.filter(({ reason }) => reason !== undefined && DECIDED.has(reason.code));
    return decided.length === 1 ? this.slotOf(this.idOf(decided[0]!.slot) ?? "") : undefined;
  }

  /** Of all children of a node; those that never began are Pending. */
  childCounts(node: number): CountsByState | undefined {
    const range = this.rangeOf(node);
    if (range === undefined) return undefined;
    const counts = this.#parts.queries.countSlots(this.runNo, range);
    return withPending(counts, range.to - range.from);
  }

  summaryOf(glance: TaskRunGlance): TaskRunSummary {
    const { slot, state, attempt, startedAt, endedAt, startAt, error, cache, name } = glance;
    const { nodes } = this.shape.graph;
    const range = slot < nodes.length ? undefined : this.ranges.find(({ from, to }) => slot >= from && slot < to);
    const node = range?.node ?? present(nodes[slot], `node ${slot}`);
    const why = becauseOf(glance);
    const children = range === undefined && state === "Mapped" ? this.childCounts(slot) : undefined;
    return {
      id: this.idOf(slot) ?? `?.${slot}`,
      name: name ?? this.nameOf(slot),
      node: node.slug,
      ...(range !== undefined && { index: slot - range.from }),
      state,
      attempt,
      ...(startedAt !== undefined && { startedAt }),
      ...(endedAt !== undefined && { endedAt }),
      ...(startAt !== undefined && { nextAt: startAt }),
      ...(why !== undefined && { why }),
      ...(cache !== undefined && { cache: withoutUndefined(cache) }),
      ...(error !== undefined && { error: errorSummary(error) }),
      ...(children !== undefined && { children }),
    };
  }

  progress(): Progress {
    const nodes = countsOf(this.nodes.map(({ state }) => state));
    const children: CountsByState = {};
    for (const { node } of this.ranges) addCounts(children, this.childCounts(node.id) ?? {});
    const openParents = this.ranges.filter(({ node }) => this.#hasOpenChild(node.id)).length;
    const all = (of: (state: StateType) => boolean) =>
      Object.entries(nodes).reduce((sum, [state, n]) => sum + (of(state as StateType) ? n : 0), 0);
    return {
      total: this.shape.graph.nodes.length,
      finished: all(isFinishedType) - openParents,
      failed: all(isFailed) + Object.entries(children).reduce((sum, [state, n]) => sum + (isFailed(state) ? n : 0), 0),
      running: all((state) => STATES[state].family === "running") + openParents,
      nodes,
      children,
    };
  }

  #hasOpenChild(node: number): boolean {
    const counts = this.childCounts(node) ?? {};
    return Object.keys(counts).some((state) => !isFinishedType(state as StateType));
  }

  /** Upstreams that are not over, for somebody who waits. */
  openUpstreams(node: GraphNode): readonly TaskRunSummary[] {
    return upstreamsOf(node)
      .map((upstream) => present(this.nodes[upstream], `task run ${upstream}`))
      .filter(({ slot, state }) => !isFinishedType(state) || (state === "Mapped" && this.#hasOpenChild(slot)))
      .map((glance) => this.summaryOf(glance));
  }
}

const isFailed = (state: string) => STATES[state as StateType].family === "failed";

/** @throws CaudalError RUN_UNKNOWN */
export function wholeRun({ queries }: Pick<ServerParts, "queries">, runId: string): WholeRun {
  // Ids have one form: whatever else is asked for never reaches the store.
  const whole = /^[0-9a-z]{26}$/.test(runId) ? queries.run(runId) : undefined;
  if (whole === undefined) throw new CaudalError("RUN_UNKNOWN", { run: runId.slice(0, 60) });
  return whole;
}

export function pending(slot: number): TaskRunGlance {
  return { ...EMPTY_GLANCE, slot };
}

export function countsOf(states: readonly StateType[]): CountsByState {
  const counts: CountsByState = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

export function withPending(counts: CountsByState, total: number): CountsByState {
  const known = Object.values(counts).reduce((sum, n) => sum + n, 0);
  return known >= total ? counts : { ...counts, Pending: (counts.Pending ?? 0) + total - known };
}

function addCounts(into: CountsByState, counts: CountsByState): void {
  for (const [state, n] of Object.entries(counts)) into[state as StateType] = (into[state as StateType] ?? 0) + n;
}

export function withoutUndefined<T extends object>(value: T): { readonly [K in keyof T]: Exclude<T[K], undefined> } {
  const copy: Partial<T> = {};
  for (const key of Object.keys(value) as (keyof T)[]) if (value[key] !== undefined) copy[key] = value[key];
  return copy as never;
}
