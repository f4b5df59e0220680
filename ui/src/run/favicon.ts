/** A state's sign as the icon of a tab. */
import type { StateType } from "../../../src/server/contract.ts";
import { LOOKS } from "../look.ts";

/** Colours are those the page shows: read from its own styles. */
export function faviconOf(state: StateType): string {
  const { group, glyph } = LOOKS[state];
  const probe = document.createElement("span");
  probe.dataset.group = group;
  probe.style.color = "var(--group)";
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="${color}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="M8 .9a7.1 7.1 0 1 0 .01 0z"/><path d="${glyph}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
