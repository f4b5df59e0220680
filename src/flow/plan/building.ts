/**
 * A flow under construction: the nodes, edges and tasks that calls inside its build function add.
 *
 * One is current at a time (a stack, for a flow defined while another one is built). Everything here is cheap:
 * no stack is captured unless `lines` is kept, and a node is made once and becomes part of the graph as it is.
 */
import { assert, present } from "../../base/assert.ts";
import type { Argument, GraphNode, NodeId, NodeKind, Over, Source, TaskRules } from "../../graph/graph.ts";
import { forEachUpstream } from "../../graph/order.ts";
import type { TaskFunctions } from "../../ports/program.ts";
import type { FlowTaskSettings } from "../definition.ts";
import {
  type AnyRef,
  isRefSource,
  makeRef,
  nameOfRef,
  type RefOwner,
  type RefSource,
  refTarget,
  type RefTarget,
} from "./ref.ts";
import type { MadeTask } from "./tasks-made.ts";
import { callerLine, lineText, misuse, OWN_COPY } from "../user-line.ts";
import { describeValue } from "../checks/words.ts";

/** Task runs in one run, mapped children included. */
export const NODES_MAX = 1_000_000;
const AFTER_SCANNED_MAX = 16;

interface DraftNode {
  readonly id: NodeId;
  readonly slug: string;
  readonly name: string;
  readonly kind: NodeKind;
  readonly task: number;
  readonly arguments: readonly Argument[];
  readonly mapped: boolean;
  readonly after: NodeId[];
  caseOf?: { readonly branch: NodeId; readonly key: string };
  cases?: readonly string[];
  branchOf?: NodeId;
  over?: Over;
  resource?: NonNullable<GraphNode["resource"]>;
  readonly groups: readonly string[];
}

export interface NewNode {
  readonly kind: NodeKind;
  readonly name: string;
  readonly task: number;
  readonly arguments: readonly Argument[];
  readonly mapped?: boolean;
  readonly cases?: readonly string[];
  readonly branchOf?: NodeId;
  readonly resource?: NonNullable<GraphNode["resource"]>;
}

/** One entry of `Graph.tasks` and `Program.tasks`. */
export interface TaskEntry {
  readonly rules: TaskRules;
  readonly functions: TaskFunctions;
}

const NO_GROUPS: readonly string[] = [];

export class Building implements RefOwner {
  readonly name: string;
  readonly settings: FlowTaskSettings;
  readonly copy: string = OWN_COPY;
  readonly nodes: DraftNode[] = [];
  readonly entries: TaskEntry[] = [];
  /** Which task definition (an object of `task.ts`) stands at which index of `entries`. */
  readonly entryOf = new Map<object, number>();
  /** The body that first used a name: two meanings of one name are refused. */
  readonly meaningOf = new Map<string, object>();
  /** The names unnamed factory tasks got, in order of first use. */
  readonly factoryNames = new Map<object, string>();
  readonly factoryCounts = new Map<string, number>();
  /** Tasks made while this flow was built, and whether they were called. */
  readonly made = new Map<object, MadeTask>();
  /** Entries of branch, choose and merge: one each, however many nodes. */
  readonly controls = new Map<NodeKind, number>();
  /** Maxima of the limits its tasks were given as objects, by name. */
  readonly limits = new Map<string, number>();
  readonly references = new Set<NodeId>();
  /** Copies of large constants by what they were made of, so that passing one a thousand times keeps one. */
  readonly copies = new WeakMap<object, object>();
  /** Instances that were searched for hidden refs. */
  readonly searched = new WeakSet<object>();
  sealed = false;
  /** An edge leads from a later node to an earlier one: only then can there be a cycle. */
  hasBackEdge = false;
  /** The user's line of each node, where they are recorded. */
  readonly lines: (string | undefined)[] | undefined;
  /** Of each order-only edge, by `node upstream`. */
  readonly afterLines: Map<string, string | undefined> | undefined;
  private readonly counts = new Map<string, number>();
  private readonly afterSets = new Map<NodeId, Set<NodeId>>();
  private groups = NO_GROUPS;
  private over: Over | undefined;
  private bodies = 0;
  private readonly cases: { readonly branch: NodeId; readonly key: string }[] = [];

  constructor(name: string, settings: FlowTaskSettings, recordsLines: boolean) {
    this.name = name;
    this.settings = settings;
    this.lines = recordsLines ? [] : undefined;
    this.afterLines = recordsLines ? new Map() : undefined;
  }

  addNode(node: NewNode): NodeId {
    const id = this.nodes.length;
    if (id >= NODES_MAX) throw misuse("NODES_MAX", { max: NODES_MAX, what: `flow '${this.name}'` });
    const count = (this.counts.get(node.name) ?? 0) + 1;
    this.counts.set(node.name, count);
    const draft: DraftNode = {
      id,
      slug: `${node.name}-${count}`,
      name: node.name,
      kind: node.kind,
      task: node.task,
      arguments: node.arguments,
      mapped: node.mapped ?? this.over !== undefined,
      after: [],
      groups: this.groups,
    };
    const standsIn = this.cases.at(-1);
    if (standsIn !== undefined) draft.caseOf = standsIn;
    if (this.over !== undefined) draft.over = this.over;
    if (node.cases !== undefined) draft.cases = node.cases;
    if (node.branchOf !== undefined) draft.branchOf = node.branchOf;
    if (node.resource !== undefined) draft.resource = node.resource;
    this.nodes.push(draft);
    this.lines?.push(lineText(callerLine()));
    return id;
  }

  refOf(node: NodeId): AnyRef {
    return makeRef(this, { kind: "node", node, path: [] });
  }

