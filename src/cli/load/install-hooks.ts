/** Registers the hooks once per process, in the way this Node has. */
import { existsSync } from "node:fs";
import * as module from "node:module";
import { fileURLToPath } from "node:url";
import type { HookSettings } from "../load-hooks.ts";

/** Node ≥ 22.15: hooks in this thread, without the start of another. */
type RegisterHooks = (hooks: { readonly resolve: unknown; readonly load: unknown }) => unknown;

/** Beside this module in the source; above the chunk it is bundled into when built. */
const PLACES = ["./load-hooks.js", "../load-hooks.js", "../load-hooks.ts"];

let installed = false;

export async function installHooks(settings: HookSettings): Promise<void> {
  if (installed) return;
  installed = true;
  const url = hooksUrl();
  const { registerHooks } = module as unknown as { readonly registerHooks?: RegisterHooks };
  if (registerHooks === undefined) {
    module.register(url, { data: settings });
    return;
  }
  const hooks = (await import(/* @vite-ignore */ url)) as typeof import("../load-hooks.ts");
  hooks.initialize(settings);
  registerHooks({ resolve: hooks.resolve, load: hooks.load });
}

function hooksUrl(): string {
  const urls = PLACES.map((place) => new URL(place, import.meta.url));
  const found = urls.find((url) => existsSync(fileURLToPath(url)));
  if (found === undefined)
    throw new Error(
      `this installation of caudal is not whole: ${fileURLToPath(urls[1] ?? import.meta.url)} is missing. Install it again`,
    );
  return found.href;
}
