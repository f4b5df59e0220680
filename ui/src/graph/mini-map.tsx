/** All of a large drawing in a corner, with the part that is in view: a press goes there. Keys and buttons do the same. */
import { memo, type PointerEvent, useMemo } from "react";
import type { LayoutBox, StateType } from "../../../src/server/contract.ts";
import { groupOf, type StateGroup } from "../look.ts";
import type { Camera, Size } from "./camera.ts";

export interface MiniMapProps {
  readonly boxes: readonly LayoutBox[];
  readonly drawing: Size;
  readonly camera: Camera;
  readonly room: Size;
  readonly stateOf: (box: LayoutBox) => StateType | undefined;
  /** Of the drawing. */
  readonly onCenter: (x: number, y: number) => void;
}

/** Smaller drawings are seen whole. */
export const MAPPED_BOXES_MIN = 100;
const SIZE_PX = { width: 190, height: 120 };

export function MiniMap({ boxes, drawing, camera, room, stateOf, onCenter }: MiniMapProps) {
  const scale = Math.min(SIZE_PX.width / drawing.width, SIZE_PX.height / drawing.height);
  const seen = { width: room.width / camera.zoom, height: room.height / camera.zoom };
  const isWhole = seen.width >= drawing.width && seen.height >= drawing.height;
  if (isWhole) return null;
  const go = (event: PointerEvent) => {
    if (event.buttons !== 1) return;
    const { left, top } = event.currentTarget.getBoundingClientRect();
    onCenter((event.clientX - left) / scale, (event.clientY - top) / scale);
  };
  return (
    <svg
      className="mini-map"
      width={drawing.width * scale}
      height={drawing.height * scale}
      viewBox={`0 0 ${drawing.width} ${drawing.height}`}
      aria-hidden="true"
      onPointerDown={(event) => {
        // The drawing below would take it for a drag of its own.
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
    >
      <Boxes boxes={boxes} stateOf={stateOf} />
      <rect className="mini-map-seen" x={camera.x} y={camera.y} width={seen.width} height={seen.height} />
    </svg>
  );
}

/** One shape per group of states, however many boxes there are. */
const Boxes = memo(function Boxes({ boxes, stateOf }: Pick<MiniMapProps, "boxes" | "stateOf">) {
  const paths = useMemo(() => {
    const found = new Map<StateGroup | undefined, string>();
    for (const box of boxes) {
      const state = stateOf(box);
      const group = state === undefined ? undefined : groupOf(state);
      const { x, y, width, height } = box;
      const shape = `M${x - width / 2} ${y - height / 2}h${width}v${height}h${-width}z`;
      found.set(group, `${found.get(group) ?? ""}${shape}`);
    }
    return [...found];
  }, [boxes, stateOf]);
  return paths.map(([group, path]) => <path key={group ?? "none"} data-group={group} d={path} />);
});
