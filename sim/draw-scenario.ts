/** Draws a world from a seed. */
import { Prng } from "../src/base/prng.ts";
import { drawFlow } from "./draw-flow.ts";
import { drawListeners } from "./ears.ts";
import { FAULT_FEATURES, type FeatureName, Features } from "./features.ts";
import type { Client, Fault, FlowSpec, NodeSpec, Scenario } from "./scenario.ts";

/** One world in so many is kept by SQLite. */
const SQLITE_EVERY = 20;
/** In one world in so many the faults never end: only safety is judged, and it is played for a while only. */
const HOSTILE_EVERY = 12;
/** In one world in so many a person marks task runs. */
const MARKS_EVERY = 8;
/** In one world in so many its runs crowd before the same entries and the same place: seeds that found something stay. */
const CROWD_EVERY = 12;
const CROWD_REST = 5;
const MOMENTS_MS = [0, 1, 3, 10, 30, 100, 1_000, 10_000, 3_600_000] as const;

/** A disk that is full for long costs many looks at it, and shows little more. */
const FULL_MS = [1, 500, 500, 500, 5_000, 5_000, 5_000, 90_000] as const;

export interface DrawOptions {
  /** Exactly these features, instead of drawn ones. */
  readonly features?: readonly FeatureName[] | undefined;
  readonly store?: Scenario["store"] | undefined;
}

export function drawScenario(seed: number, options: DrawOptions = {}): Scenario {
  const prng = new Prng(seed, "workload");
  const features = new Features(new Prng(seed, "features"), options.features);
  const flow = drawFlow(prng, features);
  const faults = new Prng(seed, "faults");
  const survivable = !faults.chance(1, HOSTILE_EVERY);
  const scenario: Scenario = {
    seed,
    features: features.names,
    survivable,
    store: options.store ?? (seed % SQLITE_EVERY === SQLITE_EVERY - 1 ? "sqlite" : "memory"),
    flow,
    listeners: drawListeners(new Prng(seed, "listeners"), flow),
    clients: [...drawClients(prng, features), ...drawMarks(new Prng(seed, "marks"), flow)],
    faults: drawFaults(faults, features, flow),
    restartMs: prng.pick([0, 1, 1_000, 60_000]),
    failureEnds: new Prng(seed, "failure").chance(1, 2),
    storeMs: features.has("slow-store") ? prng.pick([1, 5, 100, 1_000]) : 0,
    person: {
      ms: prng.pick([1, 1_000, 3_600_000]),
      says: prng.pick(["resume", "resume", "approve", "reject"]),
    },
    wait: features.has("wait"),
    schedule: features.has("schedule") && prng.chance(1, 3) ? { everyMs: 60_000, runs: prng.between(1, 3) } : undefined,
  };
  return options.features === undefined ? crowded(new Prng(seed, "crowd"), scenario) : scenario;
}

/**
 * Runs of one process that want what another computes and holds, from a store that takes its time: what is free by the
 * time somebody hears of it may be another's. Drawn by numbers of its own, as marks are.
 */
function crowded(prng: Prng, scenario: Scenario): Scenario {
  const { seed, flow, clients, features } = scenario;
  if (seed % CROWD_EVERY !== CROWD_REST) return scenario;
  const starts = [0, 1].map((): Client => ({ kind: "start", ms: prng.pick([0, 1, 3]), key: undefined }));
  return {
    ...scenario,
    features: [...new Set([...features, "limits", "cache", "slow-store"] as const)],
    flow: { ...flow, nodes: flow.nodes.map((node) => inCrowd(prng, node)), maxConcurrency: undefined },
    clients: [...clients, ...starts],
    storeMs: prng.pick([5, 20, 100]),
  };
}

/** Tasks that work wait for each other, and children for their siblings; half of them leave no entry for who waited. */
function inCrowd(prng: Prng, node: NodeSpec): NodeSpec {
  if (node.deed.kind === "list") return { ...node, deed: { ...node.deed, alike: true } };
  const isPlain = node.kind === "task" && node.deed.kind === "works" && node.resource === undefined;
  if (!isPlain || node.timeoutMs !== undefined || prng.chance(1, 6)) return node;
  const ms = prng.pick([0, 1, 5, 20]);
  if (prng.chance(1, 10)) return { ...node, deed: { kind: "pauses" }, ms };
  const deed = prng.chance(1, 4) ? ({ kind: "fails", times: 1 } as const) : node.deed;
  const keepsResult = node.keepsResult && prng.chance(1, 3);
  return { ...node, deed, keepsResult, ms, cacheForMs: 60_000, limit: "api" };
}

