/** Going along the arrows of a drawing with keys: to what comes after, what came before, and what stands beside. */
import type { FlowGraph, LayoutBox } from "../../../src/server/contract.ts";

export type Direction = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Home" | "End";

export interface Travel {
  /** The box to be at after this key; undefined where there is none that way. */
  go(from: string, direction: Direction): string | undefined;
  readonly first: string | undefined;
}

/** Boxes are in reading order: from the top, then from the left. Arrows run downwards. */
export function travelOf({ layout }: FlowGraph): Travel {
  const inOrder = layout.boxes.toSorted(byPlace).map(({ id }) => id);
  const boxes = new Map(layout.boxes.map((box) => [box.id, box]));
  const nearest = (from: string, ids: readonly string[]) => {
    const at = boxes.get(from)?.x ?? 0;
    return ids.toSorted((a, b) => Math.abs((boxes.get(a)?.x ?? 0) - at) - Math.abs((boxes.get(b)?.x ?? 0) - at))[0];
  };
  const next = (from: string, ids: readonly string[]) => ids.filter((id) => boxes.has(id) && id !== from);
  return {
    first: inOrder[0],
    go(from, direction) {
      const { arrows } = layout;
      switch (direction) {
        case "ArrowDown":
          return nearest(
            from,
            next(
              from,
              arrows.filter((arrow) => arrow.from === from).map(({ to }) => to),
            ),
          );
        case "ArrowUp":
          return nearest(
            from,
            next(
              from,
              arrows.filter((arrow) => arrow.to === from).map((arrow) => arrow.from),
            ),
          );
        case "ArrowRight":
          return inOrder[inOrder.indexOf(from) + 1];
        case "ArrowLeft":
          return inOrder[inOrder.indexOf(from) - 1];
        case "Home":
          return inOrder[0];
        case "End":
          return inOrder.at(-1);
      }
    },
  };
}

function byPlace(a: LayoutBox, b: LayoutBox): number {
  return Math.abs(a.y - b.y) > 4 ? a.y - b.y : a.x - b.x;
}
