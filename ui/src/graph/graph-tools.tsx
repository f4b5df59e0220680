/** What one does to a drawing: which way it goes, what is folded, how near one stands. */
import type { GraphDirection } from "../../../src/server/contract.ts";
import { useShortcut } from "../keys.ts";
import { Icon } from "../parts/icon.tsx";
import { useSetQuery } from "../router.tsx";
import { changeSettings } from "../settings.ts";
import { useWords } from "../words/words.tsx";
import type { CameraControl } from "./use-camera.ts";
import { FOLDS, useGraphView } from "./use-graph-view.ts";

export interface GraphToolsProps {
  readonly control: CameraControl;
  /** As it is drawn now. */
  readonly direction: GraphDirection;
}

export function GraphTools({ control, direction }: GraphToolsProps) {
  const words = useWords();
  useShortcut("+", words.keys.zoomIn, () => control.zoomBy(1.25));
  useShortcut("-", words.keys.zoomOut, () => control.zoomBy(0.8));
  useShortcut("0", words.keys.fit, control.fit);
  return (
    <div className="graph-tools">
      <ArrangeTools direction={direction} />
      <button
        type="button"
        aria-label={words.graph.zoomOut}
        title={`${words.graph.zoomOut} (-)`}
        onClick={() => control.zoomBy(0.8)}
      >
        <Icon name="minus" />
      </button>
      <span className="graph-zoom">{words.graph.zoom(Math.round((control.camera?.zoom ?? 1) * 100))}</span>
      <button
        type="button"
        aria-label={words.graph.zoomIn}
        title={`${words.graph.zoomIn} (+)`}
        onClick={() => control.zoomBy(1.25)}
      >
        <Icon name="plus" />
      </button>
      <button type="button" title={`${words.graph.fitLabel} (0)`} onClick={control.fit}>
        <Icon name="fit" />
        <span>{words.graph.fit}</span>
      </button>
    </div>
  );
}

function ArrangeTools({ direction }: Pick<GraphToolsProps, "direction">) {
  const words = useWords();
  const setQuery = useSetQuery();
  const { fold = "needed" } = useGraphView();
  const other = direction === "down" ? "right" : "down";
  return (
    <>
      <button
        type="button"
        aria-label={words.graph.turn[other]}
        title={words.graph.turn[other]}
        onClick={() => changeSettings({ direction: other })}
      >
        <Icon name={direction === "down" ? "goesDown" : "goesRight"} />
      </button>
      <select
        aria-label={words.graph.fold}
        title={words.graph.fold}
        value={fold}
        onChange={({ target: { value } }) =>
          setQuery({ fold: value === "needed" ? undefined : value }, { replace: true })
        }
      >
        {FOLDS.map((one) => (
          <option key={one} value={one}>
            {words.graph.folds[one]}
          </option>
        ))}
      </select>
    </>
  );
}
