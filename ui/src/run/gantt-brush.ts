/** Dragging over a time axis chooses a part of it. The chosen task run's part, and the whole, have buttons and keys. */
import { type PointerEvent, useRef, useState } from "react";
import type { Instant } from "../../../src/server/contract.ts";
import type { Span } from "./use-moment.ts";

/** Less than this is a press, not a drag. */
const DRAG_PX_MIN = 6;

interface Drag {
  readonly fromPx: number;
  readonly toPx: number;
  readonly widthPx: number;
}

export function useBrush(
  { from, lengthMs }: { readonly from: Instant; readonly lengthMs: number },
  onSpan: (span: Span) => void,
) {
  const track = useRef<HTMLSpanElement>(null);
  const [drag, setDrag] = useState<Drag>();
  const at = (event: PointerEvent) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return { px: Math.min(width, Math.max(0, event.clientX - left)), width };
  };
  const isDrag = drag !== undefined && Math.abs(drag.toPx - drag.fromPx) >= DRAG_PX_MIN;
  const ends = isDrag ? [Math.min(drag.fromPx, drag.toPx), Math.max(drag.fromPx, drag.toPx)] : undefined;
  const part = (px: number) => px / (drag?.widthPx ?? 1);
  return {
    track,
    drawn:
      ends === undefined
        ? undefined
        : { left: part(ends[0] ?? 0) * 100, width: part((ends[1] ?? 0) - (ends[0] ?? 0)) * 100 },
    handlers: {
      onPointerDown(event: PointerEvent) {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const { px, width } = at(event);
        setDrag({ fromPx: px, toPx: px, widthPx: width });
      },
      onPointerMove(event: PointerEvent) {
        if (drag !== undefined) setDrag({ ...drag, toPx: at(event).px });
      },
      onPointerUp() {
        setDrag(undefined);
        const [first, last] = ends?.map((px) => Math.round(from + part(px) * lengthMs)) ?? [];
        if (first !== undefined && last !== undefined && last > first) onSpan({ from: first, to: last });
      },
      onPointerCancel: () => setDrag(undefined),
    },
  };
}
