/** The eye over a drawing, moved by wheel, drag, pinch, buttons and keys. */
import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { type Box, type Camera, centered, fitted, panned, showing, type Size, zoomed } from "./camera.ts";

export interface CameraControl {
  readonly camera: Camera | undefined;
  readonly room: Size;
  fit(): void;
  zoomBy(factor: number): void;
  panBy(dx: number, dy: number): void;
  show(box: Box): void;
  /** The box in the middle, near enough to read its name. */
  goTo(box: Box): void;
  centerOn(x: number, y: number): void;
  readonly handlers: {
    onPointerDown(event: PointerEvent): void;
    onPointerMove(event: PointerEvent): void;
    onPointerUp(event: PointerEvent): void;
  };
}

const READ_ZOOM = 0.7;
/** A press that moves less than this is a click. */
const DRAG_PX_MIN = 4;

export function useCamera(view: RefObject<HTMLElement | null>, drawing: Size): CameraControl {
  const [room, setRoom] = useState<Size>({ width: 0, height: 0 });
  const [moved, setMoved] = useState<Camera>();
  const { width, height } = drawing;
  useEffect(() => {
    const element = view.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setRoom({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, [view]);

  const camera = moved ?? (room.width > 0 ? fitted({ width, height }, room) : undefined);
  const latest = useRef({ camera, room });
  latest.current = { camera, room };
  const change = useCallback((to: (camera: Camera, room: Size) => Camera) => {
    const { camera: now, room: inside } = latest.current;
    if (now === undefined) return;
    const next = to(now, inside);
    // An eye that stays where it was fitted is fitted again when its room changes.
    if (next.x !== now.x || next.y !== now.y || next.zoom !== now.zoom) setMoved(next);
  }, []);
  useWheel(view, change);

  return {
    camera,
    room,
    fit: () => setMoved(undefined),
    zoomBy: (factor) => change((now, inside) => zoomed(now, factor, { x: inside.width / 2, y: inside.height / 2 })),
    panBy: (dx, dy) => change((now) => panned(now, dx, dy)),
    show: (box) => change((now, inside) => showing(now, box, inside)),
    goTo: ({ x, y }) =>
      change((now, inside) => centered({ ...now, zoom: Math.max(now.zoom, READ_ZOOM) }, x, y, inside)),
    centerOn: (x, y) => change((now, inside) => centered(now, x, y, inside)),
    handlers: useDrag(change),
  };
}

type Change = (to: (camera: Camera, room: Size) => Camera) => void;

/** With Ctrl (and with two fingers on a touchpad) it zooms; without it the page scrolls as everywhere. */
function useWheel(view: RefObject<HTMLElement | null>, change: Change): void {
  useEffect(() => {
    const element = view.current;
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      change((now) => zoomed(now, Math.exp(-event.deltaY / 300), at));
    };
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  }, [view, change]);
}

interface Held {
  readonly x: number;
  readonly y: number;
}

function useDrag(change: Change): CameraControl["handlers"] {
  const held = useRef(new Map<number, Held>());
  const dragging = useRef(false);
  return {
    onPointerDown(event) {
      if (event.button !== 0) return;
      held.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      dragging.current = false;
    },
    onPointerMove(event) {
      const before = held.current.get(event.pointerId);
      if (before === undefined) return;
      const now = { x: event.clientX, y: event.clientY };
      if (!dragging.current && Math.hypot(now.x - before.x, now.y - before.y) < DRAG_PX_MIN) return;
      if (!dragging.current) event.currentTarget.setPointerCapture(event.pointerId);
      dragging.current = true;
      const others = Array.from(held.current).filter(([id]) => id !== event.pointerId);
      const other = others[0]?.[1];
      held.current.set(event.pointerId, now);
      if (other === undefined) return change((camera) => panned(camera, now.x - before.x, now.y - before.y));
      const { left, top } = event.currentTarget.getBoundingClientRect();
      const middle = { x: (now.x + other.x) / 2 - left, y: (now.y + other.y) / 2 - top };
      const by = distance(now, other) / Math.max(1, distance(before, other));
      change((camera) => zoomed(camera, by, middle));
    },
    onPointerUp(event) {
      held.current.delete(event.pointerId);
    },
  };
}

function distance(a: Held, b: Held): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
