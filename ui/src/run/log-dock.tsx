/** The run's log below its views: as high as somebody wants it, or put away. */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import type { RunDetail } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { useShortcut } from "../keys.ts";
import { isOver } from "../look.ts";
import { LogPanel, type LogPlace } from "../logs/log-panel.tsx";
import { LinkButton } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { useWords } from "../words/words.tsx";
import type { Span } from "./use-moment.ts";
import type { RunState } from "./use-run.ts";

const HEIGHT_PX = { least: 140, first: 320, most: 900, step: 40 };

export interface LogDockProps {
  readonly state: RunState & { readonly run: RunDetail };
  readonly selected: string | undefined;
  /** The time the views show; undefined: all of it. */
  readonly span: Span | undefined;
}

export function LogDock({ state: { run, graph }, selected, span }: LogDockProps) {
  const words = useWords();
  const [open, setOpen] = useState(true);
  const [height, setHeight] = useState(HEIGHT_PX.first);
  // The dock's filters are its own: the address below a run is the selection's.
  const [place, setPlace] = useState<LogPlace>({});
  useShortcut("l", words.run.dock, () => setOpen(!open));
  const tasks = (graph?.nodes ?? []).map(({ slug, name }) => ({ id: slug, name }));
  return (
    <section className="log-dock" aria-label={words.run.dock} data-open={open || undefined}>
      <div className="log-dock-head">
        <button
          type="button"
          className="log-dock-title"
          aria-expanded={open}
          aria-keyshortcuts="l"
          onClick={() => setOpen(!open)}
        >
          <Icon name="chevron" />
          <h2>{words.run.dock}</h2>
          <span className="muted small-text">{words.logs.lines(run.logLines)}</span>
        </button>
        {open && <Resize height={height} onHeight={setHeight} />}
        <LinkButton small kind="quiet" to={addresses.runLogs(run.id, selected === undefined ? {} : { task: selected })}>
          <Icon name="external" />
          {words.run.wholePage}
        </LinkButton>
      </div>
      {open && (
        <div className="log-dock-body" style={{ height }}>
          <LogPanel
            run={run.id}
            startedAt={run.startedAt}
            isOver={isOver(run.state)}
            lines={run.logLines}
            place={place}
            onPlace={(changes) => setPlace({ ...place, ...changes })}
            tasks={tasks}
            offered={selected}
            span={span}
          />
        </div>
      )}
    </section>
  );
}

/** Every drag has keys: up and down make it higher and lower. */
function Resize({ height, onHeight }: { readonly height: number; readonly onHeight: (height: number) => void }) {
  const words = useWords();
  const from = useRef<{ readonly y: number; readonly height: number }>(undefined);
  const set = (next: number) => onHeight(Math.min(HEIGHT_PX.most, Math.max(HEIGHT_PX.least, next)));
  const key = (event: KeyboardEvent) => {
    const by = { ArrowUp: HEIGHT_PX.step, ArrowDown: -HEIGHT_PX.step }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    set(height + by);
  };
  const move = (event: PointerEvent) => {
    if (from.current !== undefined) set(from.current.height + event.clientY - from.current.y);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator one moves; <hr> takes no keys
    <div
      className="log-resize"
      role="separator"
      aria-orientation="horizontal"
      aria-label={words.run.dockSize}
      aria-valuenow={height}
      aria-valuemin={HEIGHT_PX.least}
      aria-valuemax={HEIGHT_PX.most}
      tabIndex={0}
      onKeyDown={key}
      onPointerDown={(event) => {
        from.current = { y: event.clientY, height };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={move}
      onPointerUp={() => {
        from.current = undefined;
      }}
    />
  );
}
