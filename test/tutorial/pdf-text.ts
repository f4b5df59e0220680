/** What a person sees on the one page of a PDF of ours: its texts, and how many ellipses there are. */
import { inflateSync } from "node:zlib";

export interface PageSeen {
  readonly texts: readonly string[];
  readonly ellipses: number;
}

export function readPage(pdf: Buffer): PageSeen {
  const objects = objectsOf(pdf);
  const object = (id: string | undefined) => objects.get(id ?? "") ?? "";
  const referred = (text: string, key: string) => object(new RegExp(`/${key} (\\d+) 0 R`).exec(text)?.[1]);
  const page = [...objects.values()].find((text) => text.includes("/Type /Page\n")) ?? "";
  const fonts = new Map(
    [...referred(page, "Resources").matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = "", id]) => [
      name,
      charactersOf(inflated(referred(object(id), "ToUnicode"))),
    ]),
  );
  const drawn = inflated(referred(page, "Contents"));
  const texts = [...drawn.matchAll(/\/(F\d+) [\d.]+ Tf\n\[(.*)\] TJ/g)].map(([, font = "", shown = ""]) =>
    [...shown.matchAll(/<([0-9a-f]+)>/g)]
      .flatMap(([, glyphs = ""]) => glyphs.match(/.{4}/g) ?? [])
      .map((glyph) => fonts.get(font)?.[Number.parseInt(glyph, 16)] ?? "?")
      .join(""),
  );
  return { texts, ellipses: drawn.match(/(?:[-\d. ]+ c\n){4}h/g)?.length ?? 0 };
}

function objectsOf(pdf: Buffer): ReadonlyMap<string, string> {
  const found = pdf.toString("latin1").matchAll(/^(\d+) 0 obj\n([\s\S]*?)\nendobj$/gm);
  return new Map([...found].map(([, id = "", text = ""]) => [id, text]));
}

function inflated(object: string): string {
  const [, data = ""] = /stream\n([\s\S]*)\nendstream/.exec(object) ?? [];
  return inflateSync(Buffer.from(data, "latin1")).toString("latin1");
}

/** The characters of a font's glyphs, by their numbers. */
function charactersOf(map: string): readonly string[] {
  const [, list = ""] = /beginbfrange\n<0000> <[0-9a-f]+> \[(.*)\]/.exec(map) ?? [];
  return [...list.matchAll(/<([0-9a-f]+)>/g)].map(([, hex = ""]) =>
    Buffer.from(hex, "hex").swap16().toString("utf16le"),
  );
}
