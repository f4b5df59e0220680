/** What a search went through: without it, "nothing found" says nothing. */
import { isFinishedType, STATE_TYPES } from "../src/state/task-state.ts";
import { FAULT_FEATURES, FEATURES } from "./features.ts";
import type { World } from "./world.ts";

const FIRST_FAULT = FEATURES.length - FAULT_FEATURES.length;

const pair = (feature: number, fault: number) => feature * FAULT_FEATURES.length + fault - FIRST_FAULT;

export class Coverage {
  readonly #startedAt = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #edges = new Map<number, number>();
  readonly #ends = new Map<string, number>();
  /** Worlds by their pair of a feature and a fault, by index. */
  readonly #pairs = new Uint32Array(FEATURES.length * FAULT_FEATURES.length);
  /** Runs of flows that were begun. */
  runs = 0;
  #worlds = 0;
  #owners = 0;
  #steps = 0;
  #nodes = 0;
  #processes = 0;
  #faults = 0;
  #struck = 0;
  #inFlight = 0;
  #compared = 0;
  #paused = 0;
  #hostile = 0;
  #sqlite = 0;

  add(world: World): void {
    const { scenario } = world;
    this.#worlds++;
    this.runs += world.runs.size;
    this.#steps += world.steps;
    this.#nodes += scenario.flow.nodes.length;
    this.#processes += world.processes.length;
    this.#faults += scenario.faults.length;
    this.#struck += world.struck;
    this.#inFlight += world.struckInFlight;
    this.#compared += world.compared;
    this.#paused += world.clients.paused;
    if (!scenario.survivable) this.#hostile++;
    if (scenario.store === "sqlite") this.#sqlite++;
    for (const [edge, count] of world.edges) this.#edges.set(edge, (this.#edges.get(edge) ?? 0) + count);
    for (const { flowState, epoch } of world.runs.values()) {
      this.#owners += epoch;
      const end = isFinishedType(flowState.type) ? flowState.type : "unfinished";
      this.#ends.set(end, (this.#ends.get(end) ?? 0) + 1);
    }
    const features = scenario.features.map((name) => FEATURES.indexOf(name));
    for (const feature of features)
      for (const fault of features) if (fault >= FIRST_FAULT && feature !== fault) this.#pairs[pair(feature, fault)]!++;
  }

  text(): string {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const { user, system } = process.cpuUsage(this.#cpu);
    const cpuSeconds = (user + system) / 1_000_000;
    const perSecond = (count: number) =>
      `${Math.round(count / seconds)} a second (${Math.round(count / cpuSeconds)} of processor time)`;
    const each = (total: number) => (total / Math.max(1, this.#worlds)).toFixed(1);
    const share = (part: number, of: number) => `${Math.round((100 * part) / Math.max(1, of))} %`;
    const ends = [...this.#ends].map(([end, count]) => `${end} ${share(count, this.runs)}`);
    return [
      `${this.#worlds} worlds in ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor time: ${perSecond(this.#worlds)}`,
      `${this.runs} runs: ${perSecond(this.runs)}; driven ${this.#owners} times, by one process after the other: ${perSecond(this.#owners)}`,
      `each: ${each(this.#nodes)} nodes, ${each(this.runs)} runs, ${each(this.#processes)} processes, ${each(this.#steps)} happenings, ${each(this.#faults)} faults planned`,
      `runs that ended: ${ends.join(", ")}; people paused ${this.#paused} that went on`,
      `faults that struck: ${this.#struck}, ${share(this.#inFlight, this.#struck)} of them with a body under way`,
      `compared with the reference model: ${share(this.#compared, this.runs)} of the runs; hostile worlds ${share(this.#hostile, this.#worlds)}; kept by SQLite ${share(this.#sqlite, this.#worlds)}`,
      this.#edgesText(),
      this.#pairsText(),
    ].join("\n");
  }

  #edgesText(): string {
    const edges = [...this.#edges].sort(([, a], [, b]) => b - a);
    const named = edges.map(([edge, count]) => `${STATE_TYPES[edge >> 5]}→${STATE_TYPES[edge & 31]} ${count}`);
    return `steps between states, ${edges.length} kinds: ${named.join(", ")}`;
  }

  #pairsText(): string {
    const all = FEATURES.flatMap((feature, one) =>
      FAULT_FEATURES.flatMap((fault, other) =>
        feature === fault
          ? []
          : [{ name: `${feature} × ${fault}`, count: this.#pairs[pair(one, FIRST_FAULT + other)]! }],
      ),
    );
    const never = all.filter(({ count }) => count === 0).map(({ name }) => name);
    const least = Math.min(...all.map(({ count }) => count));
    return `pairs of a feature and a fault: ${all.length}, the rarest in ${least} worlds${never.length > 0 ? `; never: ${never.join(", ")}` : ""}`;
  }
}
