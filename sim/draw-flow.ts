/** Draws a flow: graphs of every shape the builder can make, and what their bodies, handlers and triggers do. */
import type { Prng } from "../src/base/prng.ts";
import type { TriggerRule } from "../src/graph/graph.ts";
import type { Features } from "./features.ts";
import type { ArgSpec, Deed, FlowSpec, NodeSpec } from "./scenario.ts";

const DELAYS_MS = [0, 0, 1, 50, 1_000, 3_600_000] as const;
const BODY_MS = [0, 1, 5, 20, 200, 5_000] as const;
const WIDTHS = [0, 0, 1, 2, 2, 3, 7] as const;
const KEYS = ["a", "b"] as const;
const TRIGGERS = [
  "all_failed",
  "any_successful",
  "any_failed",
  "all_finished",
  "all_finished",
  "not_all_skipped",
] as const;

/** As the builder gives them. */
const CONTROL_TRIGGERS: Readonly<Record<NodeSpec["kind"], TriggerRule>> = {
  task: { kind: "all_successful" },
  branch: { kind: "all_successful" },
  choose: { kind: "not_all_skipped" },
  merge: { kind: "not_all_skipped" },
  filter: { kind: "all_finished" },
};

type Shape = "chain" | "fan-out" | "layers" | "random";

class FlowDrawing {
  readonly nodes: NodeSpec[] = [];
  readonly #prng: Prng;
  readonly #features: Features;
  readonly #shape: Shape;
  #bodies = 0;

  constructor(prng: Prng, features: Features) {
    this.#prng = prng;
    this.#features = features;
    this.#shape = prng.pick(["chain", "fan-out", "layers", "random", "random"]);
  }

  draw(count: number): readonly NodeSpec[] {
    while (this.nodes.length < count) this.#block();
    return this.nodes;
  }

