/** One task of a flow: its options, and what stands before and after it. */
import type { ReactNode } from "react";
import type { FlowGraph, GraphNode, TaskOptions } from "../../../src/server/contract.ts";
import { span } from "../format-time.ts";
import { FactList } from "../parts/fact-list.tsx";
import { Icon } from "../parts/icon.tsx";
import type { Words } from "../words/en.ts";
import { useSpoken } from "../words/words.tsx";

export interface TaskFactsProps {
  readonly graph: FlowGraph;
  readonly node: GraphNode;
  readonly options: TaskOptions | undefined;
  readonly onSelect: (slug: string) => void;
  readonly onClose: () => void;
}

export function TaskFacts({ graph, node, options, onSelect, onClose }: TaskFactsProps) {
  const { words, language } = useSpoken();
  return (
    <>
      <header className="facts-head">
        <h2>{node.name}</h2>
        <button
          type="button"
          className="button quiet icon-only small"
          aria-label={words.common.close}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      {options?.description !== undefined && <p>{options.description}</p>}
      <FactList
        facts={[
          ...(options === undefined ? [] : factsOf(options, node, words, language)),
          [words.flow.upstreams, <Neighbours key="up" graph={graph} of={node.slug} way="to" onSelect={onSelect} />],
          [
            words.flow.downstreams,
            <Neighbours key="down" graph={graph} of={node.slug} way="from" onSelect={onSelect} />,
          ],
        ]}
      />
    </>
  );
}

function factsOf(
  options: TaskOptions,
  node: GraphNode,
  words: Words,
  language: string,
): readonly (readonly [string, ReactNode])[] {
  const names = words.flow.options;
  const time = (ms: number | undefined) => (ms === undefined ? undefined : span(ms, language));
  const some = (list: readonly string[]) => (list.length === 0 ? undefined : words.common.list(list));
  if (node.kind !== "task") return [[words.flow.tasks, words.flow.kinds[node.kind]]];
  return [
    [names.mapped, node.mapped ? words.common.on : undefined],
    [names.trigger, <code key="trigger">{options.trigger}</code>],
    [names.retries, words.number(options.retries)],
    [names.timeout, time(options.timeoutMs)],
    [names.cacheFor, time(options.cacheForMs)],
    [names.limits, some(options.limits)],
    [names.priority, options.priority === 0 ? undefined : words.number(options.priority)],
    [names.onLost, words.flow.onLost[options.onLost]],
    [names.skip, options.skipOnUpstreamSkip ? undefined : words.common.on],
    [names.result, options.keepsResult ? undefined : names.notKept],
    [names.approval, options.approval?.question],
    [names.tags, some(options.tags)],
  ];
}

interface NeighboursProps {
  readonly graph: FlowGraph;
  readonly of: string;
  /** Edges that end there (`to`), or begin there (`from`). */
  readonly way: "to" | "from";
  readonly onSelect: (slug: string) => void;
}

function Neighbours({ graph: { nodes, edges }, of, way, onSelect }: NeighboursProps) {
  const { words } = useSpoken();
  const found = edges.filter((edge) => edge[way] === of);
  if (found.length === 0) return <span className="muted">{words.common.none}</span>;
  return (
    <ul>
      {found.map((edge) => {
        const other = way === "to" ? edge.from : edge.to;
        const name = nodes.find(({ slug }) => slug === other)?.name ?? other;
        return (
          <li key={`${other} ${edge.kind} ${edge.label}`}>
            <button type="button" className="link-button" onClick={() => onSelect(other)}>
              {name}
            </button>{" "}
            <span className="muted small-text">{edge.kind === "order" ? words.graph.legendOrder : edge.label}</span>
          </li>
        );
      })}
    </ul>
  );
}
