/** What the lines and shapes of this drawing mean: only those that occur in it. */
import type { FlowGraph } from "../../../src/server/contract.ts";
import { useWords } from "../words/words.tsx";

export function GraphLegend({ graph: { layout } }: { readonly graph: FlowGraph }) {
  const words = useWords();
  const kinds = new Set(layout.arrows.map(({ kind }) => kind));
  const shapes = new Set(layout.boxes.map(({ shape }) => shape));
  const lines = [
    { key: "data", text: words.graph.legendData, there: kinds.has("data") },
    { key: "order", text: words.graph.legendOrder, there: kinds.has("order") },
    { key: "case", text: words.graph.legendCase, there: kinds.has("case") },
  ].filter(({ there }) => there);
  const boxes = [
    { key: "mapped", text: words.graph.legendMapped, there: shapes.has("mapped") },
    { key: "parameter", text: words.graph.legendParameter, there: shapes.has("parameter") },
  ].filter(({ there }) => there);
  return (
    <ul className="legend" aria-label={words.graph.legend}>
      {lines.map(({ key, text }) => (
        <li key={key}>
          <svg viewBox="0 0 34 10" aria-hidden="true" className="graph-arrow" data-kind={key}>
            <path className="graph-line" d="M1 5H27" />
            <path className="graph-tip" d="M33 5L26 1.4V8.6Z" />
          </svg>
          {text}
        </li>
      ))}
      {boxes.map(({ key, text }) => (
        <li key={key}>
          <span className="legend-box" data-shape={key} />
          {text}
        </li>
      ))}
    </ul>
  );
}
