/** A drawing without some of its nodes: what stays stands where it stood. Pure. */
import type { FlowGraph } from "../../../src/server/contract.ts";

/** Boxes of which a node is kept, parameters that lead to one, and arrows between boxes that are left. */
export function partOf(graph: FlowGraph, kept: ReadonlySet<string>): FlowGraph {
  const { layout } = graph;
  const strong = new Set(layout.boxes.flatMap(({ id, nodes }) => (nodes.some((node) => kept.has(node)) ? id : [])));
  const leadsThere = (id: string) => layout.arrows.some(({ from, to }) => from === id && strong.has(to));
  const boxes = layout.boxes.filter(({ id, nodes }) => strong.has(id) || (nodes.length === 0 && leadsThere(id)));
  const left = new Set(boxes.map(({ id }) => id));
  const holds = ({ x, y, width, height }: { x: number; y: number; width: number; height: number }) =>
    boxes.some((box) => box.x > x && box.x < x + width && box.y > y && box.y < y + height);
  return {
    ...graph,
    layout: {
      ...layout,
      boxes,
      arrows: layout.arrows.filter(({ from, to }) => left.has(from) && left.has(to)),
      groups: layout.groups.filter(holds),
      frames: layout.frames.filter(holds),
    },
  };
}
