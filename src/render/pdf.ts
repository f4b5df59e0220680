/** PDF: one page as large as the drawing, vector shapes, real text in the shipped fonts. No dates inside: same drawing, same bytes. */
import type PDFDocument from "pdfkit";
import type { Item, Scene } from "./scene.ts";
import type { Fonts, Typeface } from "./typeface.ts";

/** A px is 1/96 inch, a point 1/72. */
const POINTS_PER_PX = 0.75;
/** Larger pages are not shown by common viewers (PDF 1.7, annex C.2). */
const SIDE_MAX = 14_400;

export async function pdfOf(scene: Scene, typeface: Typeface, fonts: Fonts): Promise<Uint8Array> {
  const { default: Document } = await import("pdfkit");
  const scale = Math.min(POINTS_PER_PX, SIDE_MAX / scene.width, SIDE_MAX / scene.height);
  const document = new Document({
    // Version 1.3, because from 1.4 on pdfkit adds XMP metadata into which it writes the title without escaping.
    size: [scene.width * scale, scene.height * scale],
    margin: 0,
    font: "", // no default font: pdfkit would look for its own Helvetica, which is not shipped
    pdfVersion: "1.3",
    displayTitle: true,
    info: {
      Title: scene.title,
      Subject: scene.description,
      Creator: "Caudal",
      Producer: "Caudal",
      CreationDate: new Date(0),
    },
  });
  // pdfkit needs the date, for the file's id; what cannot be enumerated is not written.
  Object.defineProperty(document.info, "CreationDate", { enumerable: false });
  for (const face of ["regular", "bold", "symbols"] as const)
    document.registerFont(face, fonts[face].bytes as unknown as ArrayBuffer);
  const bytes = collected(document);
  document.scale(scale);
  for (const part of scene.parts) for (const item of part.items) drawItem(document, item, typeface);
  document.end();
  return bytes;
}

function drawItem(document: typeof PDFDocument.prototype, item: Item, typeface: Typeface): void {
  if (item.kind === "text") return drawText(document, item, typeface);
  document.save();
  if (item.kind === "rect") document.roundedRect(item.x, item.y, item.width, item.height, item.radius);
  else if (item.kind === "ellipse") document.ellipse(item.x, item.y, item.rx, item.ry);
  else document.path(item.d);
  document.lineWidth(item.strokeWidth ?? 1).lineJoin("round");
  if (item.dash !== undefined) document.dash(item.dash[0], { space: item.dash[1] });
  if (item.fill !== undefined && item.stroke !== undefined) document.fillAndStroke(item.fill, item.stroke);
  else if (item.fill !== undefined) document.fill(item.fill);
  else if (item.stroke !== undefined) document.stroke(item.stroke);
  document.restore();
}

function drawText(
  document: typeof PDFDocument.prototype,
  item: Extract<Item, { readonly kind: "text" }>,
  typeface: Typeface,
): void {
  let { x } = item;
  for (const { text, colour } of item.spans) {
    document.fillColor(colour);
    for (const run of typeface.runs(typeface.withSquares(text), item.weight)) {
      document
        .font(run.face)
        .fontSize(item.size)
        .text(run.text, x, item.y, { lineBreak: false, baseline: "alphabetic" });
      x += document.widthOfString(run.text);
    }
  }
}

function collected(document: typeof PDFDocument.prototype): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    document.on("error", reject);
    document.on("end", () => {
      const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
      let at = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      resolve(bytes);
    });
  });
}
