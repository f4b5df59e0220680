/** Takes a drawing along: as it is shown, made in the page so that it shows the same; as a PDF; as text for other tools. */
import type { FlowGraph, LayoutBox, StateType } from "../../../src/server/contract.ts";
import type { Resource } from "../api/client.ts";
import { duration } from "../format-time.ts";
import { GROUPS, type StateGroup } from "../look.ts";
import { DownloadLink } from "../logs/download-link.tsx";
import { Icon } from "../parts/icon.tsx";
import { MenuButton } from "../parts/menu-button.tsx";
import { saveFile } from "../parts/save-file.ts";
import { useSpoken } from "../words/words.tsx";
import type { SvgColors } from "./svg-of.ts";

export interface ExportMenuProps {
  /** What is drawn: a part of it, where only a part is. */
  readonly graph: FlowGraph;
  readonly name: string;
  /** The server's drawing of all of it. */
  readonly pdf: Resource<Blob>;
  readonly stateOf?: (box: LayoutBox) => StateType | undefined;
  readonly tookMsOf?: (box: LayoutBox) => number | undefined;
  readonly isDimmed?: ((box: LayoutBox) => boolean) | undefined;
}

export function ExportMenu({ graph, name, pdf, stateOf, tookMsOf, isDimmed }: ExportMenuProps) {
  const { words, language } = useSpoken();
  const svg = async () => {
    const { svgOf } = await import("./svg-of.ts");
    const text = svgOf({
      graph,
      title: name,
      colors: colorsNow(),
      stateOf: stateOf ?? (() => undefined),
      factsOf: (box) => {
        const took = tookMsOf?.(box);
        return took === undefined ? "" : duration(took, language);
      },
      isDimmed: isDimmed ?? (() => false),
      wordOf: (state) => words.states[state],
    });
    saveFile(`${name}.svg`, "image/svg+xml", text);
  };
  const text = async (kind: "dot" | "mermaid") => {
    const { dotOf, mermaidOf } = await import("./text-of.ts");
    if (kind === "dot") saveFile(`${name}.dot`, "text/vnd.graphviz", dotOf(graph));
    else saveFile(`${name}.mmd`, "text/plain", mermaidOf(graph));
  };
  return (
    <MenuButton
      small
      face={
        <>
          <Icon name="download" />
          {words.export.button}
        </>
      }
    >
      <li>
        <button type="button" onClick={() => void svg()}>
          {words.export.svg}
        </button>
      </li>
      <li>
        <DownloadLink path={pdf.path} name={`${name}.pdf`} text={words.export.pdf} />
      </li>
      <li>
        <button type="button" onClick={() => void text("dot")}>
          {words.export.dot}
        </button>
      </li>
      <li>
        <button type="button" onClick={() => void text("mermaid")}>
          {words.export.mermaid}
        </button>
      </li>
    </MenuButton>
  );
}

/** As the theme shows them now. A probe turns `light-dark()` and `color-mix()` into plain colours. */
function colorsNow(): SvgColors {
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = (value: string) => {
    probe.style.color = value;
    return getComputedStyle(probe).color;
  };
  const groups = GROUPS.map((group): readonly [StateGroup, string] => {
    probe.dataset.group = group;
    return [group, read("var(--group)")];
  });
  const colors = {
    page: read("var(--page)"),
    raised: read("var(--raised)"),
    text: read("var(--text)"),
    muted: read("var(--muted)"),
    line: read("var(--line-strong)"),
    groups: Object.fromEntries(groups) as SvgColors["groups"],
  };
  probe.remove();
  return colors;
}
