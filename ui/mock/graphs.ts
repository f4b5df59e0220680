/** Graphs of the mock's flows as the server tells them, with the layout every drawing of ours has. */
import { readFile } from "node:fs/promises";
import { fingerprintOf } from "../../src/graph/fingerprint.ts";
import type { Graph, GraphNode as Node, Source } from "../../src/graph/graph.ts";
import { foldTo } from "../../src/render/fold.ts";
import { layOut } from "../../src/render/layout.ts";
import { pictureOf } from "../../src/render/picture.ts";
import { typefaceOf } from "../../src/render/typeface.ts";
import type { FlowGraph, GraphEdge, GraphNode, GraphView } from "../../src/server/contract.ts";

const FONTS = new URL("../../assets/fonts/", import.meta.url);

async function fonts() {
  const font = async (name: string) => ({ file: name, bytes: await readFile(new URL(name, FONTS)) });
  return {
    regular: await font("Inter-Regular.ttf"),
    bold: await font("Inter-SemiBold.ttf"),
    symbols: await font("DejaVuSans-Symbols.ttf"),
  };
}

export async function graphOf(graph: Graph, { direction, fold = "needed" }: GraphView): Promise<FlowGraph> {
  const picture = foldTo(pictureOf(graph), fold);
  const asked = direction && ({ down: "TB", right: "LR" } as const)[direction];
  const layout = await layOut(picture, typefaceOf((await fonts()) as never), asked);
  const slugOf = (id: string) => graph.nodes[Number(id.slice(1))]?.slug ?? id;
  return {
    flow: graph.name,
    fingerprint: fingerprintOf(graph),
    nodes: graph.nodes.map(nodeOf),
    edges: edgesOf(graph),
    layout: {
      direction: layout.direction === "LR" ? "right" : "down",
      width: layout.width,
      height: layout.height,
      boxes: layout.boxes.map(({ box, x, y, width, height }) => ({
        id: box.id,
        shape: box.shape,
        name: box.name,
        detail: box.detail,
        about: box.about,
        x,
        y,
        width,
        height,
        nodes: (box.inside ?? [box.id]).filter((id) => !id.startsWith("p")).map(slugOf),
      })),
      arrows: layout.arrows.map(({ arrow, curve, tip, label }) => ({
        ...arrow,
        curve,
        tip,
        ...(label === undefined ? {} : { labelAt: label }),
      })),
      groups: layout.groups.map(({ group, x, y, width, height }) => ({ name: group.name, x, y, width, height })),
      frames: layout.frames,
      notes: layout.picture.notes,
    },
  };
}

function nodeOf(node: Node): GraphNode {
  return {
    slug: node.slug,
    name: node.name,
    kind: node.kind,
    mapped: node.mapped,
    task: node.task,
    groups: node.groups ?? [],
  };
}

export function edgesOf(graph: Graph): readonly GraphEdge[] {
  const slug = (id: number) => graph.nodes[id]?.slug ?? "";
  return graph.nodes.flatMap((node): GraphEdge[] => [
    ...node.arguments.flatMap(({ label, source }) =>
      nodesIn(source).map((id): GraphEdge => ({ from: slug(id), to: node.slug, kind: "data", label })),
    ),
    ...node.after.map((id): GraphEdge => ({ from: slug(id), to: node.slug, kind: "order", label: "" })),
    ...(node.caseOf === undefined
      ? []
      : [{ from: slug(node.caseOf.branch), to: node.slug, kind: "case" as const, label: node.caseOf.key }]),
  ]);
}

function nodesIn(source: Source): readonly number[] {
  if (source.kind === "node") return [source.node];
  if (source.kind === "list") return source.items.flatMap(nodesIn);
  if (source.kind === "object") return source.values.flatMap(nodesIn);
  return source.kind === "element" ? nodesIn(source.of) : [];
}
