/**
 * The page: built files below one folder, known by name before anybody asks, so that no name a request has ever becomes
 * a path. Files with a hash in their name never change; the page itself is asked for each time, and is told by a
 * relative base where it is, so that it works under any prefix.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  json: "application/json",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
};

/** Pages that can be opened by their address (ui.md §2.2); the rest is not found. */
const PAGES = [
  /^\/$/,
  /^\/flows(?:\/[^/]+(?:\/(?:run|runs|schedules|versions|grid))?)?$/,
  /^\/runs(?:\/compare|\/[^/]+(?:\/(?:logs|events))?)?$/,
  /^\/schedules(?:\/[^/]+)?$/,
  /^\/(?:workers|limits|cache|audit)$/,
  /^\/settings(?:\/(?:general|secrets|variables|keys|about))?$/,
  /^\/help(?:\/states|\/keys|\/errors(?:\/[A-Z0-9_]+)?)?$/,
];

export class PageFiles {
  readonly #files = new Map<string, PageFile>();
  readonly #index: string;

  /** @param folder of the built page; undefined or empty: a plain one says where the API is */
  constructor(folder: string | undefined) {
    for (const name of folder === undefined ? [] : namesBelow(folder)) {
      const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
      if (type === undefined || folder === undefined) continue;
      const immutable = /[-.][0-9A-Za-z_-]{8,}\.\w+$/.test(name) && !name.endsWith(".html");
      this.#files.set(name, { bytes: new Uint8Array(readFileSync(join(folder, name))), type, immutable });
    }
    const index = this.#files.get("index.html");
    this.#index = index === undefined ? PLAIN_PAGE : new TextDecoder().decode(index.bytes);
  }

  /** A file of the page. Undefined: there is none of that name. */
  file(path: string): Response | undefined {
    const file = this.#files.get(path.slice(1));
    if (file === undefined || path === "/index.html") return undefined;
    const cache = file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
    return new Response(file.bytes, { headers: { "Content-Type": file.type, "Cache-Control": cache } });
  }

  /** The page at an address. Its status says whether there is anything: `found` knows runs and flows. */
  page(path: string, found: (path: string) => boolean): Response {
    const known = PAGES.some((pattern) => pattern.test(path)) && found(path);
    const base = "../".repeat(Math.max(0, path.split("/").length - 2)) || "./";
    const html = this.#index.replace(/<base href="[^"]*"\s*\/?>|<head>/, (found) =>
      found === "<head>" ? `<head><base href="${base}">` : `<base href="${base}">`,
    );
    const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache" };
    return new Response(html, { status: known ? 200 : 404, headers });
  }
}

function namesBelow(folder: string): readonly string[] {
  try {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .split(sep)
          .join("/"),
      );
  } catch {
    return []; // the page was not built: the API is there all the same
  }
}

const PLAIN_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>caudal</title></head>
<body><h1>caudal</h1><p>The server runs; its page was not built. The API: <a href="api/v1/flows">flows</a>,
<a href="api/v1/runs">runs</a>, <a href="api/v1/openapi.json">all of it</a>.</p></body></html>
`;
