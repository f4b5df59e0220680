/** A flow's graph as text for other tools: DOT and Mermaid. Pure. Names are quoted, so none can end its string. */
import type { FlowGraph, GraphEdge } from "../../../src/server/contract.ts";

export function dotOf({ flow, nodes, edges }: FlowGraph): string {
  const shapes = { task: "box", branch: "diamond", choose: "box", merge: "box", filter: "box" } as const;
  return [
    `digraph ${dot(flow)} {`,
    "  node [style=rounded];",
    ...nodes.map(
      ({ slug, name, kind, mapped }) =>
        `  ${dot(slug)} [label=${dot(name)}, shape=${shapes[kind]}${mapped ? ", peripheries=2" : ""}];`,
    ),
    ...edges.map(
      ({ from, to, kind, label }) =>
        `  ${dot(from)} -> ${dot(to)} [label=${dot(label)}${kind === "order" ? ", style=dashed" : ""}];`,
    ),
    "}\n",
  ].join("\n");
}

function dot(text: string): string {
  return `"${text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll(/[\r\n]+/g, " ")}"`;
}

export function mermaidOf({ nodes, edges }: FlowGraph): string {
  const ids = new Map(nodes.map(({ slug }, at) => [slug, `n${at}`]));
  return [
    "flowchart TD",
    ...nodes.map(({ slug, name, kind, mapped }) => {
      const text = mermaid(name);
      const box = kind === "branch" ? `{${text}}` : mapped ? `[[${text}]]` : `[${text}]`;
      return `  ${ids.get(slug)}${box}`;
    }),
    ...edges.map((edge) => `  ${ids.get(edge.from)} ${arrowOf(edge)} ${ids.get(edge.to)}`),
    "",
  ].join("\n");
}

function arrowOf({ kind, label }: GraphEdge): string {
  const line = kind === "order" ? "-.->" : "-->";
  return label === "" ? line : `${line}|${mermaid(label)}|`;
}

/** Entities by number are what Mermaid understands inside quotes. */
function mermaid(text: string): string {
  const safe = text.replaceAll(/[#"<>&;`|\r\n]/g, (letter) => `#${letter.codePointAt(0)};`);
  return `"${safe}"`;
}
