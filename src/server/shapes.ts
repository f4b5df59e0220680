/** Flows as data: what a store or a loaded file says of a version, read once, and laid out once. */
import { CaudalError } from "../base/errors.ts";
import type { Graph, GraphNode as Node, NodeId } from "../graph/graph.ts";
import { forEachUpstream } from "../graph/order.ts";
import { graphFromJson } from "../graph/read-graph.ts";
import type { Store } from "../ports/store.ts";
import type { Direction } from "../render/arrange.ts";
import { foldTo } from "../render/fold.ts";
import { layOut } from "../render/layout.ts";
import { pictureOf } from "../render/picture.ts";
import { typefaceOf } from "../render/typeface.ts";
import { fonts } from "../flow/visualize.ts";
import type { FlowGraph, GraphEdge, GraphDirection, GraphLayout, GraphView } from "./contract.ts";
import type { FlowSource } from "./parts.ts";

export interface Shape {
  readonly flow: string;
  readonly fingerprint: string;
  readonly graph: Graph;
  readonly bySlug: ReadonlyMap<string, Node>;
  readonly edges: readonly GraphEdge[];
  /** By node: who takes something from it, or waits for it. */
  readonly downstreams: readonly (readonly NodeId[])[];
}

/** Versions kept in memory; a store has more. */
const KEPT_MAX = 64;

export class Shapes {
  readonly #store: Store;
  readonly #source: FlowSource;
  readonly #shapes = new Map<string, Promise<Shape | undefined>>();
  readonly #layouts = new Map<string, Promise<GraphLayout>>();

  constructor(store: Store, source: FlowSource) {
    this.#store = store;
    this.#source = source;
  }

  /** @throws CaudalError FLOW_NOT_SERVED when neither a file nor the store has it */
  async of(flow: string, fingerprint: string): Promise<Shape> {
    const shape = await kept(this.#shapes, `${fingerprint} ${flow}`, () => this.#read(flow, fingerprint));
    if (shape === undefined) throw new CaudalError("FLOW_NOT_SERVED", { flow, nearest: undefined });
    return shape;
  }

  async #read(flow: string, fingerprint: string): Promise<Shape | undefined> {
    const loaded = this.#source.flows().get(flow);
    if (loaded?.fingerprint === fingerprint) return shapeOf(loaded.program.graph, fingerprint);
    const version = await this.#store.readVersion(flow, fingerprint);
    const graph = version && graphFromJson(version.graph);
    return graph && shapeOf(graph, fingerprint);
  }

  /** With its layout; up to a second for a large flow, once. */
  async drawn(flow: string, fingerprint: string, how: GraphView = {}): Promise<FlowGraph> {
    const { graph, edges } = await this.of(flow, fingerprint);
    const { direction = "", fold = "needed" } = how;
    const key = `${fingerprint} ${direction} ${fold} ${flow}`;
    const layout = await kept(this.#layouts, key, () => layoutOf(graph, how));
    return { flow, fingerprint, nodes: graph.nodes.map((node) => nodeOf(graph, node)), edges, layout };
  }
}

/** What was asked for last stays; what failed, or was not there, is asked for again. */
function kept<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? make();
  known.delete(key);
  known.set(key, found);
  for (const oldest of known.keys()) {
    if (known.size <= KEPT_MAX) break;
    known.delete(oldest);
  }
  found.then(
    (value) => value === undefined && known.delete(key),
    () => known.delete(key),
  );
  return found;
}

function shapeOf(graph: Graph, fingerprint: string): Shape {
  const downstreams: NodeId[][] = graph.nodes.map(() => []);
  for (const node of graph.nodes) for (const upstream of upstreamsOf(node)) downstreams[upstream]?.push(node.id);
  return {
    flow: graph.name,
    fingerprint,
    graph,
    bySlug: new Map(graph.nodes.map((node) => [node.slug, node])),
    edges: edgesOf(graph),
    downstreams,
  };
}

export function upstreamsOf(node: Node): readonly NodeId[] {
  const upstreams = new Set<NodeId>();
  forEachUpstream(node, (upstream) => upstreams.add(upstream));
  return [...upstreams];
}

/** As a drawing has them, without parameters. */
function edgesOf(graph: Graph): readonly GraphEdge[] {
  const slugs = new Map(graph.nodes.map((node) => [`n${node.id}`, node.slug]));
  return pictureOf(graph).arrows.flatMap(({ from, to, kind, label }) => {
    const [source, target] = [slugs.get(from), slugs.get(to)];
    return source === undefined || target === undefined ? [] : [{ from: source, to: target, kind, label }];
  });
}

function nodeOf(graph: Graph, node: Node): FlowGraph["nodes"][number] {
  return {
    slug: node.slug,
    name: node.name,
    kind: node.kind,
    mapped: node.mapped,
    task: node.task,
    ...(node.caseOf !== undefined && {
      caseOf: { branch: graph.nodes[node.caseOf.branch]?.slug ?? "", key: node.caseOf.key },
    }),
    ...(node.resource !== undefined && { resource: node.resource.role }),
    groups: node.groups,
  };
}

export const GRAPHVIZ_DIRECTION = { down: "TB", right: "LR" } as const satisfies Record<GraphDirection, Direction>;

async function layoutOf(graph: Graph, { direction: asked, fold = "needed" }: GraphView): Promise<GraphLayout> {
  const picture = foldTo(pictureOf(graph), fold);
  const typeface = typefaceOf(await fonts());
  const laidOut = await layOut(picture, typeface, asked && GRAPHVIZ_DIRECTION[asked]);
  const { width, height, boxes, arrows, groups, frames, direction } = laidOut;
  const slugs = new Map(graph.nodes.map((node) => [`n${node.id}`, node.slug]));
  return {
    direction: direction === "LR" ? "right" : "down",
    width,
    height,
    boxes: boxes.map(({ box, x, y, width, height }) => ({
      ...{ id: box.id, shape: box.shape, name: box.name, detail: box.detail, about: box.about, x, y, width, height },
      nodes: (box.inside ?? [box.id]).flatMap((id) => slugs.get(id) ?? []),
    })),
    arrows: arrows.map(({ arrow, curve, tip, label }) => ({ ...arrow, curve, tip, ...(label && { labelAt: label }) })),
    groups: groups.map(({ group, x, y, width, height }) => ({ name: group.name, x, y, width, height })),
    frames,
    notes: picture.notes,
  };
}
