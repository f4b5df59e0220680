/** SVG text: one file without references to anything outside it, with title, description and tooltips. */
import type { Item, Part, Scene } from "./scene.ts";
import type { FaceName, Typeface } from "./typeface.ts";

/** The shipped fonts first (the PNG renderer has only those), then what people's machines have. */
const FAMILIES = {
  text: "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif",
  symbols: "'DejaVu Sans', 'Segoe UI Symbol', 'Apple Symbols', 'Noto Sans Symbols 2', Inter, sans-serif",
} as const;

export function svgOf(scene: Scene, typeface: Typeface): string {
  const { width, height } = scene;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${FAMILIES.text}" font-variant-emoji="text">`,
    `<title>${escaped(scene.title)}</title>`,
    `<desc>${escaped(scene.description)}</desc>`,
    ...scene.parts.map((part) => partText(part, typeface)),
    "</svg>",
    "",
  ].join("\n");
}

/** Also for attribute values. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function partText(part: Part, typeface: Typeface): string {
  const title = part.about === "" ? "" : `<title>${escaped(part.about)}</title>`;
  return `<g class="${part.role}">${title}${part.items.map((item) => itemText(item, typeface)).join("")}</g>`;
}

function itemText(item: Item, typeface: Typeface): string {
  switch (item.kind) {
    case "rect":
      return `<rect x="${short(item.x)}" y="${short(item.y)}" width="${short(item.width)}" height="${short(item.height)}" rx="${short(item.radius)}"${strokeText(item)}/>`;
    case "ellipse":
      return `<ellipse cx="${short(item.x)}" cy="${short(item.y)}" rx="${short(item.rx)}" ry="${short(item.ry)}"${strokeText(item)}/>`;
    case "path":
      return `<path d="${item.d}"${strokeText(item)}/>`;
    case "text":
      return textText(item, typeface);
  }
}

function strokeText({ fill, stroke, strokeWidth, dash }: Exclude<Item, { readonly kind: "text" }>): string {
  return [
    ` fill="${fill ?? "none"}"`,
    stroke === undefined ? "" : ` stroke="${stroke}" stroke-width="${strokeWidth ?? 1}" stroke-linejoin="round"`,
    dash === undefined ? "" : ` stroke-dasharray="${dash.join(" ")}"`,
  ].join("");
}

function textText(item: Extract<Item, { readonly kind: "text" }>, typeface: Typeface): string {
  const weight = item.weight === "bold" ? ' font-weight="600"' : "";
  const single = item.spans.length === 1 ? item.spans[0] : undefined;
  const spans = item.spans.map(({ text, colour }) => {
    const runs = typeface
      .runs(text, item.weight)
      .map((run) => runText(run.text, run.face))
      .join("");
    return single === undefined ? `<tspan fill="${colour}">${runs}</tspan>` : runs;
  });
  const fill = single === undefined ? "" : ` fill="${single.colour}"`;
  return `<text x="${short(item.x)}" y="${short(item.y)}" font-size="${item.size}"${weight}${fill} xml:space="preserve">${spans.join("")}</text>`;
}

function runText(text: string, face: FaceName): string {
  return face === "symbols"
    ? `<tspan font-family="${FAMILIES.symbols}" font-weight="400">${escaped(text)}</tspan>`
    : escaped(text);
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