  #block(): void {
    const { nodes } = this;
    if (nodes.length > 0 && this.#on("branches", 2)) return void this.#branch(undefined);
    if (nodes.length > 0 && this.#on("map-each", 3)) return this.#mapEach();
    if (this.#on("resources", 4)) return this.#resource();
    if (nodes.length > 0 && this.#on("mapping", 1)) return this.#mapped();
    if (nodes.length > 0 && this.#on("branches", 3)) return this.#collect();
    this.#add(this.#task(this.#upstreams()));
  }

  /** A feature strikes, once in `rarely` of its times. */
  #on(name: Parameters<Features["strikes"]>[0], rarely: number): boolean {
    return this.#features.strikes(name, this.#prng) && this.#prng.chance(1, rarely);
  }

  #add(node: NodeSpec): number {
    this.nodes.push(node);
    return this.nodes.length - 1;
  }

  #upstreams(): readonly number[] {
    const { length } = this.nodes;
    if (length === 0) return [];
    switch (this.#shape) {
      case "chain":
        return [length - 1];
      case "fan-out":
        return this.#prng.chance(1, 5) ? this.#some(length, 4) : [0];
      case "layers":
        return this.#some(Math.min(length, 6), 2).map((back) => length - 1 - back);
      case "random":
        return this.#prng.chance(1, 6) ? [] : this.#some(length, 3);
    }
  }

  #some(below: number, most: number): readonly number[] {
    const count = this.#prng.between(1, most);
    return [...new Set(Array.from({ length: count }, () => this.#prng.below(below)))];
  }

  #task(upstreams: readonly number[], more: Partial<NodeSpec> = {}): NodeSpec {
    const prng = this.#prng;
    const [order, values] = prng.chance(1, 5) ? [upstreams, []] : [[], upstreams];
    const args = values.map((from): ArgSpec => ({ from, each: false, flatten: false, element: false }));
    const timeoutMs = this.#on("timeouts", 1) ? prng.pick([5, 100, 1_000]) : undefined;
    const ms = this.#features.strikes("async-bodies", prng) ? prng.pick(BODY_MS) : 0;
    return {
      name: `t${this.nodes.length}`,
      kind: "task",
      args,
      after: order,
      mapped: false,
      deed: this.#deed(timeoutMs !== undefined),
      ms,
      heeds: prng.chance(1, 2),
      logs: this.#on("logs", 1) ? prng.between(1, 3) : 0,
      handler: this.#handler(),
      ...this.#trigger(),
      skipOnUpstreamSkip: !prng.chance(1, 4),
      retries: this.#on("retries", 1) ? prng.between(1, 3) : 0,
      retryDelayMs: prng.pick(DELAYS_MS),
      timeoutMs,
      cacheForMs: this.#on("cache", 1) ? prng.pick([1, 1_000, 60_000]) : undefined,
      priority: this.#on("priorities", 1) ? prng.between(-2, 2) : 0,
      limit: this.#on("limits", 1) ? prng.pick(["db", "api"]) : undefined,
      keepsResult: !this.#on("not-kept", 1),
      onLost: this.#on("on-lost", 1) ? prng.pick(["fail", "ask", "retry"]) : "retry",
      maxLost: this.#features.has("on-lost") ? prng.between(0, 2) : 3,
      ...more,
    };
  }

  #deed(hasTimeout: boolean): Deed {
    const prng = this.#prng;
    if (hasTimeout && prng.chance(1, 3)) return { kind: "hangs" };
    if (this.#on("failures", 1)) return { kind: "fails", times: prng.pick([1, 1, 2, 3, 1_000]) };
    if (this.#on("signals", 2)) return { kind: prng.pick(["says-success", "fails-for-good"]) };
    if (this.#on("signals", 2))
      return { kind: "not-yet", times: prng.between(1, 3), inMs: prng.pick([0, 1, 1_000, 3_600_000]) };
    if (this.#on("loops", 2)) return { kind: "loops", rounds: prng.between(1, 4), inMs: prng.pick([0, 0, 3, 60_000]) };
    if (this.#on("skips", 2)) return { kind: "skips" };
    if (this.#on("pauses", 3)) return { kind: "pauses" };
    if (this.#on("once", 2)) return { kind: "once" };
    if (this.#on("bad-values", 4)) return { kind: prng.pick(["unkeepable", "big"]) };
    if (this.#on("mapping", 2) || this.#on("map-each", 2)) return { kind: "list", length: prng.pick(WIDTHS) };
    return { kind: "works" };
  }

  #handler(): NodeSpec["handler"] {
    if (this.#on("slow-handlers", 2)) return this.#prng.pick(["slow", "slow", "hangs"]);
    if (!this.#on("handlers", 1)) return undefined;
    return this.#prng.pick(["watches", "watches", "rescues", "spoils", "throws"]);
  }

  #trigger(): Pick<NodeSpec, "trigger" | "custom"> {
    const prng = this.#prng;
    if (this.#on("custom-triggers", 1))
      return { trigger: { kind: "custom" }, custom: prng.pick(["yes", "yes", "no", "throws", "slow yes", "skips"]) };
    if (!this.#on("triggers", 1)) return { trigger: { kind: "all_successful" } };
    if (!prng.chance(1, 5)) return { trigger: { kind: prng.pick(TRIGGERS) } };
    const kind = prng.pick(["some_failed", "some_successful"] as const);
    const rule: TriggerRule = { kind, atLeast: prng.below(3) };
    return { trigger: rule };
  }

  /** Mapped over a list, or over the children of a mapped task, perhaps flattened; further arguments come whole. */
  #mapped(): void {
    const [first = 0, ...others] = this.#lists();
    const flatten = this.#prng.chance(1, 4);
    const args = [
      { from: first, each: true, flatten, element: false },
      ...others.map((from) => ({ from, each: false, flatten: false, element: false })),
    ];
    this.#add(this.#task([], { args, mapped: true }));
  }

  /** Upstreams, the first of them a list where there is one. */
  #lists(): readonly number[] {
    const lists = this.nodes.flatMap((node, id) => (node.mapped || node.deed.kind === "list" ? [id] : []));
    const others = this.#some(this.nodes.length, 2);
    if (lists.length === 0) lists.push(this.#add(this.#task(this.#upstreams(), { deed: this.#list() })));
    return [...new Set([this.#prng.pick(lists), ...(this.#prng.chance(1, 3) ? others : [])])];
  }

  #list(): Deed {
    return { kind: "list", length: this.#prng.pick(WIDTHS) };
  }

  /** Merges or filters what is there. */
  #collect(): void {
    const filters = this.#prng.chance(1, 3);
    const ups = filters ? this.#lists().slice(0, 1) : this.#some(this.nodes.length, 3);
    this.#add(this.#control(filters ? "filter" : "merge", ups, {}));
  }

  #control(kind: NodeSpec["kind"], ups: readonly number[], more: Partial<NodeSpec>): NodeSpec {
    const element = more.over !== undefined;
    return {
      name: `${kind}${this.nodes.length}`,
      kind,
      args: ups.map((from) => ({ from, each: false, flatten: false, element })),
      after: [],
      mapped: false,
      deed: { kind: "works" },
      ms: 0,
      heeds: false,
      logs: 0,
      trigger: CONTROL_TRIGGERS[kind],
      skipOnUpstreamSkip: kind === "branch",
      retries: 0,
      retryDelayMs: 0,
      priority: 0,
      keepsResult: true,
      onLost: "retry",
      maxLost: 3,
      ...more,
    };
  }

  /** A branch on a key: every case has a task or two, one may be empty, and none may be taken. */
  #branch(over: NodeSpec["over"]): number {
    const prng = this.#prng;
    const body = over === undefined ? {} : { over, mapped: true };
    const key: Deed = { kind: "key", key: prng.pick([...KEYS, "c"]) };
    const keyOf = over === undefined ? this.#task(this.#upstreams(), { deed: key }) : this.#inBody(over, { deed: key });
    const from = this.#add({ ...keyOf, cacheForMs: undefined });
    const branch = this.#add(this.#control("branch", [from], { cases: KEYS, ...body }));
    const values: number[] = [];
    for (const key of KEYS) {
      const caseOf = { branch, key };
      const first = this.#add(over === undefined ? this.#task([], { caseOf }) : this.#inBody(over, { caseOf }));
      const element = over !== undefined;
      const args = [{ from: first, each: false, flatten: false, element }];
      const last = prng.chance(1, 2) ? first : this.#add(this.#task([], { caseOf, args, ...body }));
      values.push(last);
    }
    return this.#add(this.#control("choose", values, { cases: KEYS, branchOf: branch, ...body }));
  }

  /** A task in the body of a `mapEach` that takes the element. */
  #inBody(over: NonNullable<NodeSpec["over"]>, more: Partial<NodeSpec>): NodeSpec {
    const args = [{ from: over.list, each: false, flatten: false, element: true }];
    return this.#task([], { args, over, mapped: true, ...more });
  }

  #mapEach(): void {
    const [list = 0] = this.#lists();
    const over = { list, body: this.#bodies++ };
    const first = this.#add(this.#inBody(over, {}));
    const args = [{ from: first, each: false, flatten: false, element: true }];
    const last = this.#features.has("branches") && this.#prng.chance(1, 2) ? this.#branch(over) : undefined;
    this.#add(this.#task([], { args, over, mapped: true }));
    if (last !== undefined) this.#add(this.#task([last]));
  }

  /** Setup, a block of tasks, and the cleanup that waits for them. */
  #resource(): void {
    const plain = { trigger: { kind: "all_successful" }, custom: undefined, cacheForMs: undefined } as const;
    const halves = { ...plain, onLost: "retry", deed: { kind: "works" }, handler: undefined } as const;
    const setup = this.#add(
      this.#task(this.#upstreams(), { ...halves, keepsResult: false, resource: { role: "setup" } }),
    );
    const block: number[] = [];
    for (let i = this.#prng.between(1, 3); i > 0; i--) {
      const last = block.at(-1);
      block.push(this.#add(this.#task([last !== undefined && this.#prng.chance(1, 2) ? last : setup])));
    }
    const waitedFor = new Set(this.nodes.slice(setup).flatMap((node) => node.args.map(({ from }) => from)));
    const ends = block.filter((id) => !waitedFor.has(id));
    const args = [{ from: setup, each: false, flatten: false, element: false }];
    const resource = { role: "cleanup", setup } as const;
    this.#add(this.#task([], { ...halves, args, after: ends, resource, limit: undefined, timeoutMs: undefined }));
  }
}

/** Nodes of a flow: most bugs are met by few, and few are quickly played; some need more, and one world in 500 is big. */
function drawCount(prng: Prng): number {
  if (prng.chance(1, 500)) return prng.between(60, 200);
  if (prng.chance(1, 30)) return prng.between(17, 40);
  if (prng.chance(1, 4)) return prng.between(7, 16);
  return prng.chance(1, 10) ? prng.between(0, 2) : prng.between(2, 6);
}

export function drawFlow(prng: Prng, features: Features): FlowSpec {
  const nodes = new FlowDrawing(prng, features).draw(drawCount(prng));
  return {
    nodes,
    timeoutMs: features.has("flow-timeout") && prng.chance(1, 2) ? prng.pick([50, 5_000, 600_000]) : undefined,
    maxConcurrency: features.has("max-concurrency") ? prng.between(1, 2) : undefined,
    limits: { db: prng.between(1, 3), api: 1 },
    maxAttempts: features.has("narrow") ? prng.between(1, 3) : 64,
    graceMs: 10_000,
  };
}
