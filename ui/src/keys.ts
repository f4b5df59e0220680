/** One registry of shortcuts: it feeds the keyboard, the `?` sheet, tooltips and the palette. */
import { useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { settings } from "./settings.ts";

export interface Shortcut {
  /** `r`, `R`, `.`, `?`, `/`, `[`, `Escape`, `mod+k`, or two after each other: `g f`. */
  readonly keys: string;
  readonly label: string;
  readonly run: () => void;
  /** Does nothing now, and the sheet says so. */
  readonly disabled?: boolean;
}

const shortcuts = new Map<string, Shortcut[]>();
const listeners = new Set<() => void>();
let listed: readonly Shortcut[] = [];
let begun: { readonly key: string; readonly at: number } | undefined;
/** A second key within this time belongs to the first. */
const SEQUENCE_MS = 1_200;

/** Is there while the component is; the innermost of several with the same keys wins. */
export function useShortcut(keys: string, label: string, run: () => void, disabled = false): void {
  const latest = useRef(run);
  latest.current = run;
  // With what is drawn, not after it: a key works as soon as its button is seen.
  useLayoutEffect(() => register({ keys, label, disabled, run: () => latest.current() }), [keys, label, disabled]);
}

export function register(shortcut: Shortcut): () => void {
  shortcuts.set(shortcut.keys, [...(shortcuts.get(shortcut.keys) ?? []), shortcut]);
  changed();
  return () => {
    const left = (shortcuts.get(shortcut.keys) ?? []).filter((other) => other !== shortcut);
    if (left.length === 0) shortcuts.delete(shortcut.keys);
    else shortcuts.set(shortcut.keys, left);
    changed();
  };
}

/** All that do something now, for the sheet. */
export function useShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => listed,
  );
}

function changed(): void {
  listed = Array.from(shortcuts.values(), (list) => list.at(-1)).filter((one) => one !== undefined);
  for (const listener of listeners) listener();
}

/** As `aria-keyshortcuts` wants it. */
export function ariaKeys(keys: string): string {
  return keys
    .replace("mod+k", "Control+K Meta+K")
    .split(" ")
    .map((key) => (/^[A-Z]$/.test(key) ? `Shift+${key}` : key))
    .join(" ");
}

/** As people see it. */
export function shownKeys(keys: string): readonly string[] {
  const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
  return keys.split(" ").map((key) => key.replace("mod+", mac ? "⌘" : "Ctrl ").replace(/ ?k$/, (k) => k.toUpperCase()));
}

/** Listens for the page's whole life. */
export function startKeys(): void {
  window.addEventListener("keydown", (event) => {
    const found = shortcutOf(event);
    if (found === undefined) return;
    event.preventDefault();
    if (found.disabled !== true) found.run();
  });
}

function shortcutOf(event: KeyboardEvent): Shortcut | undefined {
  if (event.defaultPrevented || event.isComposing || event.repeat) return undefined;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return active("mod+k");
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return undefined;
  // Layers close themselves: <dialog> hears Escape first, and nothing else reaches through it.
  if (document.querySelector("dialog[open]") !== null) return undefined;
  if (event.key !== "Escape" && !settings().shortcuts) return undefined;
  const first = begun !== undefined && event.timeStamp - begun.at < SEQUENCE_MS ? begun.key : undefined;
  begun = undefined;
  const second = first === undefined ? undefined : active(`${first} ${event.key}`);
  if (second !== undefined) return second;
  if (isFirstOfTwo(event.key)) begun = { key: event.key, at: event.timeStamp };
  return active(event.key);
}

function active(keys: string): Shortcut | undefined {
  return shortcuts.get(keys)?.at(-1);
}

function isFirstOfTwo(key: string): boolean {
  return Array.from(shortcuts.keys()).some((keys) => keys.startsWith(`${key} `));
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button|submit)$/.test(target.type))
  );
}
