/**
 * The drawing as a file: what is on screen, with its states, for a report or a chat. Pure: colours are given, names are
 * text, so nothing a flow is called can become markup.
 */
import type { FlowGraph, LayoutArrow, LayoutBox, StateType } from "../../../src/server/contract.ts";
import { groupOf, LOOKS, type StateGroup } from "../look.ts";
import { lineOf, tipOf } from "./arrow-layer.tsx";

export interface SvgColors {
  readonly page: string;
  readonly raised: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly groups: { readonly [group in StateGroup]: string };
}

export interface SvgInput {
  readonly graph: FlowGraph;
  readonly title: string;
  readonly colors: SvgColors;
  readonly stateOf: (box: LayoutBox) => StateType | undefined;
  /** Small, below the name: how long it took. */
  readonly factsOf: (box: LayoutBox) => string;
  readonly isDimmed: (box: LayoutBox) => boolean;
  /** The word of a state. */
  readonly wordOf: (state: StateType) => string;
}

const MARGIN = 16;

export function svgOf(input: SvgInput): string {
  const { graph, title, colors } = input;
  const { width, height, boxes, arrows, groups } = graph.layout;
  const shape = `x="${-MARGIN}" y="${-MARGIN}" width="${width + 2 * MARGIN}" height="${height + 2 * MARGIN}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}" width="${width + 2 * MARGIN}" height="${height + 2 * MARGIN}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<rect ${shape} fill="${colors.page}"/>`,
    ...groups.map(
      ({ name, x, y, width: w, height: h }) =>
        `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="10" fill="none" stroke="${colors.line}"/><text x="${x + 12}" y="${y + 18}" fill="${colors.muted}" font-size="11">${escaped(name)}</text>`,
    ),
    ...arrows.map((arrow) => arrowOf(arrow, colors)),
    ...boxes.map((box) => boxOf(box, input)),
    "</svg>\n",
  ].join("\n");
}

function arrowOf(arrow: LayoutArrow, { muted, text }: SvgColors): string {
  const { kind, label, labelAt } = arrow;
  const dash = kind === "order" ? ' stroke-dasharray="5 4"' : "";
  const word =
    label === "" || labelAt === undefined
      ? ""
      : `<text x="${labelAt.x}" y="${labelAt.y + 4}" text-anchor="middle" font-size="11" fill="${text}">${escaped(label)}</text>`;
  return `<g data-from="${escaped(arrow.from)}" data-to="${escaped(arrow.to)}"><path d="${lineOf(arrow)}" fill="none" stroke="${muted}"${dash}/><path d="${tipOf(arrow)}" fill="${muted}"/>${word}</g>`;
}

function boxOf(box: LayoutBox, { colors, stateOf, factsOf, isDimmed, wordOf }: SvgInput): string {
  const state = stateOf(box);
  const { x, y, width, height } = box;
  const [left, top] = [x - width / 2, y - height / 2];
  const stroke = state === undefined ? colors.line : colors.groups[groupOf(state)];
  const about = state === undefined ? box.name : `${box.name}: ${wordOf(state)}`;
  const facts = factsOf(box) || box.detail;
  const outline =
    box.shape === "branch"
      ? `<path d="M${x} ${top}L${left + width} ${y} ${x} ${top + height} ${left} ${y}Z" fill="${colors.raised}" stroke="${stroke}" stroke-width="1.5"/>`
      : `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="${box.shape === "parameter" ? height / 2 : 8}" fill="${colors.raised}" stroke="${stroke}" stroke-width="1.5"/>`;
  return [
    `<g data-box="${escaped(box.id)}"${state === undefined ? "" : ` data-state="${state}"`}${isDimmed(box) ? ' opacity="0.25"' : ""}>`,
    `<title>${escaped(about)}</title>${outline}`,
    box.shape === "mapped"
      ? `<path d="M${left + 6} ${top - 3}H${left + width - 6}" stroke="${stroke}" stroke-width="1.5"/>`
      : "",
    state === undefined ? "" : glyphOf(state, left, y, stroke, colors.page),
    `<text x="${x}" y="${facts === "" ? y + 4.5 : y - 1}" text-anchor="middle" fill="${colors.text}">${escaped(box.name)}</text>`,
    facts === ""
      ? ""
      : `<text x="${x}" y="${y + 13}" text-anchor="middle" font-size="10.5" fill="${colors.muted}">${escaped(facts)}</text>`,
    "</g>",
  ].join("");
}

/** On the left edge of its box, as on the page. */
function glyphOf(state: StateType, x: number, y: number, color: string, page: string): string {
  return `<g transform="translate(${x - 9} ${y - 9}) scale(1.125)" fill="${page}" stroke="${color}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"><circle cx="8" cy="8" r="7.1"/><path fill="none" d="${LOOKS[state].glyph}"/></g>`;
}

function escaped(text: string): string {
  // Control characters have no place in XML, whoever named a task with them.
  return (
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd")
  );
}
