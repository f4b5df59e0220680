/** Finding a task in a drawing by a part of its name: Enter goes from one to the next, Escape to the one it stands at. */
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import type { FlowGraph, LayoutBox } from "../../../src/server/contract.ts";
import { useShortcut } from "../keys.ts";
import { Icon } from "../parts/icon.tsx";
import { useWords } from "../words/words.tsx";

export interface GraphSearchProps {
  readonly graph: FlowGraph;
  /** The box of the task it stands at; undefined while nothing is looked for. */
  readonly onFind: (box: LayoutBox | undefined) => void;
  /** To the box it stands at, with the focus. */
  readonly onLeave: () => void;
}

export function GraphSearch({ graph, onFind, onLeave }: GraphSearchProps) {
  const words = useWords();
  const field = useRef<HTMLInputElement>(null);
  const countId = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => boxesOf(graph, text), [graph, text]);
  const stands = found[at] ?? found[0];
  const latest = useRef(onFind);
  latest.current = onFind;
  useEffect(() => latest.current(stands), [stands]);
  useShortcut("F", words.graph.find, () => field.current?.focus());

  const keyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && found.length > 0) {
      event.preventDefault();
      setAt((at + (event.shiftKey ? found.length - 1 : 1)) % found.length);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (stands === undefined) field.current?.blur();
      else onLeave();
      setText("");
    }
  };
  return (
    <div className="graph-search" data-open={text !== "" || undefined}>
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        aria-label={words.graph.find}
        aria-keyshortcuts="Shift+F"
        aria-describedby={countId}
        placeholder={words.graph.find}
        title={`${words.graph.find} (F)`}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setAt(0);
        }}
        onKeyDown={keyDown}
      />
      <output id={countId} className="graph-hits">
        {text !== "" && words.graph.hits(found.length === 0 ? 0 : (at % found.length) + 1, found.length)}
      </output>
    </div>
  );
}

/** One for each task whose name has the text, in the order of the flow; several may stand in one box. */
function boxesOf({ nodes, layout }: FlowGraph, text: string): readonly LayoutBox[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const boxes = new Map(layout.boxes.flatMap((box) => box.nodes.map((node) => [node, box] as const)));
  return nodes.flatMap(({ slug, name }) => {
    const isMeant = name.toLowerCase().includes(wanted) || slug.toLowerCase().includes(wanted);
    return (isMeant && boxes.get(slug)) || [];
  });
}
