/** The one arrow that is looked at: pointed at for a moment, tapped, or reached with a key from the box one is at. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { FlowGraph, LayoutArrow } from "../../../src/server/contract.ts";
import { useShortcut } from "../keys.ts";
import { useWords } from "../words/words.tsx";
import type { Camera, Size } from "./camera.ts";

export interface Edges {
  /** Its place among the arrows of the layout. */
  readonly at: number | undefined;
  readonly arrow: LayoutArrow | undefined;
  readonly handlers: EdgeHandlers | undefined;
  /** The pointer is over what is said of it. */
  hold(): void;
  leave(): void;
  close(): void;
}

/** With where it is in the window, for what is said of it. */
export interface LookedAt {
  readonly graph: FlowGraph;
  readonly arrow: LayoutArrow;
  readonly camera: Camera;
  readonly room: Size;
  readonly onEnter: () => void;
  readonly onLeave: () => void;
}

export interface EdgeHandlers {
  onEnter(at: number): void;
  onLeave(): void;
  onPress(at: number): void;
}

/** A pointer on its way to elsewhere asks for nothing. */
const ENTER_MS = 120;
const LEAVE_MS = 200;

/** `box`: the one that has the focus, or that is chosen. */
export function useEdges({ layout }: FlowGraph, box: string | undefined, isOn: boolean): Edges {
  const words = useWords();
  const [at, setAt] = useState<number>();
  const timer = useRef<number>(undefined);
  const later = useCallback((to: number | undefined, ms: number) => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setAt(to), ms);
  }, []);
  const now = useCallback((to: number | undefined) => {
    window.clearTimeout(timer.current);
    setAt(to);
  }, []);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const isShown = at !== undefined;
  useEffect(() => {
    if (!isShown) return undefined;
    const press = ({ target }: PointerEvent) => {
      if (!(target instanceof Element) || target.closest(".graph-hit, .edge-tip") === null) now(undefined);
    };
    document.addEventListener("pointerdown", press);
    return () => document.removeEventListener("pointerdown", press);
  }, [isShown, now]);
  // Another drawing has other arrows.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the arrows are what is not the same any more
  useEffect(() => now(undefined), [layout.arrows, now]);
  const of = layout.arrows.flatMap(({ from, to }, place) => (from === box || to === box ? [place] : []));
  const next = of[at === undefined ? 0 : of.indexOf(at) + 1];
  useShortcut("v", words.edge.key, () => now(next), !isOn || of.length === 0);
  const handlers = useMemo(
    (): EdgeHandlers => ({
      onEnter: (place) => later(place, ENTER_MS),
      onLeave: () => later(undefined, LEAVE_MS),
      onPress: (place) => now(place),
    }),
    [later, now],
  );
  return {
    at,
    arrow: at === undefined ? undefined : layout.arrows[at],
    handlers: isOn ? handlers : undefined,
    hold: () => window.clearTimeout(timer.current),
    leave: handlers.onLeave,
    close: () => now(undefined),
  };
}
