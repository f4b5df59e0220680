/**
 * What a drawing shows, before anything is laid out: boxes, arrows and groups as plain data.
 *
 * Parameters are no nodes of a graph: each one that is used gets a box. Arrows carry the label of the argument
 * they feed; order-only arrows have none; the arrow from a branch to where a case begins carries the case's key.
 */
import { OTHERWISE, type Graph, type GraphNode, type NodeId, type Source } from "../graph/graph.ts";
import { counted, printable } from "./printable.ts";
import { addStatus, type NodeStatus, type NodeStatuses, type StateCounts } from "./status.ts";

export type Shape = "task" | "mapped" | "branch" | "choose" | "merge" | "parameter" | "folded";

export interface Box {
  /** `n12` for node 12, `p0` for a parameter, `fn12` for a folded box whose first member is `n12`. */
  readonly id: string;
  readonly shape: Shape;
  /** What is written in it: the task's name, its slug where the name occurs more than once. */
  readonly name: string;
  /** A second, smaller line; "" for none. */
  readonly detail: string;
  /** For a tooltip. */
  readonly about: string;
  /** The name that siblings share. */
  readonly kin: string;
  /** Nodes of the graph it stands for; 0 for a parameter. */
  readonly members: number;
  /** Of a folded box: the ids of the boxes in it. */
  readonly inside?: readonly string[];
  /** Index in `Picture.groups`. */
  readonly group: number | undefined;
  readonly status: NodeStatus | undefined;
}

export type ArrowKind = "data" | "order" | "case";

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly kind: ArrowKind;
  /** "" for none. */
  readonly label: string;
}

export interface Group {
  readonly name: string;
  /** Index of the group around it. */
  readonly parent: number | undefined;
  /** 0 for outermost. */
  readonly depth: number;
}

export interface Picture {
  readonly title: string;
  /** What there is: "4 tasks, 1 parameter". */
  readonly summary: string;
  /** Task runs per state, where there was a run. */
  readonly counts: StateCounts | undefined;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  readonly groups: readonly Group[];
  /** What the reader must know of the drawing itself: that it is folded. */
  readonly notes: readonly string[];
}

export function pictureOf(graph: Graph, statuses?: NodeStatuses, title: string = graph.name): Picture {
  const groups = new GroupList();
  const occurrences = new Map<string, number>();
  for (const node of graph.nodes)
    if (node.kind === "task") occurrences.set(node.name, (occurrences.get(node.name) ?? 0) + 1);
  const boxes = graph.nodes.map((node) =>
    nodeBox(graph, node, (occurrences.get(node.name) ?? 0) > 1, groups.indexOf(node.groups), statuses?.get(node.id)),
  );
  const arrows = new ArrowList();
  const parameters = new Map<string, string>();
  for (const node of graph.nodes) {
    addDataArrows(graph, node, arrows, parameters);
    for (const upstream of node.after) arrows.addOrder(upstream, node.id);
    addCaseArrows(graph, node, arrows);
    addElementArrows(graph, node, arrows);
  }
  return {
    title: printable(title) || "flow",
    summary: summaryOf(graph, parameters.size),
    counts: statuses === undefined ? undefined : countsOf(graph, statuses),
    boxes: [...parameterBoxes(graph, parameters), ...boxes],
    arrows: arrows.list,
    groups: groups.list,
    notes: [],
  };
}

/** A filter is drawn like a merge: both are small steps a user wrote as an expression. */
function shapeOf(node: GraphNode): Shape {
  if (node.kind === "task") return node.mapped ? "mapped" : "task";
  return node.kind === "filter" ? "merge" : node.kind;
}

/** What stands below the name of a step that a person takes. */
const BY_A_PERSON = "approval";

function nodeBox(
  graph: Graph,
  node: GraphNode,
  repeated: boolean,
  group: number | undefined,
  status: NodeStatus | undefined,
): Box {
  const question = graph.tasks[node.task]?.approval?.question;
  const shape = shapeOf(node);
  const name = printable(repeated && node.kind === "task" ? node.slug : node.name) || "?";
  return {
    id: `n${node.id}`,
    shape,
    name,
    detail: question === undefined ? "" : BY_A_PERSON,
    about: printable(question === undefined ? node.slug : `${node.slug}: ${question}`),
    kin: printable(node.name),
    members: 1,
    group,
    status,
  };
}

function parameterBoxes(graph: Graph, used: ReadonlyMap<string, string>): readonly Box[] {
  return Array.from(used, ([name, id]): Box => {
    const found = graph.parameters.find((parameter) => parameter.name === name);
    const fallback = found?.default === undefined ? "" : (JSON.stringify(found.default) ?? "");
    return {
      id,
      shape: "parameter",
      name: printable(name),
      detail: fallback === "" ? "" : printable(`= ${fallback}`, 24),
      about: printable(`parameter ${name}${found?.description === undefined ? "" : `: ${found.description}`}`),
      kin: printable(name),
      members: 0,
      group: undefined,
      status: undefined,
    };
  });
}

function addDataArrows(graph: Graph, node: GraphNode, arrows: ArrowList, parameters: Map<string, string>): void {
  for (const [index, argument] of node.arguments.entries()) {
    const label = labelOf(graph, node, index);
    visitRefs(argument.source, (source) => {
      if (source.kind === "node")
        return arrows.add({ from: `n${source.node}`, to: `n${node.id}`, kind: "data", label });
      const id = parameters.get(source.name) ?? `p${parameters.size}`;
      parameters.set(source.name, id);
      arrows.add({ from: id, to: `n${node.id}`, kind: "data", label });
    });
  }
}

