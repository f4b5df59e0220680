/** One drawing, every format: graph → picture → (folded) picture → layout → scene → bytes; text formats leave off the layout. */
import type { Graph } from "../graph/graph.ts";
import { dotText, layOut } from "./layout.ts";
import type { Direction } from "./arrange.ts";
import { foldTo, type FoldLevel } from "./fold.ts";
import { mermaidOf } from "./mermaid.ts";
import { pdfOf } from "./pdf.ts";
import { pictureOf, type Picture } from "./picture.ts";
import { pngOf } from "./png.ts";
import { sceneOf } from "./scene.ts";
import type { NodeStatuses } from "./status.ts";
import { svgOf } from "./svg.ts";
import { terminalText } from "./terminal.ts";
import { typefaceOf, type Fonts, type Typeface } from "./typeface.ts";

export type DrawFormat = "pdf" | "svg" | "png" | "mermaid" | "dot" | "text";

export interface DrawOptions {
  readonly format: DrawFormat;
  /** The states of a run; without them the graph is drawn as it was written. */
  readonly states?: NodeStatuses | undefined;
  /** Above the drawing; default: the flow's name. */
  readonly title?: string | undefined;
  /** Default: what suits the graph. */
  readonly direction?: Direction | undefined;
  /** Default: only what has to be folded is. */
  readonly fold?: FoldLevel | undefined;
  readonly fonts: Fonts;
}

/**
 * The drawing: bytes for PDF and PNG, text for the rest. Same input, same output.
 *
 * Heavy libraries load on first use. Above 800 boxes or 2,400 arrows the drawing is folded and says so.
 * Cost with 300 boxes: about 1 s, most of it the layout.
 */
export async function draw(graph: Graph, options: DrawOptions): Promise<string | Uint8Array> {
  const { direction } = options;
  const picture = foldTo(pictureOf(graph, options.states, options.title), options.fold ?? "needed");
  if (options.format === "text") return terminalText(picture);
  if (options.format === "mermaid") return mermaidOf(picture);
  const typeface = typefaceOf(options.fonts);
  if (options.format === "dot") return dotText(picture, typeface, direction);
  const scene = sceneOf(await layOut(picture, typeface, direction), typeface);
  if (options.format === "pdf") return pdfOf(scene, typeface, options.fonts);
  const svg = svgOf(scene, typeface);
  return options.format === "svg" ? svg : pngOf(svg, scene, options.fonts, !isCovered(picture, typeface));
}

/** Letters that no shipped font has, each once, in order: hollow squares in a PDF. The other formats leave them to the fonts of whoever looks. */
export function lettersMissing(graph: Graph, options: DrawOptions): readonly string[] {
  const picture = foldTo(pictureOf(graph, options.states, options.title), options.fold ?? "needed");
  const typeface = typefaceOf(options.fonts);
  const missing = textsOf(picture).flatMap((text) => Array.from(text).filter((letter) => !typeface.covers(letter)));
  return [...new Set(missing)];
}

function isCovered(picture: Picture, typeface: Typeface): boolean {
  return textsOf(picture).every(typeface.covers);
}

function textsOf({ title, boxes, arrows, groups }: Picture): readonly string[] {
  return [
    title,
    ...boxes.flatMap((box) => [box.name, box.detail]),
    ...arrows.map((arrow) => arrow.label),
    ...groups.map((group) => group.name),
  ];
}