  slugOf(source: RefSource): string {
    if (source.kind === "element") return `each of ${isRefSource(source.of) ? this.slugOf(source.of) : "a list"}`;
    return source.kind === "node" ? present(this.nodes[source.node], "the node of a ref").slug : source.name;
  }

  /** Runs `build` with every new node standing in this case of the branch. */
  inCase<T>(branch: NodeId, key: string, build: () => T): T {
    this.cases.push({ branch, key });
    try {
      return build();
    } finally {
      this.cases.pop();
    }
  }

  /** Runs `build` with every new node standing in this group. */
  inGroup<T>(name: string, build: () => T): T {
    const around = this.groups;
    this.groups = [...around, name];
    try {
      return build();
    } finally {
      this.groups = around;
    }
  }

  /** Adds an order-only edge, once. */
  addAfter(node: NodeId, upstream: NodeId): void {
    const { after } = present(this.nodes[node], "the node that waits");
    if (after.length < AFTER_SCANNED_MAX) {
      if (after.includes(upstream)) return;
    } else {
      const known = this.afterSets.get(node) ?? new Set(after);
      this.afterSets.set(node, known);
      if (known.has(upstream)) return;
      known.add(upstream);
    }
    after.push(upstream);
    this.afterLines?.set(`${node} ${upstream}`, lineText(callerLine()));
    if (upstream >= node) this.hasBackEdge = true;
  }

  addUpstream(ref: RefTarget, upstreams: readonly unknown[]): void {
    if (this.sealed) throw misuse("FLOW_SEALED", { flow: this.name, what: `${nameOfRef(ref)}.setUpstream(…)` });
    const { source } = ref;
    if (source.kind !== "node")
      throw misuse("UPSTREAM_UNKNOWN", { ref: nameOfRef(ref), why: "only what a task returned can wait" });
    // What `branch()` returned: all of the branch waits, else its cases would run before.
    const waits = this.nodes[source.node]?.branchOf ?? source.node;
    for (const given of upstreams) {
      const target = refTarget(given);
      if (target === undefined) {
        throw misuse("UPSTREAM_UNKNOWN", {
          ref: nameOfRef(ref),
          why: `it takes refs of this flow, not ${describeValue(given)}`,
        });
      }
      this.own(target);
      if (target.source.kind === "node") this.addAfter(waits, target.source.node);
    }
  }

  /** @throws CaudalError REF_OF_ANOTHER_FLOW, MAP_EACH_BODY */
  own(ref: RefTarget): RefSource {
    if (ref.owner !== this) throw misuse("REF_OF_ANOTHER_FLOW", { ref: nameOfRef(ref), flow: this.name });
    const { source } = ref;
    if (source.kind === "node" && this.over !== undefined && this.nodes[source.node]?.over === this.over) {
      const of: Source = { kind: "node", node: source.node, path: [] };
      return { ...source, kind: "element", of };
    }
    if (source.kind === "element" && !this.isOfThisBody(source.of))
      throw misuse("MAP_EACH_BODY", { why: `${nameOfRef(ref)} is used outside the body it was given to` });
    return source;
  }

  /** The list of the body that is being built, or what a task of it returned. */
  private isOfThisBody(of: Source): boolean {
    if (this.over === undefined) return false;
    return of === this.over.list || (of.kind === "node" && this.nodes[of.node]?.over === this.over);
  }

  /** Runs `build` with every new node standing in the body of a `mapEach` over this list. */
  inBody<T>(list: Source, build: () => T): T {
    assert(this.over === undefined, "bodies are not nested");
    this.over = { list, body: this.bodies++ };
    try {
      return build();
    } finally {
      this.over = undefined;
    }
  }

  /** The list of the `mapEach` whose body is being built. */
  get list(): Source | undefined {
    return this.over?.list;
  }

  /** For what cannot be once per element. @throws CaudalError MAP_EACH_BODY */
  refuseInBody(why: string): void {
    if (this.over !== undefined) throw misuse("MAP_EACH_BODY", { why });
  }

  /**
   * Nodes from `first` on that no other node waits for. A cleanup is an end only to those who ask for cleanups; to
   * others it is as if it were not there: whether it fails is no business of what comes after.
   */
  ends(first: NodeId, which: "with cleanups" | "without cleanups"): NodeId[] {
    const counts = (id: NodeId) => which === "with cleanups" || this.node(id).resource?.role !== "cleanup";
    const waitedFor = new Set<NodeId>();
    for (let id = first; id < this.nodes.length; id++) {
      if (counts(id)) forEachUpstream(this.node(id), (upstream) => waitedFor.add(upstream));
    }
    const ends: NodeId[] = [];
    for (let id = first; id < this.nodes.length; id++) if (counts(id) && !waitedFor.has(id)) ends.push(id);
    return ends;
  }

  node(id: NodeId): GraphNode {
    return present(this.nodes[id], "a node of this flow");
  }
}

const CURRENT = Symbol.for("caudal.building.v1");
const holder = globalThis as { [CURRENT]?: { readonly copy: string } | undefined };
let current: Building | undefined;

/** Makes `building` the current one while `build` runs. */
export function whileBuilding<T>(building: Building, build: () => T): T {
  const before = current;
  const beforeAnywhere = holder[CURRENT];
  current = building;
  holder[CURRENT] = building;
  try {
    return build();
  } finally {
    assert(current === building, "builds are nested, not interleaved");
    current = before;
    holder[CURRENT] = beforeAnywhere;
    building.sealed = true;
  }
}

/**
 * The flow being built right now, by this copy of the package.
 * @throws CaudalError TWO_CAUDALS when it is another copy that builds
 */
export function currentBuilding(): Building | undefined {
  const anywhere = holder[CURRENT];
  if (anywhere !== undefined && anywhere !== current)
    throw misuse("TWO_CAUDALS", { here: OWN_COPY, there: anywhere.copy });
  return current;
}