function drawClients(prng: Prng, features: Features): readonly Client[] {
  const clients: Client[] = [];
  const key = () => (features.has("keys") ? prng.pick(["k1", "k1", "k2", undefined]) : undefined);
  const call = () => (prng.chance(1, 2) ? 1 + prng.below(30) : undefined);
  const runs = 1 + (features.has("many-runs") ? prng.between(1, 2) : 0);
  for (let run = 0; run < runs; run++)
    clients.push({ kind: "start", ms: run === 0 ? 0 : prng.pick(MOMENTS_MS), key: key() });
  for (let i = features.has("second-process") ? prng.between(1, 2) : 0; i > 0; i--)
    clients.push({ kind: "join", ms: prng.pick(MOMENTS_MS) });
  if (features.has("cancel") && prng.chance(2, 3))
    clients.push({
      kind: "cancel",
      ms: prng.pick(MOMENTS_MS),
      call: call(),
      run: prng.below(runs),
      through: prng.pick(["store", "signal"]),
    });
  for (let i = features.has("pause-run") ? prng.between(1, 2) : 0; i > 0; i--)
    clients.push({ kind: "pause", ms: prng.pick(MOMENTS_MS), call: call(), run: prng.below(runs) });
  for (let i = features.has("interrupt") ? prng.between(1, 2) : 0; i > 0; i--)
    clients.push({ kind: "interrupt", ms: prng.pick(MOMENTS_MS), call: call(), victim: prng.below(3) });
  if (features.has("change-code")) clients.push({ kind: "change-code", ms: prng.pick(MOMENTS_MS) });
  return clients;
}

/** By numbers of their own: what else is drawn of a seed stays what it was. */
function drawMarks(prng: Prng, { nodes }: FlowSpec): readonly Client[] {
  if (!prng.chance(1, MARKS_EVERY)) return [];
  return Array.from({ length: prng.between(1, 2) }, () => ({
    kind: "mark",
    ms: prng.pick(MOMENTS_MS),
    call: prng.chance(2, 3) ? 1 + prng.below(30) : undefined,
    run: prng.below(2),
    node: prng.below(nodes.length),
    child: prng.below(3),
    as: prng.pick(["Success", "Failed", "Skipped"]),
  }));
}

/** Most faults come while something is going on: at a call of a body, in the first calls of the store, soon after the start. */
function drawFaults(prng: Prng, features: Features, flow: FlowSpec): readonly Fault[] {
  const faults: Fault[] = [];
  const calls = 4 + 2 * flow.nodes.length;
  for (const name of FAULT_FEATURES)
    for (let i = features.count(name, prng); i > 0; i--)
      if (name !== "events-again") faults.push(...drawFault(prng, name, flow));
      else for (let again = prng.between(1, 4); again > 0; again--) faults.push(drawRepeat(prng, calls));
  return faults;
}

function drawRepeat(prng: Prng, calls: number): Fault {
  const of = prng.chance(1, 2) ? "TimerFired" : undefined;
  return { kind: "again", event: prng.below(of === undefined ? calls : 5), of, later: prng.pick([0, 0, 1, 3, 10]) };
}

function drawFault(prng: Prng, name: FeatureName, flow: FlowSpec): readonly Fault[] {
  const { length } = flow.nodes;
  const body = prng.chance(3, 4) ? prng.below(prng.chance(2, 3) ? 3 : length + 3) : undefined;
  const early = body === undefined ? 12 : 2;
  const call = prng.below(prng.chance(1, 2) ? early : 4 + 2 * length);
  const ms = prng.pick(MOMENTS_MS);
  const victim = prng.below(3);
  switch (name) {
    case "crash-at-call":
      return [{ kind: prng.pick(["crash-before", "crash-after"]), call, body }];
    case "crash-at-time":
      return [{ kind: "crash-at", ms, victim, body }];
    case "store-full":
      return [{ kind: prng.pick(["full", "busy"]), call, body, forMs: prng.pick(FULL_MS) }];
    case "store-failed":
      return [{ kind: prng.pick(["failed-before", "failed-after"]), call, body }];
    case "freeze": {
      const [forMs, deadAfterMs] = [prng.pick([5, 1_000, 600_000]), prng.pick([0, 3, 500, 30_000])];
      return [{ kind: "freeze", ms, victim, body, forMs, deadAfterMs }];
    }
    case "clock-step": {
      const byMs = prng.pick([-3_600_000, -1_000, -1, 1, 1_000, 3_600_000]);
      return [{ kind: "clock-step", ms, victim, body, byMs }];
    }
    default:
      return []; // the store is slow: that is no single fault
  }
}
