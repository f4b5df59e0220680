/** Mermaid flowchart text, for places that draw it themselves (READMEs, issues, wikis). Syntax: mermaid.js.org, flowchart. */
import { INK, paintOf } from "./look.ts";
import type { Arrow, Box, Picture, Shape } from "./picture.ts";
import { colouringState, countedStates, countText, stateText } from "./status.ts";

/** What stands around the quoted text. Mermaid has no ellipse: a task is a stadium. */
const BRACKETS = {
  task: ["([", "])"],
  mapped: ["[[", "]]"],
  branch: ["{", "}"],
  choose: ["(", ")"],
  merge: ["(", ")"],
  parameter: ["(", ")"],
  folded: ["[[", "]]"],
} as const satisfies Record<Shape, readonly [string, string]>;

export function mermaidOf(picture: Picture): string {
  const lines = [
    "---",
    `title: ${JSON.stringify(picture.title).replaceAll("<", "\\u003c")}`,
    "---",
    "flowchart TD",
    ...picture.notes.map((note) => `  %% ${note}`),
    ...subgraphs(picture),
    ...picture.arrows.map(arrowLine),
    ...classes(picture.boxes),
  ];
  return `${lines.join("\n")}\n`;
}

function subgraphs(picture: Picture): readonly string[] {
  const inside: string[][] = picture.groups.map(() => []);
  const outside: string[] = [];
  const within = (group: number | undefined): string[] => (group === undefined ? outside : (inside[group] ?? outside));
  for (const box of picture.boxes) within(box.group).push(boxLine(box));
  // Inner groups stand behind outer ones in the list.
  for (const [index, group] of Array.from(picture.groups.entries()).reverse()) {
    const lines = inside[index] ?? [];
    if (lines.length > 0)
      within(group.parent).push(
        `subgraph g${index} [${quoted(group.name)}]`,
        ...lines.map((line) => `  ${line}`),
        "end",
      );
  }
  return outside.map((line) => `  ${line}`);
}

function boxLine(box: Box): string {
  const [open, close] = BRACKETS[box.shape];
  const lines = [
    box.shape === "mapped"
      ? `${box.name} <map>`
      : box.shape === "parameter" && box.detail !== ""
        ? `${box.name} ${box.detail}`
        : box.name,
  ];
  if (box.shape !== "parameter" && box.detail !== "") lines.push(box.detail);
  if (box.status !== undefined) {
    lines.push(stateText(box.status.state));
    const counts = countedStates(box.status.children ?? {});
    if (counts.length > 0) lines.push(counts.map(({ type, count }) => countText(type, count)).join("  "));
  }
  return `${box.id}${open}"${lines.map(entities).join("<br/>")}"${close}`;
}

function arrowLine(arrow: Arrow): string {
  const label = arrow.label === "" ? "" : `|${quoted(arrow.label)}|`;
  return `  ${arrow.from} ${arrow.kind === "order" ? "-.->" : "-->"}${label} ${arrow.to}`;
}

/** One class per colour that occurs. */
function classes(boxes: readonly Box[]): readonly string[] {
  const members = new Map<string, { readonly look: string; readonly ids: string[] }>();
  for (const box of boxes) {
    const state = box.status === undefined ? undefined : colouringState(box.status);
    const { fill, stroke } = paintOf(box.shape, state);
    const entry = members.get(state ?? box.shape) ?? {
      look: `fill:${fill},stroke:${stroke},color:${INK.text}${box.shape === "folded" ? ",stroke-dasharray:5 3" : ""}`,
      ids: [],
    };
    entry.ids.push(box.id);
    members.set(state ?? box.shape, entry);
  }
  return Array.from(members, ([name, { look, ids }]) => [
    `  classDef ${name} ${look}`,
    `  class ${ids.join(",")} ${name}`,
  ]).flat();
}

function quoted(text: string): string {
  return `"${entities(text)}"`;
}

/**
 * Mermaid reads `#35;` as a character; everything its grammar, Markdown or HTML could take for syntax becomes one. At
 * the start of a text that includes what would begin a Markdown list.
 */
function entities(text: string): string {
  const coded = (character: string): string => `#${character.codePointAt(0) ?? 63};`;
  return text
    .replace(/[^\p{L}\p{M}\p{N} .,:/()=+\-_→…✓✗×○◷⋯Ⅱ↻▶◼≡⁝»⟳⧗⊘≠⊗]/gu, coded)
    .replace(/^(\d*)([.)+-])/u, (_all, digits: string, mark: string) => digits + coded(mark));
}
