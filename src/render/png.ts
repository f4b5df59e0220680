/** PNG from the SVG text, with the shipped fonts; at twice the size where the drawing is small enough for it. */
import type { Scene } from "./scene.ts";
import type { Fonts } from "./typeface.ts";

/** Pixels: 4 bytes each while it is drawn. */
const AREA_MAX = 40_000_000;
const SIDE_MAX = 16_000;

/** @param systemFonts the drawing has characters the shipped fonts lack: ask the machine's, which takes longer. */
export async function pngOf(
  svg: string,
  scene: Pick<Scene, "width" | "height">,
  fonts: Fonts,
  systemFonts: boolean,
): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  const { width, height } = scene;
  const zoom = Math.min(2, SIDE_MAX / width, SIDE_MAX / height, Math.sqrt(AREA_MAX / (width * height)));
  const picture = new Resvg(svg, {
    fitTo: { mode: "zoom", value: zoom },
    font: {
      loadSystemFonts: systemFonts,
      fontFiles: [fonts.regular.file, fonts.bold.file, fonts.symbols.file],
      defaultFontFamily: "Inter",
      sansSerifFamily: "Inter",
    },
  });
  return picture.render().asPng();
}
