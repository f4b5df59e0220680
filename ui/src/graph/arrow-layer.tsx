/** Groups, frames and arrows, as one drawing behind the boxes. It says nothing to readers: the boxes name their neighbours. */
import { memo } from "react";
import type { FlowGraph, LayoutArrow } from "../../../src/server/contract.ts";
import type { EdgeHandlers } from "./use-edges.ts";

export const ArrowLayer = memo(function ArrowLayer({
  graph: { layout },
  chosen,
  looked,
  handlers,
}: {
  readonly graph: FlowGraph;
  readonly chosen: string | undefined;
  /** The arrow that is looked at. */
  readonly looked: number | undefined;
  /** Arrows that say something can be pointed at. */
  readonly handlers: EdgeHandlers | undefined;
}) {
  return (
    <svg className="graph-arrows" width={layout.width} height={layout.height} aria-hidden="true">
      {layout.groups.map(({ name, x, y, width, height }) => (
        <g key={`${name} ${x} ${y}`}>
          <rect className="graph-group" x={x} y={y} width={width} height={height} rx={10} />
          <text className="graph-group-name" x={x + 12} y={y + 18}>
            {name}
          </text>
        </g>
      ))}
      {layout.frames.map(({ x, y, width, height }) => (
        <rect key={`${x} ${y}`} className="graph-frame" x={x} y={y} width={width} height={height} rx={16} />
      ))}
      {layout.arrows.map((arrow, at) => (
        <Arrow
          // biome-ignore lint/suspicious/noArrayIndexKey: arrows never change places, and two may join the same boxes
          key={at}
          arrow={arrow}
          isNear={arrow.from === chosen || arrow.to === chosen || at === looked}
        />
      ))}
      {handlers !== undefined &&
        layout.arrows.map((arrow, at) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: keys have a way of their own to it, from its boxes
          <path
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            key={at}
            className="graph-hit"
            data-edge={at}
            d={lineOf(arrow)}
            onPointerEnter={({ pointerType }) => pointerType === "mouse" && handlers.onEnter(at)}
            onPointerLeave={({ pointerType }) => pointerType === "mouse" && handlers.onLeave()}
            onClick={() => handlers.onPress(at)}
          />
        ))}
    </svg>
  );
});

function Arrow({ arrow, isNear }: { readonly arrow: LayoutArrow; readonly isNear: boolean }) {
  const { kind, label, labelAt } = arrow;
  return (
    <g
      className="graph-arrow"
      data-kind={kind}
      data-from={arrow.from}
      data-to={arrow.to}
      data-near={isNear || undefined}
    >
      <path className="graph-line" d={lineOf(arrow)} />
      <path className="graph-tip" d={tipOf(arrow)} />
      {/* Letters of the page may be wider than those the layout has measured: they keep off the line. */}
      {label !== "" && labelAt !== undefined && (
        <text className="graph-label" x={labelAt.x + 3} y={labelAt.y + 4}>
          {label}
        </text>
      )}
    </g>
  );
}

export function lineOf({ curve }: LayoutArrow): string {
  const [start, ...rest] = curve;
  if (start === undefined) return "";
  const points = rest.map(({ x, y }) => `${round(x)} ${round(y)}`);
  return `M${round(start.x)} ${round(start.y)}C${points.join(" ")}`;
}

/** A triangle from the end of the curve to the tip. */
export function tipOf({ curve, tip }: LayoutArrow): string {
  const end = curve.at(-1) ?? tip;
  const length = Math.hypot(tip.x - end.x, tip.y - end.y) || 1;
  const across = { x: (-(tip.y - end.y) / length) * 3.6, y: ((tip.x - end.x) / length) * 3.6 };
  return `M${round(tip.x)} ${round(tip.y)}L${round(end.x + across.x)} ${round(end.y + across.y)}L${round(end.x - across.x)} ${round(end.y - across.y)}Z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