/** The argument's label. A position says nothing at a branch or a merge; behind a case the arrow into the case has the key. */
function labelOf(graph: Graph, node: GraphNode, index: number): string {
  const label = node.arguments[index]?.label ?? "";
  if (node.kind === "task") return printable(label, 40);
  if (node.kind === "choose") return caseBegins(graph, node, index) ? keyText(node.cases?.[index] ?? label) : "";
  return /^\d+$/.test(label) ? "" : printable(label, 40);
}

/** An arrow from the branch to each box a case begins with, and to the choice where a case has no tasks of its own. */
function addCaseArrows(graph: Graph, node: GraphNode, arrows: ArrowList): void {
  const { caseOf, branchOf } = node;
  if (caseOf !== undefined) {
    const begins = !upstreamsOf(node).some((upstream) => standsIn(graph, upstream, caseOf.branch, caseOf.key));
    if (begins) arrows.add({ from: `n${caseOf.branch}`, to: `n${node.id}`, kind: "case", label: keyText(caseOf.key) });
  }
  if (branchOf === undefined) return;
  for (const [index, key] of (node.cases ?? []).entries()) {
    if (caseBegins(graph, node, index))
      arrows.add({ from: `n${branchOf}`, to: `n${node.id}`, kind: "case", label: keyText(key) });
  }
}

/** In the body of a `mapEach`, to what begins it: the rest waits for the list anyway. Dashed where no element is used. */
function addElementArrows(graph: Graph, node: GraphNode, arrows: ArrowList): void {
  const { over } = node;
  if (over === undefined) return;
  const around = [...upstreamsOf(node), ...(node.caseOf === undefined ? [] : [node.caseOf.branch])];
  if (around.some((upstream) => graph.nodes[upstream]?.over?.body === over.body)) return;
  visitRefs(over.list, (source) => {
    if (source.kind === "node") arrows.addOrder(source.node, node.id);
  });
}

/** Nothing leads out of the case to the choice: it has no tasks, and gives a constant, a parameter or a ref from outside. */
function caseBegins(graph: Graph, choose: GraphNode, index: number): boolean {
  const source = choose.arguments[index]?.source;
  const key = choose.cases?.[index];
  const { branchOf } = choose;
  if (source === undefined || key === undefined || branchOf === undefined) return false;
  let inside = choose.after.some((upstream) => standsIn(graph, upstream, branchOf, key));
  visitRefs(source, (ref) => {
    inside ||= ref.kind === "node" && standsIn(graph, ref.node, branchOf, key);
  });
  return !inside;
}

/** Whether a node stands in a case, at any depth of nested branches. */
function standsIn(graph: Graph, id: NodeId, branch: NodeId, key: string): boolean {
  for (let at = graph.nodes[id]?.caseOf; at !== undefined; at = graph.nodes[at.branch]?.caseOf) {
    if (at.branch === branch && at.key === key) return true;
  }
  return false;
}

function upstreamsOf(node: GraphNode): readonly NodeId[] {
  const upstreams = [...node.after];
  for (const argument of node.arguments)
    visitRefs(argument.source, (source) => {
      if (source.kind === "node") upstreams.push(source.node);
    });
  return upstreams;
}

type RefSource = Extract<Source, { readonly kind: "node" | "parameter" }>;

function visitRefs(source: Source, visit: (ref: RefSource) => void): void {
  if (source.kind === "node" || source.kind === "parameter") visit(source);
  else if (source.kind === "element") visitRefs(source.of, visit);
  else if (source.kind === "list") for (const item of source.items) visitRefs(item, visit);
  else if (source.kind === "object") for (const value of source.values) visitRefs(value, visit);
}

function keyText(key: string): string {
  return key === OTHERWISE ? "otherwise" : printable(key, 40) || '""';
}

function summaryOf(graph: Graph, parameters: number): string {
  const tasks = graph.nodes.filter((node) => node.kind === "task").length;
  const branches = graph.nodes.filter((node) => node.kind === "branch").length;
  return [
    counted(tasks, "task"),
    ...(branches === 0 ? [] : [counted(branches, "branch", "branches")]),
    ...(parameters === 0 ? [] : [counted(parameters, "parameter")]),
  ].join(", ");
}

function countsOf(graph: Graph, statuses: NodeStatuses): StateCounts {
  const counts = {};
  for (const node of graph.nodes) {
    const status = statuses.get(node.id);
    if (status !== undefined) addStatus(counts, status);
  }
  return counts;
}

/** One arrow per upstream, downstream and label; an order-only arrow only where there is no other. */
class ArrowList {
  readonly #arrows = new Map<string, Arrow>();
  readonly #pairs = new Set<string>();
  readonly #order: Arrow[] = [];

  add(arrow: Arrow): void {
    this.#arrows.set(`${arrow.from} ${arrow.to} ${arrow.kind} ${arrow.label}`, arrow);
    this.#pairs.add(`${arrow.from} ${arrow.to}`);
  }

  addOrder(from: NodeId, to: NodeId): void {
    this.#order.push({ from: `n${from}`, to: `n${to}`, kind: "order", label: "" });
  }

  get list(): readonly Arrow[] {
    return [...this.#arrows.values(), ...this.#order.filter(({ from, to }) => !this.#pairs.has(`${from} ${to}`))];
  }
}

/** Groups are one where their whole paths of names are equal. */
class GroupList {
  readonly list: Group[] = [];
  readonly #known = new Map<string, number>();

  indexOf(names: readonly string[]): number | undefined {
    let parent: number | undefined;
    for (const [depth, name] of names.entries()) {
      const path = JSON.stringify(names.slice(0, depth + 1));
      let index = this.#known.get(path);
      if (index === undefined) {
        index = this.list.push({ name: printable(name) || "group", parent, depth }) - 1;
        this.#known.set(path, index);
      }
      parent = index;
    }
    return parent;
  }
}
