/** The graph as a list in the order things can run: the equal of the drawing, for keys, readers and phones. */
import { useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import type { FlowGraph, GraphNode, TaskRunSummary } from "../../../src/server/contract.ts";
import { Name } from "../parts/name.tsx";
import { useWords } from "../words/words.tsx";

export interface OutlineProps {
  readonly graph: FlowGraph;
  readonly selected?: string | undefined;
  readonly onSelect: (slug: string | undefined) => void;
  readonly taskRuns?: ReadonlyMap<string, TaskRunSummary> | undefined;
  /** What stands at the end of a line: the state, how long it took. */
  readonly extra?: (node: GraphNode) => ReactNode;
}

export function Outline({ graph, selected, onSelect, extra }: OutlineProps) {
  const words = useWords();
  const lines = useMemo(() => linesOf(graph), [graph]);
  const list = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  const stop = Math.min(at, lines.length - 1);
  const keyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: stop + 1, ArrowUp: stop - 1, Home: 0, End: lines.length - 1 }[event.key];
    if (next === undefined || lines[next] === undefined) return;
    event.preventDefault();
    setAt(next);
    list.current?.querySelectorAll<HTMLElement>('[role="treeitem"]')[next]?.focus();
  };
  return (
    <div ref={list} className="outline" role="tree" aria-label={words.graph.label(graph.flow)} onKeyDown={keyDown}>
      {lines.map(({ node, depth, after }, index) => (
        <div
          key={node.slug}
          role="treeitem"
          aria-level={depth + 1}
          aria-selected={node.slug === selected}
          tabIndex={index === stop ? 0 : -1}
          className="outline-line"
          style={{ paddingInlineStart: 12 + Math.min(depth, 8) * 18 }}
          onClick={() => onSelect(node.slug === selected ? undefined : node.slug)}
          onFocus={() => setAt(index)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" && event.key !== " ") return;
            event.preventDefault();
            onSelect(node.slug === selected ? undefined : node.slug);
          }}
        >
          <span className="outline-name">
            <Name text={node.name} />
          </span>
          {node.mapped && <span className="tag">{words.graph.mapped}</span>}
          {node.kind !== "task" && <span className="tag">{words.flow.kinds[node.kind]}</span>}
          <span className="outline-after muted">
            {after.length === 0 ? words.graph.first : words.graph.after(words.common.list(after))}
          </span>
          {extra !== undefined && <span className="outline-extra">{extra(node)}</span>}
        </div>
      ))}
    </div>
  );
}

interface Line {
  readonly node: GraphNode;
  readonly depth: number;
  /** Names of what it waits for. */
  readonly after: readonly string[];
}

/** In topological order; as deep as the longest way from a source, so that reading down is reading along the arrows. */
function linesOf({ nodes, edges }: FlowGraph): readonly Line[] {
  const names = new Map(nodes.map(({ slug, name }) => [slug, name]));
  const before = new Map<string, string[]>();
  for (const { from, to } of edges) before.set(to, [...(before.get(to) ?? []), from]);
  const depths = new Map<string, number>();
  const visit = (slug: string): number => {
    const known = depths.get(slug);
    if (known !== undefined) return known;
    depths.set(slug, 0);
    const depth = Math.max(-1, ...(before.get(slug) ?? []).map(visit)) + 1;
    depths.set(slug, depth);
    return depth;
  };
  return nodes
    .map((node, at) => ({ node, at, depth: visit(node.slug) }))
    .sort((a, b) => a.depth - b.depth || a.at - b.at)
    .map(({ node, depth }) => ({
      node,
      depth,
      after: [...new Set(before.get(node.slug) ?? [])].map((slug) => names.get(slug) ?? slug),
    }));
}
